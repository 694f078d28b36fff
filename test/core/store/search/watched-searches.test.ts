import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import {
  fnevIgnoreCounters,
  fnevObjectModified,
  fnevObjTypeFolder,
  fnevObjTypeMessage,
} from '../../../../core/mapi/change-types.ts';
import { PR_SUBJECT } from '../../../../core/mapi/tags.ts';
import type { Actor } from '../../../../core/store/actor.ts';
import { deleteObjects } from '../../../../core/store/deletion.ts';
import { moveMessages } from '../../../../core/store/move.ts';
import { CLEAR_READ_FLAG, setReadFlags } from '../../../../core/store/read-flags.ts';
import { saveExisting } from '../../../../core/store/save-existing.ts';
import { refreshStale } from '../../../../core/store/search/watched-searches.ts';
import { type Notification, takeNotifications } from '../../../../core/store/watch/news.ts';
import { tellable } from '../../../../core/store/watch/notification-rights.ts';
import { type Listener, subscribe } from '../../../../core/store/watch/subscriptions.ts';
import { aServer, folderIn, type Mailbox, open, put, type Server } from '../a-server.ts';
import { contains, foundIn, searchFolderIn } from './a-search.ts';
import { aNote } from './a-world.ts';

let server: Server;
before(async () => {
  server = await aServer();
});
after(async () => {
  await server[Symbol.asyncDispose]();
});

const ON_FOLDER = 1;
const ON_STORE = 2;
/** Looks after which there is nothing more to tell. */
const LOOKS = 4;

let names = 0;
let listeners = 0n;

interface Scene {
  readonly mailbox: Mailbox;
  /** Looks for messages with `alpha` in the inbox. */
  readonly search: Buffer;
  readonly searchId: number;
  readonly listener: Listener;
}

const newListener = (): Listener => {
  listeners += 1n;
  return { sessionId: listeners, group: listeners };
};

async function listen(
  actor: Actor,
  listener: Listener,
  entryId: Buffer,
  connection: number,
  eventMask: number,
): Promise<void> {
  const { object, store, position } = await open(actor, entryId);
  await subscribe(actor.database, listener, {
    connection,
    storeId: store.id,
    subjectId: object.id,
    eventMask,
    position,
  });
}

/** A search folder that somebody listens to, and to its store. */
async function aScene(eventMask = fnevObjectModified, recursive = false): Promise<Scene> {
  const mailbox = await server.mailbox(`waiter${++names}`);
  const { actor, inbox, rootEntryId, storeEntryId } = mailbox;
  const search = await searchFolderIn(actor, rootEntryId, 'search', {
    restriction: contains(PR_SUBJECT, 'alpha'),
    folders: [inbox],
    recursive,
  });
  const listener = newListener();
  await listen(actor, listener, search, ON_FOLDER, eventMask);
  await listen(actor, listener, storeEntryId, ON_STORE, eventMask);
  return { mailbox, search, searchId: (await open(actor, search)).object.id, listener };
}

const take = (actor: Actor, listener: Listener): Promise<Notification[]> =>
  takeNotifications<never>(actor.database, listener, {
    tables: async () => [],
    searches: (stale) => refreshStale(actor, stale),
  });

const ofSearch = (news: readonly Notification[], searchId: number): [connection: number, event: number][] =>
  news.flatMap((one) => ('event' in one && one.objectId === searchId ? [[one.connection, one.event]] : []));

/** As if a search folder had been brought up to date long ago, or just now. */
const refreshed = ({ mailbox: { actor }, searchId }: Scene, when: 'long ago' | 'just now'): Promise<unknown> =>
  actor.database.execute(
    `UPDATE watched_search SET refreshed = ${when === 'long ago' ? "'2000-01-01'" : 'UTC_TIMESTAMP(3) + INTERVAL 1 HOUR'}
     WHERE folder_id = :searchId`,
    { searchId },
  );

/** Looks until there is nothing more to tell; what was told of the search folder. */
async function toldOfSearch(scene: Scene): Promise<[number, number][]> {
  const { mailbox, searchId, listener } = scene;
  const told: [number, number][] = [];
  for (let looks = 0; looks < LOOKS; looks++) {
    await refreshed(scene, 'long ago');
    told.push(...ofSearch(await take(mailbox.actor, listener), searchId));
  }
  return told.sort(([one], [other]) => one - other);
}

const BOTH = [
  [ON_FOLDER, fnevObjectModified],
  [ON_STORE, fnevObjectModified],
];

const note = (subject: string) => aNote([{ tag: PR_SUBJECT, value: subject }]);

async function rename({ actor }: Mailbox, entryId: Buffer, subject: string): Promise<void> {
  const target = await open(actor, entryId);
  await saveExisting(actor, target, { ...note(subject), id: target.object.id }, { syncId: 0 });
}

const setRead = ({ actor }: Mailbox, entryId: Buffer, read: boolean): Promise<unknown> =>
  setReadFlags(actor, { entryIds: [entryId] }, read ? 0 : CLEAR_READ_FLAG, 0);

const entryIdNow = async ({ actor }: Mailbox, id: number): Promise<Buffer> => {
  const [row] = await actor.database.query<{ entry_id: Buffer }>('SELECT entry_id FROM object WHERE id = :id', { id });
  return row!.entry_id;
};

/** The statements that one look costs. */
async function costOf(actor: Actor, listener: Listener): Promise<number> {
  const database = actor.database.counted();
  await take({ ...actor, database }, listener);
  return database.roundTrips;
}

test('mail that comes in, is read, renamed, moved and deleted changes the search folder for who waits', async () => {
  const scene = await aScene();
  const { mailbox } = scene;
  const { actor, inbox, rootEntryId } = mailbox;
  const { id, entryId } = await put(actor, inbox, note('alpha'));
  assert.deepEqual(await toldOfSearch(scene), BOTH, 'came in');
  await setRead(mailbox, entryId, true);
  assert.deepEqual(await toldOfSearch(scene), BOTH, 'read');
  await setRead(mailbox, entryId, false);
  assert.deepEqual(await toldOfSearch(scene), BOTH, 'unread');
  await rename(mailbox, entryId, 'gamma');
  assert.deepEqual(await toldOfSearch(scene), BOTH, 'changed out of the criteria');
  await rename(mailbox, entryId, 'Alpha again');
  assert.deepEqual(await toldOfSearch(scene), BOTH, 'changed into the criteria');
  const beside = await folderIn(actor, rootEntryId, 'beside');
  await moveMessages(actor, [entryId], await open(actor, beside), 0);
  assert.deepEqual(await toldOfSearch(scene), BOTH, 'moved out');
  await moveMessages(actor, [await entryIdNow(mailbox, id)], await open(actor, inbox), 0);
  assert.deepEqual(await toldOfSearch(scene), BOTH, 'moved in');
  await deleteObjects(actor, { ids: [id] }, { hard: false, messages: true, folders: false, syncId: 0 });
  assert.deepEqual(await toldOfSearch(scene), BOTH, 'deleted');
});

test('nothing is told where counts stay the same', async () => {
  const scene = await aScene();
  const { mailbox, search } = scene;
  const { actor, inbox } = mailbox;
  const { id, entryId } = await put(actor, inbox, note('alpha'));
  await toldOfSearch(scene);
  await put(actor, inbox, note('gamma'));
  assert.deepEqual(await toldOfSearch(scene), [], 'a message that is not searched for');
  await rename(mailbox, entryId, 'alpha and more');
  assert.deepEqual(await toldOfSearch(scene), [], 'a result that stays one');
  assert.deepEqual(await foundIn(actor, search), [id]);
  assert.deepEqual(await toldOfSearch(scene), [], 'nothing happened');
});

test('the news comes with the look that finds the change', async () => {
  const { mailbox, searchId, search } = await aScene();
  const listener = newListener();
  await listen(mailbox.actor, listener, search, ON_FOLDER, fnevObjectModified);
  await put(mailbox.actor, mailbox.inbox, note('alpha'));
  assert.deepEqual(ofSearch(await take(mailbox.actor, listener), searchId), [[ON_FOLDER, fnevObjectModified]]);
});

test('other news comes first, but among much news it is there', async () => {
  const { mailbox, searchId, listener } = await aScene();
  const { actor, inbox } = mailbox;
  await put(actor, inbox, note('alpha'));
  assert.deepEqual(ofSearch(await take(actor, listener), searchId), []);
  assert.deepEqual(ofSearch(await take(actor, listener), searchId), BOTH);
  const many = await aScene();
  for (let messages = 0; messages < 20; messages++) await put(many.mailbox.actor, many.mailbox.inbox, note('alpha'));
  const told = await take(many.mailbox.actor, many.listener);
  assert.deepEqual(new Set(ofSearch(told, many.searchId).map(([connection]) => connection)), new Set([1, 2]));
});

test('a look at what did not change is one statement, with and without search folders', async () => {
  const scene = await aScene();
  const { actor, inbox } = scene.mailbox;
  assert.equal(await costOf(actor, scene.listener), 1);
  await put(actor, inbox, note('alpha'));
  await toldOfSearch(scene);
  await refreshed(scene, 'long ago');
  assert.equal(await costOf(actor, scene.listener), 1);
  const other = await server.mailbox(`waiter${++names}`);
  const listener = newListener();
  await listen(other.actor, listener, other.storeEntryId, ON_STORE, fnevObjectModified | fnevObjTypeFolder);
  await put(other.actor, other.inbox, note('alpha'));
  await take(other.actor, listener);
  assert.equal(await costOf(other.actor, listener), 1);
});

test('who hears of messages only searches nothing; who ignores counters hears of search folders all the same', async () => {
  const deaf = await aScene(fnevObjectModified | fnevObjTypeMessage);
  await put(deaf.mailbox.actor, deaf.mailbox.inbox, note('alpha'));
  assert.equal(await costOf(deaf.mailbox.actor, deaf.listener), 1);
  const scene = await aScene(fnevObjectModified | fnevObjTypeFolder | fnevIgnoreCounters);
  await put(scene.mailbox.actor, scene.mailbox.inbox, note('alpha'));
  assert.deepEqual(await toldOfSearch(scene), BOTH);
});

test('folders that come below are searched for who waits', async () => {
  const scene = await aScene(fnevObjectModified, true);
  const { actor, inbox } = scene.mailbox;
  const below = await folderIn(actor, inbox, 'below');
  await put(actor, below, note('alpha'));
  assert.deepEqual(await toldOfSearch(scene), BOTH);
});

test('while much happens, one of several waiters searches once a second, and all are told', async () => {
  const scene = await aScene();
  const { actor, inbox } = scene.mailbox;
  const other = newListener();
  await listen(actor, other, scene.search, ON_FOLDER, fnevObjectModified);
  await put(actor, inbox, note('alpha'));
  await Promise.all([take(actor, scene.listener), take(actor, other)]);
  await Promise.all([take(actor, scene.listener), take(actor, other)]);
  await refreshed(scene, 'just now');
  await put(actor, inbox, note('alpha'));
  assert.equal(await costOf(actor, other), 1, 'within the second');
  await refreshed(scene, 'long ago');
  const told = await Promise.all([take(actor, scene.listener), take(actor, other)]);
  told.push(...(await Promise.all([take(actor, scene.listener), take(actor, other)])));
  assert.deepEqual(ofSearch(told.flat(), scene.searchId).sort(), [
    [ON_FOLDER, fnevObjectModified],
    [ON_FOLDER, fnevObjectModified],
    [ON_STORE, fnevObjectModified],
  ]);
});

test('what happens within the second is told after it', async () => {
  const { mailbox, searchId, listener } = await aScene();
  const { actor, inbox } = mailbox;
  await put(actor, inbox, note('alpha'));
  await take(actor, listener);
  assert.deepEqual(ofSearch(await take(actor, listener), searchId), BOTH);
  await put(actor, inbox, note('alpha'));
  const told: [number, number][] = [];
  for (const end = Date.now() + 20_000; told.length === 0 && Date.now() < end; await delay(50))
    told.push(...ofSearch(await take(actor, listener), searchId));
  assert.deepEqual(told, BOTH);
});

test('of a folder that one may not see nothing is told', async () => {
  const { mailbox, searchId } = await aScene();
  const stranger = await server.mailbox(`waiter${++names}`);
  const listener = newListener();
  await listen(stranger.actor, listener, mailbox.storeEntryId, ON_STORE, fnevObjectModified);
  await put(mailbox.actor, mailbox.inbox, note('alpha'));
  const news = [...(await take(stranger.actor, listener)), ...(await take(stranger.actor, listener))];
  assert.equal(ofSearch(news, searchId).length, 1);
  assert.deepEqual(await tellable(stranger.actor, news), []);
});

test('a search folder of which the searched folder is gone costs nothing', async () => {
  const scene = await aScene();
  const { actor, inbox, rootEntryId } = scene.mailbox;
  await put(actor, inbox, note('alpha'));
  const { object } = await open(actor, inbox);
  await deleteObjects(actor, { ids: [object.id] }, { hard: false, messages: true, folders: true, syncId: 0 });
  await put(actor, await folderIn(actor, rootEntryId, 'beside'), note('alpha'));
  await toldOfSearch(scene);
  await refreshed(scene, 'long ago');
  assert.equal(await costOf(actor, scene.listener), 1);
});
