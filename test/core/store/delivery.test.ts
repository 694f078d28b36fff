import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { KopanoError } from '../../../core/mapi/error.ts';
import { KCERR_NOT_FOUND } from '../../../core/mapi/error-codes.ts';
import type { ObjectTree } from '../../../core/mapi/object-tree.ts';
import { MAPI_ATTACH, MAPI_MAILUSER, MAPI_MESSAGE } from '../../../core/mapi/object-types.ts';
import { PR_ATTACH_DATA_BIN, PR_DISPLAY_NAME, PR_MESSAGE_CLASS, PR_SUBJECT } from '../../../core/mapi/tags.ts';
import type { Platform } from '../../../core/platform/platform.ts';
import { deliver, findArrival, isDelivered, mailKey } from '../../../core/store/delivery.ts';
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
/** Delivers a mail as the delivery agent does: where it arrives, unless it has. */
async function deliverMail(platform: Platform, name: string, recipient = anna.principalId): Promise<string> {
  const mailId = mailKey(name);
  const { folder, delivered } = await findArrival(platform.database, { mailId, recipient, messageClass: 'IPM.Note' });
  if (delivered) return 'already delivered';
  const placements = [{ folder, tree: mail, isNewMail: true }];
  const { outcome } = await deliver(platform, { mailId, recipient, placements, now: Date.UTC(2026, 0, 1) });
  return outcome;
}
const inboxCount = async () => (await open(anna.actor, anna.inbox)).folder!.contentCount;

test('a mail arrives where its class is received, unread', async () => {
  const before = (await open(anna.actor, anna.inbox)).folder!;
  assert.equal(await deliverMail(server.platform, 'first'), 'delivered');
  const after = (await open(anna.actor, anna.inbox)).folder!;
  assert.equal(after.contentCount, before.contentCount + 1);
  assert.equal(after.unreadCount, before.unreadCount + 1);
});

test('a second delivery of the same mail changes nothing', async () => {
  await deliverMail(server.platform, 'second');
  const before = await inboxCount();
  assert.equal(await deliverMail(server.platform, 'second'), 'already delivered');
  assert.equal(await inboxCount(), before);
});

test('the same mail delivered by eight functions at once arrives once', async () => {
  const before = await inboxCount();
  const outcomes = await Promise.all(Array.from({ length: 8 }, () => deliverMail(server.another(), 'third')));
  assert.deepEqual(outcomes.sort(), [...Array(7).fill('already delivered'), 'delivered']);
  assert.equal(await inboxCount(), before + 1);
  await assertCountersRight(server.platform.database);
});

test('nobody to deliver to is an error, not a silent loss', async () => {
  await assert.rejects(
    deliverMail(server.platform, 'fourth', 4_000_000),
    (error: KopanoError) => error.code === KCERR_NOT_FOUND,
  );
});

test('a delivery costs at most 10 statements, with an attachment in a blob', async () => {
  const before = server.platform.database.roundTrips;
  await deliverMail(server.platform, 'fifth');
  assert.ok(server.platform.database.roundTrips - before <= 10, `${server.platform.database.roundTrips - before}`);
});

test('what is sent and whom it answers are written with the messages, or not at all', async () => {
  const { platform } = server;
  const folder = await open(anna.actor, anna.inbox);
  const send = (name: string, to: string) =>
    deliver(platform, {
      mailId: mailKey(name),
      recipient: anna.principalId,
      placements: [{ folder, tree: mail, isNewMail: true }],
      jobs: [{ jobId: `${name}-job`, body: '{}' }],
      autoReply: { to, everySeconds: 3600, job: { jobId: `${name}-reply`, body: '{}' } },
      now: Date.UTC(2026, 0, 1),
    });
  const jobIds = async (): Promise<unknown[]> =>
    (await platform.database.query('SELECT job_id FROM pending_job ORDER BY job_id')).map(({ job_id }) => job_id);
  assert.deepEqual(
    (await send('sixth', 'Bob@example.net')).jobs.map(({ jobId }) => jobId),
    ['sixth-job', 'sixth-reply'],
  );
  assert.deepEqual((await send('sixth', 'bob@example.net')).jobs, []);
  assert.deepEqual(
    (await send('seventh', 'bob@example.net')).jobs.map(({ jobId }) => jobId),
    ['seventh-job'],
  );
  assert.deepEqual(await jobIds(), ['seventh-job', 'sixth-job', 'sixth-reply']);

  const count = await inboxCount();
  const broken = { folder, tree: { ...mail, kind: MAPI_ATTACH }, isNewMail: true };
  await assert.rejects(
    deliver(platform, {
      mailId: mailKey('eighth'),
      recipient: anna.principalId,
      placements: [{ folder, tree: mail, isNewMail: true }, broken],
      jobs: [{ jobId: 'eighth-job', body: '{}' }],
      now: Date.now(),
    }),
  );
  assert.equal(await inboxCount(), count);
  assert.equal((await jobIds()).length, 3);
  assert.equal(await isDelivered(platform.database, mailKey('eighth'), anna.principalId), false);
});
