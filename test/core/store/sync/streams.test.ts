import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { entryIdOf } from '../../../../core/mapi/entry-id.ts';
import { KopanoError } from '../../../../core/mapi/error.ts';
import { KCERR_OBJECT_DELETED } from '../../../../core/mapi/error-codes.ts';
import { MSGFLAG_READ } from '../../../../core/mapi/message-flags.ts';
import { readMessageStream } from '../../../../core/mapi/message-stream-reader.ts';
import { MAPI_ATTACH, MAPI_DISTLIST, MAPI_MAILUSER, MAPI_MESSAGE } from '../../../../core/mapi/object-types.ts';
import { type Property, type PropertyTag, propertyId, propertyTag } from '../../../../core/mapi/property.ts';
import { PT_MV_UNICODE, PT_UNICODE } from '../../../../core/mapi/property-types.ts';
import { ACCESS_TYPE_GRANT, ecRightsFolderVisible, ecRightsReadAny, RIGHT_NEW } from '../../../../core/mapi/rights.ts';
import { SYNC_BEST_BODY, SYNC_LIMITED_IMESSAGE } from '../../../../core/mapi/sync-flags.ts';
import {
  PR_ATTACH_DATA_BIN,
  PR_ATTACH_LONG_FILENAME,
  PR_BODY,
  PR_CHANGE_KEY,
  PR_CONFLICT_ITEMS,
  PR_DISPLAY_NAME,
  PR_EC_IMAP_ID,
  PR_HTML,
  PR_LAST_MODIFICATION_TIME,
  PR_MESSAGE_FLAGS,
  PR_PREDECESSOR_CHANGE_LIST,
  PR_RTF_COMPRESSED,
  PR_SOURCE_KEY,
  PR_SUBJECT,
} from '../../../../core/mapi/tags.ts';
import { changeAcl } from '../../../../core/store/acl.ts';
import { deleteObjects } from '../../../../core/store/deletion.ts';
import { type LoadedObject, loadObject, loadValue } from '../../../../core/store/load.ts';
import { NAMED_PROPERTY_BASE, numbersOfNames } from '../../../../core/store/named-properties.ts';
import type { SaveTree } from '../../../../core/store/save-tree.ts';
import { exportableMessages } from '../../../../core/store/sync/exportable-messages.ts';
import { messageStreams } from '../../../../core/store/sync/message-export.ts';
import { importNewMessage, replaceMessage } from '../../../../core/store/sync/message-import.ts';
import { findTarget } from '../../../../core/store/target.ts';
import { aChild, aMessage, aServer, type Mailbox, open, put, type Server } from '../a-server.ts';

let server: Server;
let anna: Mailbox;
let ben: Mailbox;

before(async () => {
  server = await aServer();
  [anna, ben] = await Promise.all([server.mailbox('anna'), server.mailbox('ben')]);
});
after(async () => {
  await server[Symbol.asyncDispose]();
});

async function streamOf(entryId: Buffer, flags = 0): Promise<Buffer> {
  const { object } = await open(anna.actor, entryId);
  const [stream] = messageStreams(anna.actor, [object.id], flags);
  return collect(stream!);
}

async function collect(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of stream) pieces.push(piece);
  return Buffer.concat(pieces);
}

const SYNC_ID = 77;

/** Brings a stream into Ben's inbox as a new message. */
async function bring(stream: Buffer, more: Partial<{ associated: boolean; conflictItems: Property }> = {}) {
  const { associated = false, conflictItems } = more;
  const folder = await open(ben.actor, ben.inbox);
  const entryId = entryIdOf(folder.store.guid, MAPI_MESSAGE);
  const imported = { message: readMessageStream(stream), conflictItems, syncId: SYNC_ID };
  await importNewMessage(ben.actor, folder, imported, { entryId, associated });
  return entryId;
}

const load = async (entryId: Buffer): Promise<LoadedObject> => {
  const { platform } = server;
  return loadObject(platform, platform.database, await open(anna.actor, entryId), { toTop: [], toEmbedded: [] });
};
const read = ({ properties }: { properties: readonly Property[] }, tag: PropertyTag) =>
  properties.find((property) => property.tag === tag)?.value;

/** What is the same wherever a message is: not its numbers in a store. */
function comparable({ kind, properties, tags, children }: LoadedObject): unknown {
  const local = new Set([PR_EC_IMAP_ID, PR_SOURCE_KEY].map(propertyId));
  const kept = properties.filter(
    ({ tag, value }) => !local.has(propertyId(tag)) && !(Buffer.isBuffer(value) && value.length === 8),
  );
  return {
    kind,
    tags: tags.filter((tag) => !local.has(propertyId(tag))).sort(),
    properties: new Map(kept.map(({ tag, value }) => [tag, value])),
    children: children.map(comparable),
  };
}

const attachment = (name: string, data: Buffer): SaveTree =>
  aChild(MAPI_ATTACH, [
    { tag: PR_ATTACH_LONG_FILENAME, value: name },
    { tag: PR_ATTACH_DATA_BIN, value: data },
  ]);
const big = (seed: number): Buffer => Buffer.alloc(200_000, seed);

test('a message comes through a stream whole: recipients, large attachments, messages in messages, names', async () => {
  const guid = Buffer.alloc(16, 7);
  const [number, text] = await numbersOfNames(
    server.platform.database,
    [
      { guid, number: 1 },
      { guid, name: 'größe' },
    ],
    true,
  );
  const inner = aMessage([{ tag: PR_BODY, value: 'inner' }], [attachment('deep.bin', big(2))]);
  const original = await put(
    anna.actor,
    anna.inbox,
    aMessage(
      [
        { tag: PR_BODY, value: 'wörds '.repeat(20_000) },
        { tag: propertyTag(NAMED_PROPERTY_BASE + number!, PT_UNICODE), value: 'named by number' },
        { tag: propertyTag(NAMED_PROPERTY_BASE + text!, PT_MV_UNICODE), value: ['named', 'by', 'text'] },
      ],
      [
        aChild(MAPI_MAILUSER, [{ tag: PR_DISPLAY_NAME, value: 'Ben' }]),
        aChild(MAPI_DISTLIST, [{ tag: PR_DISPLAY_NAME, value: 'Everybody' }]),
        attachment('big.bin', big(1)),
        attachment('small.bin', Buffer.from('small')),
        attachment('empty.bin', Buffer.alloc(0)),
        aChild(MAPI_ATTACH, [{ tag: PR_ATTACH_LONG_FILENAME, value: 'inner.msg' }], [inner]),
      ],
    ),
  );
  const copy = await bring(await streamOf(original.entryId));
  const [before, after_] = [await load(original.entryId), await load(copy)];
  assert.deepEqual(comparable(after_), comparable(before));
  const data = async (object: LoadedObject) => {
    const target = await findTarget(server.platform.database, { id: object.id });
    return loadValue(server.platform, target!.documents, PR_ATTACH_DATA_BIN);
  };
  for (const [index, child] of after_.children.entries())
    assert.deepEqual(await data(child), await data(before.children[index]!));
  assert.deepEqual(await data(after_.children[5]!.children[0]!.children[0]!), big(2));
});

test('a message that came by stream keeps its change key, and its source key where that is free', async () => {
  const { entryId } = await put(anna.actor, anna.inbox);
  const stream = await streamOf(entryId);
  const { object } = await open(anna.actor, entryId);
  const second = await open(ben.actor, await bring(stream));
  assert.deepEqual(second.object.changeKey, object.changeKey);
  assert.notDeepEqual(second.object.sourceKey, object.sourceKey);
  await deleteObjects(anna.actor, { entryIds: [entryId] }, { hard: true, messages: true, folders: false, syncId: 0 });
  const third = await open(ben.actor, await bring(stream));
  assert.deepEqual(third.object.sourceKey, object.sourceKey);
});

test('what replaces a message keeps its ids, and nothing else of it', async () => {
  const old = await put(
    ben.actor,
    ben.inbox,
    aMessage([{ tag: PR_BODY, value: 'old' }], [attachment('old.bin', big(3)), attachment('old2.bin', big(4))]),
  );
  const newer = await put(
    anna.actor,
    anna.inbox,
    aMessage(
      [
        { tag: PR_SUBJECT, value: 'new' },
        { tag: PR_MESSAGE_FLAGS, value: MSGFLAG_READ },
      ],
      [attachment('new.bin', Buffer.from('new'))],
    ),
  );
  const existing = await open(ben.actor, old.entryId);
  const conflictItems = { tag: PR_CONFLICT_ITEMS, value: [Buffer.from('a version that lost')] };
  const message = readMessageStream(await streamOf(newer.entryId));
  await replaceMessage(ben.actor, existing, { message, conflictItems, syncId: SYNC_ID });

  const now = await open(ben.actor, old.entryId);
  assert.equal(now.object.id, existing.object.id);
  assert.deepEqual(now.object.sourceKey, existing.object.sourceKey);
  assert.equal(now.object.imapId, existing.object.imapId);
  const loaded = await load(old.entryId);
  assert.equal(read(loaded, PR_BODY), undefined);
  assert.deepEqual(read(loaded, PR_CONFLICT_ITEMS), conflictItems.value);
  assert.deepEqual(
    loaded.children.map((child) => read(child, PR_ATTACH_LONG_FILENAME)),
    ['new.bin'],
  );
  const same = [PR_CHANGE_KEY, PR_PREDECESSOR_CHANGE_LIST, PR_LAST_MODIFICATION_TIME, PR_MESSAGE_FLAGS];
  const source = await load(newer.entryId);
  for (const tag of same) assert.deepEqual(read(loaded, tag), read(source, tag));
});

test('a deleted message is not replaced', async () => {
  const { entryId } = await put(ben.actor, ben.inbox);
  const stream = await streamOf((await put(anna.actor, anna.inbox)).entryId);
  await deleteObjects(ben.actor, { entryIds: [entryId] }, { hard: false, messages: true, folders: false, syncId: 0 });
  await assert.rejects(
    replaceMessage(ben.actor, await open(ben.actor, entryId), { message: readMessageStream(stream), syncId: SYNC_ID }),
    (error) => error instanceof KopanoError && error.code === KCERR_OBJECT_DELETED,
  );
});

test('formatted bodies come all, only the best one, or none', async () => {
  const { entryId } = await put(
    anna.actor,
    anna.inbox,
    aMessage([
      { tag: PR_BODY, value: 'plain' },
      { tag: PR_HTML, value: Buffer.from('<p>') },
      { tag: PR_RTF_COMPRESSED, value: Buffer.from('rtf') },
    ]),
  );
  const bodies = async (flags: number) => {
    const tags = readMessageStream(await streamOf(entryId, flags)).properties.map(({ tag }) => propertyId(tag));
    return [PR_BODY, PR_RTF_COMPRESSED, PR_HTML].map((tag) => tags.includes(propertyId(tag)));
  };
  assert.deepEqual(await bodies(0), [true, true, true]);
  assert.deepEqual(await bodies(SYNC_BEST_BODY), [true, true, false]);
  assert.deepEqual(await bodies(SYNC_LIMITED_IMESSAGE), [true, false, false]);
});

test('streams are read one after another, a few messages at a time, whatever their order', async () => {
  const messages = await Promise.all(
    Array.from({ length: 70 }, (_, index) =>
      put(anna.actor, anna.inbox, { ...aMessage(), properties: [{ tag: PR_SUBJECT, value: `number ${index}` }] }),
    ),
  );
  const shuffled = messages.toSorted((x, y) => (x.id % 7) - (y.id % 7) || y.id - x.id);
  const { database } = anna.actor;
  const spent = database.roundTrips;
  const streams = messageStreams(
    anna.actor,
    shuffled.map(({ id }) => id),
    0,
  );
  for (const [index, stream] of streams.entries()) {
    const { properties } = readMessageStream(await collect(stream));
    assert.equal(
      properties.find(({ tag }) => propertyId(tag) === propertyId(PR_SUBJECT))?.value,
      `number ${messages.indexOf(shuffled[index]!)}`,
    );
  }
  assert.equal(database.roundTrips - spent, 3, 'a statement for 32 messages');
});

test('a stream whose message was deleted after it was promised fails, rather than bring an empty message', async () => {
  const { id, entryId } = await put(anna.actor, anna.inbox);
  const [stream] = messageStreams(anna.actor, [id], 0);
  await deleteObjects(anna.actor, { entryIds: [entryId] }, { hard: true, messages: true, folders: false, syncId: 0 });
  await assert.rejects(collect(stream!), KopanoError);
});

test('of what is asked for, only what is there and may be read is given, in order, with the properties asked for', async () => {
  const [first, second] = [await put(anna.actor, anna.inbox), await put(anna.actor, anna.inbox)];
  const folder = await open(anna.actor, anna.inbox);
  const keys = await Promise.all(
    [first, second].map(async ({ entryId }) => (await open(anna.actor, entryId)).object.sourceKey!),
  );
  const elsewhere = await open(ben.actor, ben.inbox);
  const wanted = {
    messages: [
      { key: keys[1]!, folderKey: folder.object.sourceKey! },
      { key: Buffer.from('nobody has this key'), folderKey: folder.object.sourceKey! },
      { key: keys[0]!, folderKey: elsewhere.object.sourceKey! },
      { key: keys[0]!, folderKey: Buffer.alloc(0) },
    ],
    keys: 'source_key',
    deleted: false,
    columns: [PR_SUBJECT, PR_SOURCE_KEY],
  } as const;
  const given = await exportableMessages(anna.actor, wanted);
  assert.deepEqual(
    given.map(({ index, id }) => [index, id]),
    [
      [0, second.id],
      [3, first.id],
    ],
  );
  assert.deepEqual(given[0]!.properties, [
    { tag: PR_SUBJECT, value: 'a message' },
    { tag: PR_SOURCE_KEY, value: keys[1]! },
  ]);
  assert.deepEqual(await exportableMessages(ben.actor, wanted), []);
  const rights = ecRightsReadAny | ecRightsFolderVisible;
  await changeAcl(server.platform.database, folder.object.id, [
    { principalId: ben.principalId, type: ACCESS_TYPE_GRANT, rights, state: RIGHT_NEW },
  ]);
  assert.equal((await exportableMessages(ben.actor, wanted)).length, 2);
});
