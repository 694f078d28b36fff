import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { deliverBatch } from '../../../core/mail/delivery-batch.ts';
import { DEFAULT_DELIVERY_SETTINGS, type DeliverySettings } from '../../../core/mail/delivery-settings.ts';
import { sendForgottenJobs } from '../../../core/mail/outgoing.ts';
import { fileTimeFromMilliseconds } from '../../../core/mapi/file-time.ts';
import type { Property } from '../../../core/mapi/property.ts';
import * as tags from '../../../core/mapi/tags.ts';
import type { Spool } from '../../../core/platform/spool.ts';
import { aMailServer, type Mailbox, type MailServer } from './a-mail-server.ts';
import { actions, rulesData, somebody } from './rules/a-rule.ts';

const DAY_MS = 86_400_000;
const NOW = Date.parse('2026-11-23T20:45:37.402Z');
const time = (tag: number, at: number): Property => ({ tag, value: fileTimeFromMilliseconds(at) });

let server: MailServer;
let alice: Mailbox;
let senders = 0;
before(async () => {
  server = await aMailServer();
  alice = await server.user('alice', { aliases: ['sales@example.org'] });
  await server.set(
    alice.storeId,
    { tag: tags.PR_EC_OUTOFOFFICE, value: true },
    { tag: tags.PR_EC_OUTOFOFFICE_SUBJECT, value: 'Away' },
    { tag: tags.PR_EC_OUTOFOFFICE_MSG, value: 'Bin im März zurück.' },
  );
});
after(async () => {
  await server[Symbol.asyncDispose]();
});

interface Case {
  readonly sender?: string;
  readonly from?: string;
  readonly to?: string;
  readonly fields?: readonly string[];
  readonly settings?: Partial<DeliverySettings>;
  readonly spam?: boolean;
  readonly mailId?: string;
  readonly spool?: Spool;
}

/** Delivers a mail of somebody new, unless he is named; answers the replies that wait for the spooler. */
async function repliesTo(mail: Case = {}) {
  const sender = mail.sender ?? `sender${++senders}@example.net`;
  const raw = [
    `From: ${sender}`,
    mail.to ?? 'To: Alice <alice@example.org>',
    'Subject: Lunch?',
    'Message-ID: <7@example.net>',
    ...(mail.fields ?? []),
    '',
    'x',
  ];
  const { from = sender, spam = false, mailId, settings } = mail;
  const body = await server.receive(raw.join('\r\n'), ['alice@example.org'], {
    from,
    spam,
    ...(mailId !== undefined && { mailId }),
  });
  const platform = mail.spool ? { ...server.platform, spool: mail.spool } : server.platform;
  const failed = await deliverBatch({ ...server, platform, settings: { ...DEFAULT_DELIVERY_SETTINGS, ...settings } }, [
    { id: 'x', body },
  ]);
  return { replies: await server.spooled(), failed };
}
const count = async (mail: Case = {}): Promise<number> => (await repliesTo(mail)).replies.length;

suite('out of office', () => {
  test('what is sent is kept in Sent Items, read, and as often as it is sent', async () => {
    const sent = await server.folder(alice, 'Sent Items');
    await server.set(alice.storeId, { tag: tags.PR_IPM_SENTMAIL_ENTRYID, value: sent.entryId });
    const forward = actions.forward([somebody('eve@example.com')], 3);
    await server.set(alice.inboxId, { tag: tags.PR_RULES_DATA, value: rulesData([{ actions: [forward] }]) });
    const sender = 'kept@example.net';
    await repliesTo({ sender });
    assert.deepEqual(await server.counts(sent), { content: 2, unread: 0 });
    await repliesTo({ sender });
    assert.deepEqual(await server.counts(sent), { content: 3, unread: 0 });
    await repliesTo({ sender, settings: { keepSent: false } });
    assert.deepEqual(await server.counts(sent), { content: 3, unread: 0 });
    const subjects = (await server.inbox(sent)).map(
      ({ properties }) => properties.find(({ tag }) => tag === tags.PR_SUBJECT)?.value,
    );
    assert.deepEqual(subjects, ['Lunch?', 'Away [Lunch?]', 'Lunch?']);
    await server.set(alice.inboxId, { tag: tags.PR_RULES_DATA, value: rulesData([]) });
  });

  test('who writes to somebody who is away is told so, as the original tells it, by nobody', async () => {
    const { replies } = await repliesTo({ sender: 'Bob@example.net' });
    const [reply, ...others] = replies;
    assert.deepEqual(others, []);
    assert.deepEqual([reply!.from, reply!.recipients], ['', ['Bob@example.net']]);
    for (const field of [
      'From: "?Full alice"? <alice@example\\.org>',
      'To: Bob@example\\.net',
      'Subject: Away \\[Lunch\\?\\]',
      'X-Kopano-Vacation: autorespond',
      'X-Auto-Response-Suppress: All',
      'Precedence: bulk',
      'Auto-Submitted: auto-replied',
      'In-Reply-To: <7@example\\.net>',
    ])
      assert.match(reply!.text, new RegExp(`^${field}\\r$`, 'm'));
    assert.equal(Buffer.from(reply!.text.split('\r\n\r\n')[1]!, 'base64').toString(), 'Bin im März zurück.');
  });

  test('nobody is told twice within a day, and everybody again after it', async () => {
    const sender = 'often@example.net';
    assert.deepEqual([await count({ sender }), await count({ sender: 'OFTEN@example.net' })], [1, 0]);
    assert.equal(await count({ sender, settings: { replyEverySeconds: 0 } }), 1);
    assert.equal(await count({ sender: 'another@example.net' }), 1);
  });

  test('lists, bulk mail, machines, reports, junk and oneself are not answered', async () => {
    for (const fields of [
      ['List-Id: <x.example.net>'],
      ['Precedence: list'],
      ['Auto-Submitted: auto-generated'],
      ['X-Kopano-Vacation: autorespond'],
      ['X-Spam-Flag: YES'],
      ['X-Amazon-Mail: x'],
      ['X-Spam-Status: Yes, score=9'],
    ])
      assert.equal(await count({ fields }), 0, fields[0]);
    assert.equal(await count({ from: '' }), 0);
    assert.equal(await count({ spam: true }), 0);
    for (const sender of [
      'alice@example.org',
      'SALES@example.org',
      'mailer-daemon@example.net',
      'postmaster@example.net',
      'root@host.example.net',
    ])
      assert.equal(await count({ sender }), 0, sender);
  });

  test('only who writes To the user is answered, unless the site wants more', async () => {
    const [cc, hidden] = [{ to: 'Cc: alice@example.org' }, { to: 'To: carol@example.com' }];
    assert.deepEqual([await count(cc), await count(hidden)], [0, 0]);
    assert.equal(await count({ ...cc, settings: { replyToCc: true } }), 1);
    assert.equal(await count({ ...hidden, settings: { replyToBcc: true } }), 1);
    assert.equal(await count({ to: 'To: sales@example.org' }), 1);
  });

  test('it has a time from which and until which it is said', async () => {
    const between = (from: number, until: number) =>
      server.set(
        alice.storeId,
        time(tags.PR_EC_OUTOFOFFICE_FROM, NOW + from * DAY_MS),
        time(tags.PR_EC_OUTOFOFFICE_UNTIL, NOW + until * DAY_MS),
      );
    await between(1, 2);
    assert.equal(await count(), 0);
    await between(-2, -1);
    assert.equal(await count(), 0);
    await between(-1, 1);
    assert.equal(await count(), 1);
  });

  test('a mail that a rule deletes is answered, too', async () => {
    await server.set(alice.inboxId, { tag: tags.PR_RULES_DATA, value: rulesData([{ actions: [actions.delete()] }]) });
    const before = await server.counts(alice);
    assert.equal(await count(), 1);
    assert.deepEqual(await server.counts(alice), before);
    await server.set(alice.inboxId, { tag: tags.PR_RULES_DATA, value: rulesData([]) });
  });

  test('whatever is between the commit and the queue: what is to be sent is sent, as one mail', async () => {
    await server.set(alice.inboxId, {
      tag: tags.PR_RULES_DATA,
      value: rulesData([{ actions: [actions.forward([somebody('eve@example.com')], 3)] }]),
    });
    const broken: Spool = {
      ...server.platform.spool!,
      jobs: { send: () => Promise.reject(new Error('the function died here')) },
    };
    const [mailId, sender] = ['a mail that is answered late', 'late@example.net'];
    const before = await server.counts(alice);
    assert.deepEqual(await repliesTo({ mailId, sender, spool: broken }), { replies: [], failed: ['x'] });
    const first = await repliesTo({ mailId, sender });
    assert.deepEqual(first.failed, []);
    assert.deepEqual(first.replies.map(({ recipients }) => recipients[0]).sort(), ['eve@example.com', sender]);
    assert.equal(await count({ mailId, sender }), 0);
    assert.equal((await server.counts(alice)).content, before.content + 1);

    // If the mail never comes again, the housekeeping finds what was to be sent.
    await repliesTo({ spool: broken });
    await server.platform.database.execute('UPDATE pending_job SET at = at - INTERVAL 1 HOUR');
    assert.equal(await sendForgottenJobs(server.platform), 2);
    assert.equal(await sendForgottenJobs(server.platform), 0);
    assert.equal((await server.spooled()).length, 2);
    await server.set(alice.inboxId, { tag: tags.PR_RULES_DATA, value: rulesData([]) });
  });
});
