import assert from 'node:assert/strict';
import test from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import {
  fnevNewMail,
  fnevObjectCreated,
  fnevObjectModified,
  fnevObjTypeMessage,
} from '../../../../core/mapi/change-types.ts';
import { MAPI_MESSAGE } from '../../../../core/mapi/object-types.ts';
import { PR_SUBJECT } from '../../../../core/mapi/tags.ts';
import type { Actor } from '../../../../core/store/actor.ts';
import { tellOfNewMail } from '../../../../core/store/new-mail.ts';
import { saveExisting } from '../../../../core/store/save-existing.ts';
import { refreshStale } from '../../../../core/store/search/watched-searches.ts';
import { type Notification, type Tellers, takeNotifications } from '../../../../core/store/watch/news.ts';
import { type Listener, subscribe } from '../../../../core/store/watch/subscriptions.ts';
import { aServer, type Mailbox, open, put } from '../a-server.ts';

const LISTENER: Listener = { sessionId: 1n, group: 1n };
const CONNECTION = 7;
/** Longer than a client's opening of what it was told of. */
const A_WHILE = 40;

/** No tables, but search folders. */
const tellersOf = (actor: Actor): Tellers<never> => ({
  tables: async () => [],
  searches: (stale) => refreshStale(actor, stale),
});

async function watchInbox(
  { actor, inbox }: Mailbox,
  eventMask = fnevObjectCreated | fnevObjectModified | fnevObjTypeMessage,
): Promise<void> {
  const { object, store, position } = await open(actor, inbox);
  await subscribe(actor.database, LISTENER, {
    connection: CONNECTION,
    storeId: store.id,
    subjectId: object.id,
    eventMask,
    position,
  });
}

async function rename({ actor }: Mailbox, entryId: Buffer, subject: string): Promise<void> {
  const tree = {
    kind: MAPI_MESSAGE,
    id: (await open(actor, entryId)).object.id,
    clientId: 0,
    deleted: false,
    removed: [],
    properties: [{ tag: PR_SUBJECT, value: subject }],
    children: [],
  };
  await saveExisting(actor, await open(actor, entryId), tree, { syncId: 0 });
}

/** What one poll tells: events with the numbers of their objects. */
const poll = async ({ actor }: Mailbox): Promise<[event: number, objectId: number][]> =>
  (await takeNotifications<never>(actor.database, LISTENER, tellersOf(actor))).map((notification: Notification) =>
    'event' in notification ? [notification.event, notification.objectId] : assert.fail('of an object'),
  );

test('an answer tells of an object until its next change, which comes with the next poll', async () => {
  await using server = await aServer();
  const mailbox = await server.mailbox('anna');
  await watchInbox(mailbox);
  const [one, other] = [await put(mailbox.actor, mailbox.inbox), await put(mailbox.actor, mailbox.inbox)];
  await rename(mailbox, one.entryId, 'first');
  await rename(mailbox, other.entryId, 'second');
  await rename(mailbox, one.entryId, 'third');
  const [a, b] = [one, other].map(({ id }) => id);
  assert.deepEqual(await poll(mailbox), [
    [fnevObjectCreated, a],
    [fnevObjectCreated, b],
  ]);
  await pause(A_WHILE);
  assert.deepEqual(await poll(mailbox), [
    [fnevObjectModified, a],
    [fnevObjectModified, b],
  ]);
  await pause(A_WHILE);
  assert.deepEqual(await poll(mailbox), [[fnevObjectModified, a]]);
  assert.deepEqual(await poll(mailbox), []);
});

test('what a client was just told of it can open before it is told of its next change', async () => {
  await using server = await aServer();
  const mailbox = await server.mailbox('anna');
  await watchInbox(mailbox);
  const { id, entryId } = await put(mailbox.actor, mailbox.inbox);
  assert.deepEqual(await poll(mailbox), [[fnevObjectCreated, id]]);
  await rename(mailbox, entryId, 'first');
  const told = await poll(mailbox);
  await pause(A_WHILE);
  const later = await poll(mailbox);
  assert.deepEqual([...told, ...later], [[fnevObjectModified, id]]);
});

test('of many changes all are told at once', async () => {
  await using server = await aServer();
  const mailbox = await server.mailbox('anna');
  await watchInbox(mailbox);
  const { id, entryId } = await put(mailbox.actor, mailbox.inbox);
  for (let change = 0; change < 20; change++) await rename(mailbox, entryId, `subject ${change}`);
  const told = await poll(mailbox);
  assert.equal(told.length, 21);
  assert.deepEqual([...new Set(told.map(([, objectId]) => objectId))], [id]);
});

test('new mail is told with its class and flags', async () => {
  await using server = await aServer();
  const mailbox = await server.mailbox('anna');
  await watchInbox(mailbox, fnevNewMail);
  const { entryId } = await put(mailbox.actor, mailbox.inbox);
  await tellOfNewMail(mailbox.actor.database, await open(mailbox.actor, entryId));
  const told = await takeNotifications<never>(mailbox.actor.database, LISTENER, tellersOf(mailbox.actor));
  assert.deepEqual(
    told.map((one) => 'event' in one && [one.event, one.messageClass, one.messageFlags]),
    [[fnevNewMail, 'IPM.Note', 0]],
  );
});
