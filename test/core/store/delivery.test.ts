import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { KopanoError } from '../../../core/mapi/error.ts';
import { KCERR_NOT_FOUND } from '../../../core/mapi/error-codes.ts';
import type { ObjectTree } from '../../../core/mapi/object-tree.ts';
import { MAPI_ATTACH, MAPI_MAILUSER, MAPI_MESSAGE } from '../../../core/mapi/object-types.ts';
import { PR_ATTACH_DATA_BIN, PR_DISPLAY_NAME, PR_MESSAGE_CLASS, PR_SUBJECT } from '../../../core/mapi/tags.ts';
import { deliver } from '../../../core/store/delivery.ts';
import { setReceiveFolder } from '../../../core/store/receive-folders.ts';
import { aServer, type Mailbox, open, type Server } from './a-server.ts';
import { assertCountersRight } from './recount.ts';

let server: Server;
let anna: Mailbox;
before(async () => {
  server = await aServer();
  anna = await server.mailbox('anna');
  await setReceiveFolder(anna.actor, await open(anna.actor, anna.storeEntryId), anna.inbox, 'IPM');
});
after(async () => {
  await server[Symbol.asyncDispose]();
});

const mail: ObjectTree = {
  kind: MAPI_MESSAGE,
  properties: new Map([
    [PR_MESSAGE_CLASS, 'IPM.Note'],
    [PR_SUBJECT, 'Hello'],
  ]),
  children: [
    { kind: MAPI_MAILUSER, properties: new Map([[PR_DISPLAY_NAME, 'Anna']]), children: [] },
    { kind: MAPI_ATTACH, properties: new Map([[PR_ATTACH_DATA_BIN, Buffer.alloc(50_000, 1)]]), children: [] },
  ],
};
const delivery = (mailId: string) => ({ mailId, recipient: anna.principalId, tree: mail, now: Date.UTC(2026, 0, 1) });
const inboxCount = async () => (await open(anna.actor, anna.inbox)).folder!.contentCount;

test('a mail arrives where its class is received, unread', async () => {
  const before = (await open(anna.actor, anna.inbox)).folder!;
  assert.equal(await deliver(server.platform, delivery('first')), 'delivered');
  const after = (await open(anna.actor, anna.inbox)).folder!;
  assert.equal(after.contentCount, before.contentCount + 1);
  assert.equal(after.unreadCount, before.unreadCount + 1);
});

test('a second delivery of the same mail changes nothing', async () => {
  await deliver(server.platform, delivery('second'));
  const before = await inboxCount();
  assert.equal(await deliver(server.platform, delivery('second')), 'already delivered');
  assert.equal(await inboxCount(), before);
});

test('the same mail delivered by eight functions at once arrives once', async () => {
  const before = await inboxCount();
  const outcomes = await Promise.all(Array.from({ length: 8 }, () => deliver(server.another(), delivery('third'))));
  assert.deepEqual(outcomes.sort(), [...Array(7).fill('already delivered'), 'delivered']);
  assert.equal(await inboxCount(), before + 1);
  await assertCountersRight(server.platform.database);
});

test('nobody to deliver to is an error, not a silent loss', async () => {
  await assert.rejects(
    deliver(server.platform, { ...delivery('fourth'), recipient: 4_000_000 }),
    (error: KopanoError) => error.code === KCERR_NOT_FOUND,
  );
});

test('a delivery costs at most 10 statements, with an attachment in a blob', async () => {
  const before = server.platform.database.roundTrips;
  await deliver(server.platform, delivery('fifth'));
  assert.ok(server.platform.database.roundTrips - before <= 10, `${server.platform.database.roundTrips - before}`);
});
