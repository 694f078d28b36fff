import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { deliverBatch } from '../../../core/mail/delivery-batch.ts';
import { DEFAULT_DELIVERY_SETTINGS, type DeliverySettings } from '../../../core/mail/delivery-settings.ts';
import * as tags from '../../../core/mapi/tags.ts';
import { aMailServer, type Mailbox, type MailServer, type TestFolder } from './a-mail-server.ts';
import { actions, rulesData, somebody } from './rules/a-rule.ts';

const MAIL = 'From: Bob <bob@example.net>\r\nTo: full@example.org\r\nSubject: Hello\r\n\r\nThe text';

let server: MailServer;
let full: Mailbox;
let alice: Mailbox;
let junk: TestFolder;
before(async () => {
  server = await aMailServer();
  full = await server.user('full', { hardQuota: 1 });
  alice = await server.user('alice');
  junk = await server.folder(alice, 'Junk');
  const none = Buffer.alloc(0);
  await server.set(alice.inboxId, {
    tag: tags.PR_ADDITIONAL_REN_ENTRYIDS,
    value: [none, none, none, none, junk.entryId],
  });
  // The first byte of a mailbox is always free.
  await deliver(['full@example.org']);
});
after(async () => {
  await server[Symbol.asyncDispose]();
});

async function deliver(
  recipients: readonly string[],
  {
    mail = MAIL,
    settings = {},
    ...options
  }: { mail?: string; settings?: Partial<DeliverySettings>; from?: string; spam?: boolean; mailId?: string } = {},
): Promise<boolean> {
  const body = await server.receive(mail, recipients, options);
  const context = {
    ...server,
    settings: { ...DEFAULT_DELIVERY_SETTINGS, ...settings },
    postmaster: 'postmaster@example.org',
  };
  return (await deliverBatch(context, [{ id: 'x', body }])).length === 0;
}

suite('a mailbox over its hard limit', () => {
  test('the sender gets a report, once; the others get the mail', async () => {
    const before = await server.counts(full);
    const mailId = 'for two';
    const recipients = ['full@example.org', 'alice@example.org'];
    assert.equal(await deliver(recipients, { mailId }), true);
    assert.equal(await deliver(recipients, { mailId }), true);
    assert.deepEqual(await server.counts(full), before);
    assert.equal((await server.counts(alice)).content, 1);
    const [report, ...others] = await server.spooled();
    assert.deepEqual(others, []);
    assert.deepEqual([report!.from, report!.recipients], ['', ['bob@example.net']]);
    assert.match(report!.text, /^From: "?Mail Delivery System"? <postmaster@example\.org>\r$/m);
    assert.match(report!.text, /Status: 5\.2\.2\r\nDiagnostic-Code: smtp; 552 5\.2\.2 Quota exceeded/);
    assert.match(report!.text, /^Subject: Hello\r$/m);
    assert.doesNotMatch(report!.text, /The text/);
  });

  test('where nobody can be told, or the site wants it so, the mail waits in the queue', async () => {
    assert.equal(await deliver(['full@example.org'], { from: '' }), false);
    assert.equal(await deliver(['full@example.org'], { spam: true }), false);
    assert.equal(await deliver(['full@example.org'], { settings: { overQuota: 'retry' } }), false);
    assert.deepEqual(await server.spooled(), []);
  });

  test('mail that a rule sends elsewhere and deletes needs no room', async () => {
    const rules = [{ actions: [actions.forward([somebody('eve@example.com')], 3), actions.delete()] }];
    await server.set(full.inboxId, { tag: tags.PR_RULES_DATA, value: rulesData(rules) });
    assert.equal(await deliver(['full@example.org']), true);
    assert.deepEqual(
      (await server.spooled()).map(({ recipients }) => recipients),
      [['eve@example.com']],
    );
  });
});

suite('junk', () => {
  test('what SES or a header calls spam goes to the junk folder, past the rules', async () => {
    await server.set(alice.inboxId, { tag: tags.PR_RULES_DATA, value: rulesData([{ actions: [actions.delete()] }]) });
    const spam = (field: string) => `${field}\r\n${MAIL}`;
    assert.equal(await deliver(['alice@example.org'], { spam: true }), true);
    assert.equal(await deliver(['alice@example.org'], { mail: spam('x-spam-status: YES, score=7') }), true);
    assert.equal(await deliver(['alice@example.org'], { mail: spam('X-Spam-Status: No, bayes') }), true);
    assert.deepEqual(await server.counts(junk), { content: 2, unread: 2 });
    const settings = { spamHeader: { name: 'X-Verdict', value: 'bad' } };
    assert.equal(await deliver(['alice@example.org'], { mail: spam('X-Verdict: very bad'), settings }), true);
    assert.equal((await server.counts(junk)).content, 3);
  });

  test('a mailbox without a junk folder gets it into the inbox', async () => {
    const bare = await server.user('bare');
    assert.equal(await deliver(['bare@example.org'], { spam: true }), true);
    assert.equal((await server.counts(bare)).content, 1);
  });
});
