import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import type { KopanoError } from '../../../core/mapi/error.ts';
import {
  KCERR_COLLISION,
  KCERR_FOLDER_CYCLE,
  KCERR_HAS_FOLDERS,
  KCERR_HAS_MESSAGES,
  KCERR_NO_ACCESS,
} from '../../../core/mapi/error-codes.ts';
import { MSGFLAG_READ } from '../../../core/mapi/message-flags.ts';
import { FOLDER_GENERIC, MAPI_ATTACH } from '../../../core/mapi/object-types.ts';
import { ACCESS_TYPE_GRANT, ecRightsFolderVisible, ecRightsReadAny, RIGHT_NEW } from '../../../core/mapi/rights.ts';
import { PR_ATTACH_DATA_BIN, PR_MESSAGE_FLAGS } from '../../../core/mapi/tags.ts';
import { requireAccess } from '../../../core/store/access.ts';
import { changeAcl } from '../../../core/store/acl.ts';
import { copyMessages } from '../../../core/store/copy.ts';
import { copyFolder, moveFolder } from '../../../core/store/copy-folder.ts';
import { deleteObjects } from '../../../core/store/deletion.ts';
import { createFolders } from '../../../core/store/folders.ts';
import { moveMessages } from '../../../core/store/move.ts';
import { CLEAR_READ_FLAG, setReadFlags } from '../../../core/store/read-flags.ts';
import { aChild, aMessage, aServer, folderIn, type Mailbox, open, put, type Server } from './a-server.ts';
import { assertCountersRight } from './recount.ts';

let server: Server;
before(async () => {
  server = await aServer();
});
after(async () => {
  await server[Symbol.asyncDispose]();
});

const soft = { hard: false, messages: true, folders: true, syncId: 0 };
const hard = { ...soft, hard: true };
const refusedWith = (code: number) => (error: KopanoError) => error.code === code;
let names = 0;
const newMailbox = (): Promise<Mailbox> => server.mailbox(`person${++names}`);

test('a folder name is taken whatever its case, and an existing folder can be opened instead', async () => {
  const { actor, rootEntryId } = await newMailbox();
  const root = await open(actor, rootEntryId);
  const request = { name: 'INBOX', type: FOLDER_GENERIC, openIfExists: false, syncId: 0 };
  await assert.rejects(createFolders(actor, root, [request], { mayCreate: true }), refusedWith(KCERR_COLLISION));
  const [opened] = await createFolders(actor, root, [{ ...request, openIfExists: true }], { mayCreate: false });
  assert.ok(opened);
});

test('a folder that eight clients make at once, or open, is there once', async () => {
  const { actor, rootEntryId } = await newMailbox();
  const root = await open(actor, rootEntryId);
  const request = { name: 'Reports', type: FOLDER_GENERIC, openIfExists: true, syncId: 0 };
  const opened = await Promise.all(
    Array.from({ length: 8 }, () => createFolders(actor, root, [request], { mayCreate: true })),
  );
  assert.equal(new Set(opened.map(([entryId]) => entryId!.toString('hex'))).size, 1);
  await assertCountersRight(server.platform.database);
});

test('a folder with content goes only when asked to', async () => {
  const { actor, inbox } = await newMailbox();
  const folder = await folderIn(actor, inbox, 'A');
  await folderIn(actor, folder, 'B');
  const { object } = await open(actor, folder);
  await assert.rejects(
    deleteObjects(actor, { ids: [object.id] }, { ...soft, folders: false }),
    refusedWith(KCERR_HAS_FOLDERS),
  );
  await put(actor, folder);
  await assert.rejects(
    deleteObjects(actor, { ids: [object.id] }, { ...soft, messages: false }),
    refusedWith(KCERR_HAS_MESSAGES),
  );
  await deleteObjects(actor, { ids: [object.id] }, soft);
  assert.equal((await open(actor, folder)).object.deleted, true);
  await assertCountersRight(server.platform.database);
});

test('hard deletion takes everything below, from every table', async () => {
  const { actor, inbox } = await newMailbox();
  const folder = await folderIn(actor, inbox, 'A');
  const below = await folderIn(actor, folder, 'B');
  await put(
    actor,
    below,
    aMessage([], [aChild(MAPI_ATTACH, [{ tag: PR_ATTACH_DATA_BIN, value: Buffer.alloc(20_000) }])]),
  );
  const count = async (table: string) =>
    Number((await server.platform.database.query(`SELECT COUNT(*) AS n FROM ${table}`))[0]!.n);
  const before = { object: await count('object'), folder: await count('folder'), blob_use: await count('blob_use') };
  await deleteObjects(actor, { ids: [(await open(actor, folder)).object.id] }, hard);
  assert.equal(await count('object'), before.object - 4);
  assert.equal(await count('folder'), before.folder - 2);
  assert.equal(await count('blob_use'), before.blob_use - 1);
  await assertCountersRight(server.platform.database);
});

test('deleting 100 messages costs at most 10 statements, and reading them too', async () => {
  const { actor, inbox } = await newMailbox();
  const entryIds: Buffer[] = [];
  for (let i = 0; i < 100; i++) entryIds.push((await put(actor, inbox)).entryId);
  const reading = server.actor(actor.identity);
  await setReadFlags(reading, { entryIds }, 0, 0);
  assert.ok(reading.database.roundTrips + 1 <= 10, `setReadFlags: ${reading.database.roundTrips}`);
  const deleting = server.actor(actor.identity);
  await deleteObjects(deleting, { entryIds }, soft);
  assert.ok(deleting.database.roundTrips + 1 <= 10, `deleteObjects: ${deleting.database.roundTrips}`);
  await assertCountersRight(server.platform.database);
});

test('a folder cannot move into itself or below itself', async () => {
  const { actor, inbox } = await newMailbox();
  const folder = await folderIn(actor, inbox, 'A');
  const below = await folderIn(actor, folder, 'B');
  await assert.rejects(
    moveFolder(actor, { folder: await open(actor, folder), destination: await open(actor, below), syncId: 0 }),
    refusedWith(KCERR_FOLDER_CYCLE),
  );
});

test('others delete only what they may: nothing, if one message is not theirs to delete', async () => {
  const anna = await newMailbox();
  const ben = await newMailbox();
  const { entryId } = await put(anna.actor, anna.inbox);
  const inbox = await open(anna.actor, anna.inbox);
  await changeAcl(server.platform.database, inbox.object.id, [
    {
      principalId: ben.principalId,
      type: ACCESS_TYPE_GRANT,
      rights: ecRightsReadAny | ecRightsFolderVisible,
      state: RIGHT_NEW,
    },
  ]);
  await assert.rejects(deleteObjects(ben.actor, { entryIds: [entryId] }, soft), refusedWith(KCERR_NO_ACCESS));
  assert.equal(await moveMessages(ben.actor, [entryId], await open(ben.actor, ben.inbox), 0), false);
  assert.equal((await open(anna.actor, entryId)).object.deleted, false);
  assert.equal(await copyMessages(ben.actor, [entryId], await open(ben.actor, ben.inbox), 0), true);
  await assertCountersRight(server.platform.database);
});

type Step =
  | { readonly kind: 'put'; readonly folder: number; readonly associated: boolean; readonly isRead: boolean }
  | { readonly kind: 'delete'; readonly message: number; readonly hard: boolean }
  | { readonly kind: 'move' | 'copy'; readonly message: number; readonly folder: number }
  | { readonly kind: 'read'; readonly message: number; readonly clear: boolean }
  | { readonly kind: 'empty'; readonly folder: number; readonly hard: boolean }
  | { readonly kind: 'copy folder' | 'move folder'; readonly folder: number; readonly into: number };

const index = fc.nat({ max: 20 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('put' as const),
      folder: index,
      associated: fc.boolean(),
      isRead: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('delete' as const), message: index, hard: fc.boolean() }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constantFrom('move' as const, 'copy' as const), message: index, folder: index }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('read' as const), message: index, clear: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('empty' as const), folder: index, hard: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom('copy folder' as const, 'move folder' as const),
      folder: index,
      into: index,
    }),
  },
);

/** The inbox moves into another folder, which is emptied. */
const INBOX_GOES: Step[] = [
  { kind: 'put', folder: 0, associated: false, isRead: false },
  { kind: 'move folder', folder: 0, into: 2 },
  { kind: 'empty', folder: 2, hard: true },
  { kind: 'put', folder: 0, associated: false, isRead: false },
];

test('counters and sizes equal a recount after any operations', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
      const { actor, inbox, rootEntryId } = await newMailbox();
      const folders = [inbox, await folderIn(actor, inbox, 'A'), await folderIn(actor, rootEntryId, 'B')];
      const messages: Buffer[] = [];
      for (const [number, each] of steps.entries()) await perform(actor, each, folders, messages, number);
      // Of the folders any may be gone by now, but for the root.
      await assertCountersRight(server.platform.database, (await open(actor, rootEntryId)).store.id);
    }),
    { numRuns: 12, examples: [[INBOX_GOES]] },
  );
});

async function perform(
  actor: Mailbox['actor'],
  each: Step,
  folders: Buffer[],
  messages: Buffer[],
  number: number,
): Promise<void> {
  const folderAt = async (at: number) => {
    const folder = await open(actor, folders[at % folders.length]!);
    // As every operation does before it writes.
    await requireAccess(actor.database, actor.identity, folder, 'create', false);
    return folder;
  };
  const message = 'message' in each && messages.length > 0 ? messages[each.message % messages.length]! : undefined;
  try {
    if (each.kind === 'put') {
      const flags = [{ tag: PR_MESSAGE_FLAGS, value: each.isRead ? MSGFLAG_READ : 0 }];
      const folder = await folderAt(each.folder);
      messages.push(
        (await put(actor, folder.object.entryId!, aMessage(flags), { associated: each.associated })).entryId,
      );
    } else if (each.kind === 'empty')
      await deleteObjects(
        actor,
        { in: (await folderAt(each.folder)).object.id, associated: true },
        each.hard ? hard : soft,
      );
    else if (each.kind === 'copy folder')
      await copyFolder(
        actor,
        {
          folder: await folderAt(each.folder),
          destination: await folderAt(each.into),
          name: `copy ${number}`,
          syncId: 0,
        },
        true,
      );
    else if (each.kind === 'move folder')
      await moveFolder(actor, {
        folder: await folderAt(each.folder),
        destination: await folderAt(each.into),
        name: `moved ${number}`,
        syncId: 0,
      });
    else if (message) {
      if (each.kind === 'delete') await deleteObjects(actor, { entryIds: [message] }, each.hard ? hard : soft);
      else if (each.kind === 'move') await moveMessages(actor, [message], await folderAt(each.folder), 0);
      else if (each.kind === 'copy') await copyMessages(actor, [message], await folderAt(each.folder), 0);
      else if (each.kind === 'read')
        await setReadFlags(actor, { entryIds: [message] }, each.clear ? CLEAR_READ_FLAG : 0, 0);
    }
  } catch (error) {
    // A folder may be gone, or in the way of itself; whatever the refusal, the counters must be right.
    if (!(error instanceof Error && (error.name === 'KopanoError' || error.message === 'the object is not there')))
      throw error;
  }
}
