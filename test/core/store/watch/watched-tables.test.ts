import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { MAPI_FOLDER, MAPI_MESSAGE } from '../../../../core/mapi/object-types.ts';
import type { Restriction } from '../../../../core/mapi/restriction.ts';
import { ACCESS_TYPE_GRANT, ecRightsFolderVisible, ecRightsReadAny, RIGHT_NEW } from '../../../../core/mapi/rights.ts';
import { TABLE_SORT_ASCEND, TABLE_SORT_DESCEND } from '../../../../core/mapi/sort-order.ts';
import * as tags from '../../../../core/mapi/tags.ts';
import { changeAcl } from '../../../../core/store/acl.ts';
import { moveFolder } from '../../../../core/store/copy-folder.ts';
import { deleteObjects } from '../../../../core/store/deletion.ts';
import { setReadFlags } from '../../../../core/store/read-flags.ts';
import {
  TABLE_CHANGED,
  TABLE_ROW_ADDED,
  TABLE_ROW_DELETED,
  TABLE_ROW_MODIFIED,
} from '../../../../core/store/watch/table-news.ts';
import { aServer, folderIn, type Mailbox, open, put, type Server } from '../a-server.ts';
import { contains, searchFolderIn } from '../search/a-search.ts';
import { aNote, aWorld, operation, UNREAD } from '../search/a-world.ts';
import { Watcher } from './a-watcher.ts';

let server: Server;
before(async () => {
  server = await aServer();
});
after(async () => {
  await server[Symbol.asyncDispose]();
});

let names = 0;
const newMailbox = (): Promise<Mailbox> => server.mailbox(`person${++names}`);

const DEEP = 0x01;
const bySubject = [{ tag: tags.PR_SUBJECT, order: TABLE_SORT_ASCEND }];
const newestFirst = [{ tag: tags.PR_LAST_MODIFICATION_TIME, order: TABLE_SORT_DESCEND }];

test('who follows what is told of a table shows what a fresh look at it would', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(operation, { minLength: 1, maxLength: 8 }), { minLength: 2, maxLength: 6 }),
      async (rounds) => {
        const mailbox = await newMailbox();
        const { actor, inbox, rootEntryId } = mailbox;
        const world = await aWorld(mailbox);
        const finder = await folderIn(actor, rootEntryId, 'finder');
        const found = await searchFolderIn(actor, finder, 'found', {
          restriction: { kind: 'or', parts: [contains(tags.PR_SUBJECT, 'a'), UNREAD] },
          folders: [inbox],
          recursive: true,
        });
        const watchers = new Map<string, Watcher>();
        const watch = async (name: string, folder: Buffer, look: Parameters<typeof Watcher.of>[2]) => {
          watchers.set(name, await Watcher.of(actor, folder, look));
        };
        await watch('all', inbox, { objectType: MAPI_MESSAGE });
        await watch('by subject', inbox, { objectType: MAPI_MESSAGE, sort: bySubject });
        await watch('unread', inbox, { objectType: MAPI_MESSAGE, sort: newestFirst, restriction: UNREAD });
        await watch('found', found, { objectType: MAPI_MESSAGE, sort: bySubject });
        await watch('unread of found', found, { objectType: MAPI_MESSAGE, restriction: UNREAD });
        await watch('folders', inbox, {
          objectType: MAPI_FOLDER,
          sort: [{ tag: tags.PR_DISPLAY_NAME, order: TABLE_SORT_ASCEND }],
        });
        await watch('all folders', rootEntryId, { objectType: MAPI_FOLDER, flags: DEEP });
        for (const round of rounds) {
          for (const each of round) await each(world);
          for (const [name, watcher] of watchers) {
            // What looking itself brings up to date is told by the next look.
            while ((await watcher.follow()).length > 0);
            assert.deepEqual(watcher.shown, await watcher.read(), name);
          }
        }
      },
    ),
    { numRuns: 12 },
  );
});

test('a searched folder that goes and comes back changes the counts of the search folder, and that is told', async () => {
  const { actor, inbox, rootEntryId } = await newMailbox();
  await searchFolderIn(actor, await folderIn(actor, rootEntryId, 'finder'), 'found', {
    restriction: UNREAD,
    folders: [inbox],
    recursive: true,
  });
  const below = await folderIn(actor, inbox, 'below');
  await put(actor, below, aNote([]));
  const watcher = await Watcher.of(actor, rootEntryId, { objectType: MAPI_FOLDER, flags: DEEP });
  const moveTo = async (destination: Buffer) => {
    const [folder, to] = [await open(actor, below), await open(actor, destination)];
    await moveFolder(actor, { folder, destination: to, name: 'below', syncId: 0 });
    while ((await watcher.follow()).length > 0);
    assert.deepEqual(watcher.shown, await watcher.read());
  };
  await moveTo(rootEntryId);
  await moveTo(inbox);
});

const events = (told: readonly { readonly event: number }[]): number[] => told.map(({ event }) => event);

test('a new message is told with its cells and the row before it; read, it is told anew; deleted, only its key', async () => {
  const { actor, inbox } = await newMailbox();
  const watcher = await Watcher.of(actor, inbox, { objectType: MAPI_MESSAGE, sort: bySubject });
  const { id: first } = await put(actor, inbox, aNote([{ tag: tags.PR_SUBJECT, value: 'a' }]));
  const [added] = await watcher.follow();
  assert.equal(added?.event, TABLE_ROW_ADDED);
  assert.equal(added?.prior, undefined);
  const { entryId, id } = await put(actor, inbox, aNote([{ tag: tags.PR_SUBJECT, value: 'b' }]));
  const [second] = await watcher.follow();
  assert.equal(second?.prior?.id, first);
  assert.deepEqual(second?.cells?.[1], { tag: tags.PR_SUBJECT, value: 'b' });
  await setReadFlags(actor, { entryIds: [entryId] }, 0, 0);
  assert.deepEqual(events(await watcher.follow()), [TABLE_ROW_MODIFIED]);
  await deleteObjects(actor, { entryIds: [entryId] }, { hard: false, messages: true, folders: false, syncId: 0 });
  const told = await watcher.follow();
  assert.deepEqual(events(told), [TABLE_ROW_DELETED]);
  assert.deepEqual([told[0]?.key?.id, told[0]?.cells], [id, undefined]);
  assert.deepEqual(await watcher.follow(), []);
});

test('a message that begins to meet the restriction comes, and one that no longer does goes', async () => {
  const { actor, inbox } = await newMailbox();
  const read: Restriction = { kind: 'not', part: UNREAD };
  const { entryId } = await put(actor, inbox);
  const watcher = await Watcher.of(actor, inbox, { objectType: MAPI_MESSAGE, restriction: UNREAD });
  const opposite = await Watcher.of(actor, inbox, { objectType: MAPI_MESSAGE, restriction: read });
  await setReadFlags(actor, { entryIds: [entryId] }, 0, 0);
  assert.deepEqual(events(await watcher.follow()), [TABLE_ROW_DELETED]);
  assert.deepEqual(events(await opposite.follow()), [TABLE_ROW_ADDED]);
});

test('where many rows go at once, it is told once that the table changed', async () => {
  const { actor, inbox } = await newMailbox();
  for (let n = 0; n < 12; n++) await put(actor, inbox);
  const watcher = await Watcher.of(actor, inbox, { objectType: MAPI_MESSAGE });
  const { object } = await open(actor, inbox);
  await deleteObjects(
    actor,
    { in: object.id, associated: false },
    { hard: false, messages: true, folders: true, syncId: 0 },
  );
  assert.deepEqual(events(await watcher.follow()), [TABLE_CHANGED]);
});

test('whose right to read went is told nothing more', async () => {
  const { actor, inbox } = await newMailbox();
  const other = await newMailbox();
  const inboxId = (await open(actor, inbox)).object.id;
  const grant = (rights: number) =>
    changeAcl(server.platform.database, inboxId, [
      { principalId: other.principalId, type: ACCESS_TYPE_GRANT, rights, state: RIGHT_NEW },
    ]);
  await grant(ecRightsReadAny | ecRightsFolderVisible);
  const watcher = await Watcher.of(other.actor, inbox, { objectType: MAPI_MESSAGE });
  await put(actor, inbox);
  assert.deepEqual(events(await watcher.follow()), [TABLE_ROW_ADDED]);
  await grant(0);
  await put(actor, inbox);
  assert.deepEqual(await watcher.follow(), []);
});
