import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { suite, test } from 'node:test';
import { deliverBatch } from '../../../core/mail/delivery-batch.ts';
import { MAPI_ATTACH, MAPI_MAILUSER } from '../../../core/mapi/object-types.ts';
import type { PropertyTag, PropertyValue } from '../../../core/mapi/property.ts';
import * as tags from '../../../core/mapi/tags.ts';
import type { Database, Statements } from '../../../core/platform/database.ts';
import { loadValue } from '../../../core/store/load.ts';
import { findTarget } from '../../../core/store/target.ts';
import { aMailServer, type Mailbox, type MailServer } from './a-mail-server.ts';

const MAIL = [
  'Received: from mx.example.net by inbound-smtp.local; Mon, 23 Nov 2026 20:45:37 +0000',
  'From: Bob <bob@example.net>',
  'To: Alice <alice@example.org>',
  'Cc: carol@example.org',
  'Subject: Hello',
  '',
  'Dear all',
].join('\r\n');

/** Mailboxes of alice, carol and dave. */
async function people(server: MailServer): Promise<{ alice: Mailbox; carol: Mailbox; dave: Mailbox }> {
  return { alice: await server.user('alice'), carol: await server.user('carol'), dave: await server.user('dave') };
}

const propertyOf = (loaded: { properties: readonly { tag: PropertyTag; value: PropertyValue }[] }, tag: PropertyTag) =>
  loaded.properties.find((property) => property.tag === tag)?.value;
const deliverOne = (server: MailServer, body: string): Promise<string[]> =>
  deliverBatch(server, [{ id: 'item', body }]);

suite('delivery', { concurrency: 2 }, () => {
  test('a mail arrives unread in the inbox, with who received it and how', async () => {
    await using server = await aMailServer();
    const { alice, carol, dave } = await people(server);
    const addresses = ['alice@example.org', 'Carol@Example.org', 'dave@example.org'];
    assert.deepEqual(await deliverOne(server, await server.receive(MAIL, addresses)), []);

    const named = async (mailbox: Mailbox) => {
      const [message] = await server.inbox(mailbox);
      assert.equal(propertyOf(message!, tags.PR_SUBJECT), 'Hello');
      assert.equal(propertyOf(message!, tags.PR_BODY), 'Dear all');
      assert.deepEqual(await server.counts(mailbox), { content: 1, unread: 1 });
      return [
        propertyOf(message!, tags.PR_RECEIVED_BY_NAME),
        propertyOf(message!, tags.PR_MESSAGE_TO_ME),
        propertyOf(message!, tags.PR_MESSAGE_CC_ME),
        propertyOf(message!, tags.PR_EC_MESSAGE_BCC_ME),
        propertyOf(message!, tags.PR_MESSAGE_RECIP_ME),
      ];
    };
    assert.deepEqual(await named(alice), ['Full alice', true, false, false, true]);
    assert.deepEqual(await named(carol), ['Full carol', false, true, false, true]);
    assert.deepEqual(await named(dave), ['Full dave', false, false, true, true]);

    const [message] = await server.inbox(alice);
    const rows = message!.children.filter(({ kind }) => kind === MAPI_MAILUSER);
    assert.deepEqual(
      rows.map((row) => [propertyOf(row, tags.PR_DISPLAY_NAME), propertyOf(row, tags.PR_ADDRTYPE)]),
      [
        ['Full alice', 'ZARAFA'],
        ['Full carol', 'ZARAFA'],
      ],
    );
  });

  test('aliases and login names are addresses too; several of one person bring one copy', async () => {
    await using server = await aMailServer();
    const alice = await server.user('alice', { aliases: ['info@example.org', 'Sales@Example.org'] });
    const login = await server.user('login@example.org', { email: 'other@example.org' });
    const recipients = ['info@example.org', 'SALES@example.org', 'alice@example.org', 'login@example.org'];
    assert.deepEqual(await deliverOne(server, await server.receive(MAIL, recipients)), []);
    assert.deepEqual(await server.counts(alice), { content: 1, unread: 1 });
    assert.deepEqual(await server.counts(login), { content: 1, unread: 1 });
  });

  test('a second delivery of the same mail changes nothing', async () => {
    await using server = await aMailServer();
    const { alice } = await people(server);
    const item = await server.receive(MAIL, ['alice@example.org']);
    assert.deepEqual(await deliverOne(server, item), []);
    const objects = await server.platform.database.query('SELECT COUNT(*) AS count FROM object');
    assert.deepEqual(await deliverOne(server, item), []);
    assert.deepEqual(await server.platform.database.query('SELECT COUNT(*) AS count FROM object'), objects);
    assert.deepEqual(await server.counts(alice), { content: 1, unread: 1 });
  });

  test('a batch that fails half-way delivers the rest once, and only what failed comes again', async () => {
    await using server = await aMailServer();
    const { alice, carol } = await people(server);
    const items = [
      {
        id: 'unknown',
        body: await server.receive(MAIL, ['alice@example.org', 'nobody@example.org', 'carol@example.org']),
      },
      { id: 'good', body: await server.receive(MAIL, ['alice@example.org']) },
      { id: 'lost', body: (await server.receive(MAIL, ['alice@example.org'])).replace('inbound/', 'elsewhere/') },
      { id: 'garbage', body: '{"Message": 5}' },
    ];
    for (let attempt = 0; attempt < 3; attempt++) {
      assert.deepEqual((await deliverBatch(server, items)).sort(), ['garbage', 'lost', 'unknown']);
    }
    assert.deepEqual(await server.counts(alice), { content: 2, unread: 2 });
    assert.deepEqual(await server.counts(carol), { content: 1, unread: 1 });
  });

  test('two functions that deliver the same mails at the same time bring each once', async () => {
    await using server = await aMailServer();
    const { alice, carol } = await people(server);
    const recipients = ['alice@example.org', 'carol@example.org'];
    const items = await Promise.all(
      Array.from({ length: 12 }, async (_, index) => ({
        id: `${index}`,
        body: await server.receive(MAIL, recipients),
      })),
    );
    const functions = [1, 2, 3].map(() => ({
      mailBucket: server.mailBucket,
      platform: { ...server.platform, database: server.database.another() },
    }));
    const failures = await Promise.all(functions.map((instance) => deliverBatch(instance, items)));
    // Who lost too many locks tries again, as the queue would make it.
    const again = items.filter(({ id }) => failures.flat().includes(id));
    assert.deepEqual(await deliverBatch(server, again), []);
    assert.deepEqual(await server.counts(alice), { content: 12, unread: 12 });
    assert.deepEqual(await server.counts(carol), { content: 12, unread: 12 });
    assert.equal((await server.inbox(alice)).length, 12);
  });

  test('a function may die after any statement: the mail arrives once', async () => {
    await using server = await aMailServer();
    const { alice } = await people(server);
    let delivered = 0;
    for (let deadly = 1; ; deadly++) {
      const item = await server.receive(MAIL, ['alice@example.org']);
      const dying = {
        ...server,
        platform: { ...server.platform, database: dyingAfter(deadly, server.platform.database) },
      };
      const failed = await deliverOne(dying as unknown as MailServer, item);
      assert.deepEqual(await deliverOne(server, item), []);
      assert.deepEqual(await server.counts(alice), { content: ++delivered, unread: delivered });
      if (failed.length === 0) break;
    }
    assert.ok(delivered > 5, `${delivered} places to die at`);
  });

  test('attachments arrive byte by byte, small ones and large ones', async () => {
    await using server = await aMailServer();
    const { alice } = await people(server);
    const contents = [randomBytes(100), randomBytes(20_000), randomBytes(3_000_000), Buffer.alloc(0)];
    const parts = contents.map(
      (content, index) =>
        `--b\r\nContent-Disposition: attachment; filename=${index}\r\nContent-Transfer-Encoding: base64\r\n\r\n${content.toString('base64').replace(/.{76}/g, '$&\r\n')}\r\n`,
    );
    const mail = `Subject: files\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n${parts.join('')}--b--\r\n`;
    assert.deepEqual(await deliverOne(server, await server.receive(mail, ['alice@example.org'])), []);
    const [message] = await server.inbox(alice);
    const attachments = message!.children.filter(({ kind }) => kind === MAPI_ATTACH);
    for (const [index, attachment] of attachments.entries()) {
      const { documents } = (await findTarget(server.platform.database, { id: attachment.id }))!;
      assert.deepEqual(await loadValue(server.platform, documents, tags.PR_ATTACH_DATA_BIN), contents[index]);
    }
    assert.equal(attachments.length, contents.length);
    assert.equal(propertyOf(message!, tags.PR_HASATTACH), true);
  });

  test('one mail to one user takes at most ten statements', async () => {
    await using server = await aMailServer();
    await people(server);
    await deliverOne(server, await server.receive(MAIL, ['alice@example.org']));
    const item = await server.receive(MAIL, ['alice@example.org']);
    const { database } = server.platform;
    const before = database.roundTrips;
    assert.deepEqual(await deliverOne(server, item), []);
    const counted = database.roundTrips - before;
    assert.ok(counted > 0 && counted <= 10, `${counted} statements`);
  });

  for (const [what, mail] of [
    [
      'a thousand attachments',
      () =>
        `Content-Type: multipart/mixed; boundary=b\r\n\r\n${'--b\r\nContent-Type: image/gif\r\n\r\nx\r\n'.repeat(1000)}--b--`,
    ],
    ['messages thirty levels deep', () => `${'Content-Type: message/rfc822\r\n\r\n'.repeat(30)}Subject: x\r\n\r\nx`],
    [
      'ten thousand recipients',
      () =>
        `To: ${Array.from({ length: 10_000 }, (_, i) => `Somebody ${i} <${i}@example.net>`).join(',\r\n ')}\r\n\r\nx`,
    ],
    ['a header of almost 1 MB', () => `${`X-Long: ${'x'.repeat(900)}\r\n`.repeat(1000)}\r\nx`],
    ['a text of 5 MB', () => `Content-Type: text/html; charset=utf-8\r\n\r\n<p>${'größer '.repeat(600_000)}`],
    ['a subject of 30,000 characters', () => `Subject: ${'\u{1f600} '.repeat(15_000)}\r\n\r\nx`],
  ] as const) {
    test(`a mail with ${what} arrives`, async () => {
      await using server = await aMailServer();
      const { alice } = await people(server);
      assert.deepEqual(await deliverOne(server, await server.receive(mail(), ['alice@example.org'])), []);
      assert.deepEqual(await server.counts(alice), { content: 1, unread: 1 });
      assert.equal((await server.inbox(alice)).length, 1);
    });
  }

  test('a mail that cannot be read arrives as a file', async () => {
    await using server = await aMailServer();
    const { alice } = await people(server);
    const mail = `Subject: Bomb\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n${'--b\r\n\r\nx\r\n'.repeat(3000)}`;
    assert.deepEqual(await deliverOne(server, await server.receive(mail, ['alice@example.org'])), []);
    const [message] = await server.inbox(alice);
    assert.equal(propertyOf(message!, tags.PR_SUBJECT), 'Bomb');
    assert.equal(
      propertyOf(message!.children.find(({ kind }) => kind === MAPI_ATTACH)!, tags.PR_ATTACH_LONG_FILENAME),
      'original.eml',
    );
  });
});

class Death extends Error {}

/** The database of a function that dies when it has sent so many statements; what it has begun is rolled back. */
function dyingAfter(statements: number, database: Database): Database {
  let left = statements;
  const live = <T>(work: () => Promise<T>): Promise<T> => {
    left -= 1;
    return left < 0 ? Promise.reject(new Death('dead')) : work();
  };
  const wrap = (inner: Statements): Statements => ({
    afterCommit: (work) => inner.afterCommit(work),
    query: (sql, parameters) => live(() => inner.query(sql, parameters)),
    execute: (sql, parameters) => live(() => inner.execute(sql, parameters)),
    batch: (sql, sets) => live(() => inner.batch(sql, sets)),
  });
  const dying: Database = {
    ...wrap(database),
    transaction: (work) => live(() => database.transaction((transaction) => work(wrap(transaction)))),
    expectTransaction: () => database.expectTransaction(),
    forgoTransaction: () => database.forgoTransaction(),
    roundTrips: 0,
    counted: () => dying,
  };
  return dying;
}
