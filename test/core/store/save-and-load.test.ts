import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { entryIdOf } from '../../../core/mapi/entry-id.ts';
import { KopanoError } from '../../../core/mapi/error.ts';
import { KCERR_TOO_COMPLEX, KCERR_UNKNOWN_INSTANCE_ID } from '../../../core/mapi/error-codes.ts';
import { MSGFLAG_HASATTACH, MSGFLAG_READ, MSGFLAG_UNMODIFIED } from '../../../core/mapi/message-flags.ts';
import { MAPI_ATTACH, MAPI_MAILUSER, MAPI_MESSAGE } from '../../../core/mapi/object-types.ts';
import { type PropertyTag, propertyTag } from '../../../core/mapi/property.ts';
import { PT_LONG } from '../../../core/mapi/property-types.ts';
import {
  PR_ATTACH_DATA_BIN,
  PR_ATTACH_LONG_FILENAME,
  PR_BODY,
  PR_CHANGE_KEY,
  PR_DISPLAY_NAME,
  PR_EC_IMAP_ID,
  PR_HASATTACH,
  PR_HTML,
  PR_LAST_MODIFIER_NAME,
  PR_MESSAGE_DELIVERY_TIME,
  PR_MESSAGE_FLAGS,
  PR_MESSAGE_SIZE,
  PR_MSG_STATUS,
  PR_SOURCE_KEY,
  PR_SUBJECT,
} from '../../../core/mapi/tags.ts';
import type { SqlParameters } from '../../../core/platform/database.ts';
import type { Actor } from '../../../core/store/actor.ts';
import { copyMessages } from '../../../core/store/copy.ts';
import { type LoadedObject, loadObject, loadValue } from '../../../core/store/load.ts';
import { moveMessages } from '../../../core/store/move.ts';
import { blobName } from '../../../core/store/property-document.ts';
import { fileTimeFromBytes } from '../../../core/store/row-properties.ts';
import { saveExisting } from '../../../core/store/save-existing.ts';
import { saveNewMessage } from '../../../core/store/save-new.ts';
import type { SaveTree } from '../../../core/store/save-tree.ts';
import { aChild, aMessage, aServer, folderIn, type Mailbox, open, put, type Server } from './a-server.ts';

let server: Server;
let anna: Mailbox;

before(async () => {
  server = await aServer();
  anna = await server.mailbox('anna');
});
after(async () => {
  await server[Symbol.asyncDispose]();
});

const load = async (entryId: Buffer, platform = server.platform): Promise<LoadedObject> =>
  loadObject(platform, platform.database, await open(anna.actor, entryId), { toTop: [], toEmbedded: [] });
const read = (object: LoadedObject, tag: PropertyTag) =>
  object.properties.find((property) => property.tag === tag)?.value;

test('a message with recipients, an attachment and an embedded message comes back whole', async () => {
  const tree = aMessage(
    [{ tag: PR_BODY, value: 'Grüße 🦊\u0000 end' }],
    [
      aChild(MAPI_MAILUSER, [{ tag: PR_DISPLAY_NAME, value: 'Ben' }]),
      aChild(MAPI_ATTACH, [
        { tag: PR_ATTACH_LONG_FILENAME, value: 'a.bin' },
        { tag: PR_ATTACH_DATA_BIN, value: Buffer.from('attached') },
      ]),
      aChild(
        MAPI_ATTACH,
        [{ tag: PR_ATTACH_LONG_FILENAME, value: 'inner' }],
        [
          aChild(
            MAPI_MESSAGE,
            [{ tag: PR_SUBJECT, value: 'embedded' }],
            [aChild(MAPI_MAILUSER, [{ tag: PR_DISPLAY_NAME, value: 'Clara' }])],
          ),
        ],
      ),
    ],
  );
  const { entryId, id } = await put(anna.actor, anna.inbox, tree);
  const loaded = await load(entryId);
  assert.equal(loaded.id, id);
  assert.equal(read(loaded, PR_BODY), 'Grüße 🦊\u0000 end');
  assert.equal(read(loaded, PR_LAST_MODIFIER_NAME), 'anna');
  assert.equal(read(loaded, PR_HASATTACH), true);
  assert.equal(Number(read(loaded, PR_MESSAGE_FLAGS)) & MSGFLAG_HASATTACH, MSGFLAG_HASATTACH);
  assert.deepEqual(loaded.children.map((child) => child.kind).sort(), [MAPI_MAILUSER, MAPI_ATTACH, MAPI_ATTACH].sort());
  const inner = loaded.children.flatMap((child) => child.children);
  assert.equal(inner.length, 1);
  assert.equal(read(inner[0]!, PR_SUBJECT), 'embedded');
  assert.equal(read(inner[0]!.children[0]!, PR_DISPLAY_NAME), 'Clara');
});

test('attachment data is named but not sent with the object, and comes when asked for', async () => {
  const data = Buffer.alloc(300_000, 'attachment ');
  const { entryId } = await put(
    anna.actor,
    anna.inbox,
    aMessage([], [aChild(MAPI_ATTACH, [{ tag: PR_ATTACH_DATA_BIN, value: data }])]),
  );
  const [attachment] = (await load(entryId)).children;
  assert.ok(attachment!.tags.includes(PR_ATTACH_DATA_BIN));
  assert.equal(read(attachment!, PR_ATTACH_DATA_BIN), undefined);
  const [row] = await server.platform.database.query<{ props: string; overflow: string | null }>(
    'SELECT props, overflow FROM object WHERE id = :id',
    { id: attachment!.id },
  );
  assert.deepEqual(await loadValue(server.platform, row!, PR_ATTACH_DATA_BIN), data);
  assert.deepEqual(await server.platform.blobs.get(blobName(data)), data);
});

test('a body between 16 and 32 KB is sent with the object although it lies in a blob', async () => {
  const html = Buffer.alloc(30_000, '<p>hello</p>');
  const { entryId } = await put(anna.actor, anna.inbox, aMessage([{ tag: PR_HTML, value: html }]));
  assert.deepEqual(read(await load(entryId), PR_HTML), html);
});

test('a message with 1,000 attachments is read in pages', async () => {
  const children = Array.from({ length: 1000 }, (_, index) =>
    aChild(MAPI_ATTACH, [{ tag: PR_ATTACH_LONG_FILENAME, value: `${index} ${'x'.repeat(900)}` }]),
  );
  const { entryId } = await put(anna.actor, anna.inbox, aMessage([], children));
  const loaded = await load(entryId);
  assert.equal(loaded.children.length, 1000);
  assert.equal(new Set(loaded.children.map((child) => child.id)).size, 1000);
});

test('changes add, change and delete children, and sizes and the attachment flag follow', async () => {
  const { entryId, id, children } = await put(
    anna.actor,
    anna.inbox,
    aMessage(
      [],
      [
        aChild(MAPI_ATTACH, [{ tag: PR_ATTACH_DATA_BIN, value: Buffer.alloc(5000) }]),
        aChild(MAPI_MAILUSER, [{ tag: PR_DISPLAY_NAME, value: 'Ben' }]),
      ],
    ),
  );
  const before = Number(read(await load(entryId), PR_MESSAGE_SIZE));
  const [attachment, recipient] = children;
  const change = (deleted: boolean, child: typeof attachment, properties = [] as never[]) => ({
    ...aChild(child!.kind, properties),
    id: child!.id,
    deleted,
  });
  await saveExisting(
    anna.actor,
    await open(anna.actor, entryId),
    {
      ...aMessage(),
      id,
      properties: [{ tag: PR_SUBJECT, value: 'changed' }],
      children: [
        change(true, attachment),
        { ...change(false, recipient), properties: [{ tag: PR_DISPLAY_NAME, value: 'Bernd' }] },
        aChild(MAPI_MAILUSER, [{ tag: PR_DISPLAY_NAME, value: 'Dora' }]),
      ],
    },
    { syncId: 0 },
  );
  const loaded = await load(entryId);
  assert.equal(read(loaded, PR_SUBJECT), 'changed');
  assert.equal(read(loaded, PR_HASATTACH), false);
  assert.deepEqual(loaded.children.map((child) => read(child, PR_DISPLAY_NAME)).sort(), ['Bernd', 'Dora']);
  assert.ok(Number(read(loaded, PR_MESSAGE_SIZE)) < before - 4000);
  assert.equal(Number(read(loaded, PR_MESSAGE_FLAGS)) & MSGFLAG_UNMODIFIED, 0);
});

test('a status that is saved is seen by tables, and goes when it is removed', async () => {
  // The IMAP gateway keeps \Deleted in it: it saves it as a property and finds it by a restriction of the table.
  const DELETE_MARK = 0x8;
  const { entryId, id } = await put(anna.actor, anna.inbox, aMessage([{ tag: PR_MSG_STATUS, value: 1 }]));
  const status = async () => {
    const [row] = await server.platform.database.query('SELECT message_status FROM object WHERE id = :id', { id });
    return [row!.message_status, read(await load(entryId), PR_MSG_STATUS)];
  };
  const save = async (tree: Partial<SaveTree>) =>
    saveExisting(
      anna.actor,
      await open(anna.actor, entryId),
      { ...aMessage(), properties: [], id, ...tree },
      { syncId: 0 },
    );
  assert.deepEqual(await status(), [1, 1]);
  await save({ properties: [{ tag: PR_MSG_STATUS, value: DELETE_MARK }] });
  assert.deepEqual(await status(), [DELETE_MARK, DELETE_MARK]);
  await save({ properties: [{ tag: PR_SUBJECT, value: 'another matter' }] });
  assert.deepEqual(await status(), [DELETE_MARK, DELETE_MARK]);
  await save({ removed: [PR_MSG_STATUS] });
  assert.deepEqual(await status(), [null, undefined]);
});

test('numbers for IMAP ascend in the order of arrival, whichever instance writes, copies or moves', async () => {
  const folder = await folderIn(anna.actor, anna.inbox, 'numbered');
  const beside = await folderIn(anna.actor, anna.inbox, 'beside');
  const elsewhere = server.another();
  const other: Actor = { ...anna.actor, platform: elsewhere, database: elsewhere.database };
  const numberOf = async (entryId: Buffer) => Number(read(await load(entryId), PR_EC_IMAP_ID));
  const highest = async () => {
    const [row] = await server.platform.database.query<{ highest: number }>(
      'SELECT MAX(imap_id) AS highest FROM object WHERE parent_id = :id AND kind = :kind',
      { id: (await open(anna.actor, folder)).object.id, kind: MAPI_MESSAGE },
    );
    return row!.highest;
  };
  let last = 0;
  for (const actor of [other, anna.actor, other, anna.actor]) {
    const { entryId } = await put(actor, folder);
    const number = await numberOf(entryId);
    assert.ok(number > last, `${number} after ${last}`);
    last = number;
    const { entryId: guest } = await put(actor, beside);
    const destination = await open(actor, folder);
    await copyMessages(actor, [guest], destination, 0);
    const copied = await highest();
    assert.ok(copied > last, `a copy: ${copied} after ${last}`);
    await moveMessages(actor, [guest], destination, 0);
    const moved = await highest();
    assert.ok(moved > copied, `a move: ${moved} after ${copied}`);
    last = moved;
  }
});

test('what tables sort by follows a message through changes and copies, wherever its values lie', async () => {
  const subject = `So long ${'that it lies in a blob '.repeat(1_000)}`;
  const received = 133_000_000_000_000_000n;
  /** So many that others have no room in the row. */
  const many = Array.from({ length: 3_000 }, (_, index) => ({
    tag: propertyTag(0x6000 + index, PT_LONG),
    value: index,
  }));
  const properties = [{ tag: PR_SUBJECT, value: subject }, { tag: PR_MESSAGE_DELIVERY_TIME, value: received }, ...many];
  const { entryId, id } = await put(anna.actor, anna.inbox, { ...aMessage(), properties });
  const sorted = async (where: string, parameters: SqlParameters): Promise<unknown> => {
    const [row] = await server.platform.database.query(
      `SELECT subject, received FROM object WHERE ${where}`,
      parameters,
    );
    return row && [row.subject, fileTimeFromBytes(row.received as Buffer)];
  };
  const expected = [subject.slice(0, 100), received];
  assert.deepEqual(await sorted('id = :id', { id }), expected);

  const change = { ...aMessage(), id, properties: [{ tag: PR_DISPLAY_NAME, value: 'something else' }] };
  await saveExisting(anna.actor, await open(anna.actor, entryId), change, { syncId: 0 });
  assert.deepEqual(await sorted('id = :id', { id }), expected, 'after a change of something else');

  const folder = await open(anna.actor, await folderIn(anna.actor, anna.inbox, 'Copies'));
  await copyMessages(anna.actor, [entryId], folder, 0);
  assert.deepEqual(await sorted('parent_id = :folder AND kind = 5', { folder: folder.object.id }), expected, 'a copy');
});

test('two instances that save one message at the same time lose nothing', async () => {
  const { entryId, id } = await put(anna.actor, anna.inbox);
  const target = await open(anna.actor, entryId);
  const tags = [0x1201, 0x1202, 0x1203, 0x1204, 0x1205, 0x1206].map((tag) => ((tag << 16) | 0x001f) >>> 0);
  await Promise.all(
    tags.map((tag, index) => {
      const platform = index % 2 ? server.another() : server.platform;
      return saveExisting(
        { ...anna.actor, platform, database: platform.database },
        target,
        { ...aMessage(), id, properties: [{ tag, value: `written by ${index}` }] },
        { syncId: 0 },
      );
    }),
  );
  const loaded = await load(entryId);
  for (const tag of tags) assert.ok(loaded.tags.includes(tag), `0x${tag.toString(16)}`);
});

test('every message gets its own source key, change key and IMAP id, from two instances too', async () => {
  const other = server.another();
  const saved = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      put(index % 2 ? anna.actor : { ...anna.actor, platform: other, database: other.database }, anna.inbox),
    ),
  );
  for (const tag of [PR_SOURCE_KEY, PR_CHANGE_KEY]) {
    const keys = saved.map(({ properties }) =>
      (properties.find((property) => property.tag === tag)!.value as Buffer).toString('hex'),
    );
    assert.equal(new Set(keys).size, 20);
  }
  const ids = await Promise.all(saved.map(async ({ entryId }) => read(await load(entryId), PR_EC_IMAP_ID)));
  assert.equal(new Set(ids).size, 20);
});

test('attachment data can be named instead of sent again, by those who can read it', async () => {
  const data = Buffer.alloc(40_000, 3);
  const { children } = await put(
    anna.actor,
    anna.inbox,
    aMessage([], [aChild(MAPI_ATTACH, [{ tag: PR_ATTACH_DATA_BIN, value: data }])]),
  );
  const instanceId = children[0]!.instanceId!;
  const again = await put(anna.actor, anna.inbox, aMessage([], [{ ...aChild(MAPI_ATTACH, []), instanceId }]));
  const [row] = await server.platform.database.query<{ props: string; overflow: string | null }>(
    'SELECT props, overflow FROM object WHERE id = :id',
    { id: again.children[0]!.id },
  );
  assert.deepEqual(await loadValue(server.platform, row!, PR_ATTACH_DATA_BIN), data);

  const ben = await server.mailbox('ben');
  await assert.rejects(
    put(ben.actor, ben.inbox, aMessage([], [{ ...aChild(MAPI_ATTACH, []), instanceId }])),
    (error: KopanoError) => error.code === KCERR_UNKNOWN_INSTANCE_ID,
  );
});

test('messages nested 20 deep are kept, deeper ones refused', async () => {
  const nested = (depth: number): ReturnType<typeof aChild> =>
    aChild(MAPI_ATTACH, [], [aChild(MAPI_MESSAGE, [], depth > 1 ? [nested(depth - 1)] : [])]);
  await put(anna.actor, anna.inbox, aMessage([], [nested(20)]));
  await assert.rejects(
    put(anna.actor, anna.inbox, aMessage([], [nested(21)])),
    (error: KopanoError) => error.code === KCERR_TOO_COMPLEX,
  );
});

test('what fails leaves nothing behind', async () => {
  const folder = await open(anna.actor, anna.inbox);
  const count = async () => (await server.platform.database.query('SELECT COUNT(*) AS n FROM object'))[0]!.n;
  const before = await count();
  const { entryId } = await put(anna.actor, anna.inbox);
  await assert.rejects(
    saveNewMessage(anna.actor, folder, aMessage(), { entryId, associated: false, syncId: 0 }),
    KopanoError,
  );
  assert.equal(Number(await count()), Number(before) + 1);
  const after = await open(anna.actor, anna.inbox);
  assert.equal(after.folder!.contentCount, folder.folder!.contentCount + 1);
});

test('a new message with three recipients and 40 properties costs at most 7 statements, the session check included', async () => {
  const properties = Array.from({ length: 38 }, (_, index) => ({
    tag: (((0x6000 + index) << 16) | 0x001f) >>> 0,
    value: `value ${index}`,
  }));
  const recipients = ['Ben', 'Clara', 'Dora'].map((name) =>
    aChild(MAPI_MAILUSER, [{ tag: PR_DISPLAY_NAME, value: name }]),
  );
  const folder = await open(anna.actor, anna.inbox);
  const database = server.platform.database.counted();
  await saveNewMessage({ ...anna.actor, database }, folder, aMessage(properties, recipients), {
    entryId: entryIdOf(folder.store.guid, MAPI_MESSAGE),
    associated: false,
    syncId: 0,
  });
  assert.ok(database.roundTrips + 1 <= 7, `${database.roundTrips} and the session check`);
});

test('flags that clients may not set are not kept', async () => {
  const { entryId } = await put(
    anna.actor,
    anna.inbox,
    aMessage([{ tag: PR_MESSAGE_FLAGS, value: 0x4 | 0x40 | 0x400 | MSGFLAG_READ }]),
  );
  assert.equal(read(await load(entryId), PR_MESSAGE_FLAGS), MSGFLAG_READ);
});
