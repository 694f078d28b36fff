import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, suite, test } from 'node:test';
import { NONACTIVE_CONTACT } from '../../../../core/directory/object-class.ts';
import { SYSTEM } from '../../../../core/directory/system-identity.ts';
import { deliverBatch } from '../../../../core/mail/delivery-batch.ts';
import { DEFAULT_DELIVERY_SETTINGS, type DeliverySettings } from '../../../../core/mail/delivery-settings.ts';
import { mailToMessage } from '../../../../core/mail/mail-to-message.ts';
import { PS_INTERNET_HEADERS } from '../../../../core/mail/render/named-fields.ts';
import { ruleCondition, ruleSubject } from '../../../../core/mail/rules/condition.ts';
import { readRules } from '../../../../core/mail/rules/rule-table.ts';
import { entryIdOf } from '../../../../core/mapi/entry-id.ts';
import { MAPI_MESSAGE } from '../../../../core/mapi/object-types.ts';
import { type Property, type PropertyTag, propertyTag } from '../../../../core/mapi/property.ts';
import { PT_UNICODE } from '../../../../core/mapi/property-types.ts';
import { BMR_NEZ, FL_PREFIX, RELOP_GT, RELOP_NE, type Restriction } from '../../../../core/mapi/restriction.ts';
import { meets } from '../../../../core/mapi/restriction-evaluator.ts';
import { ST_ENABLED, ST_EXIT_LEVEL, ST_ONLY_WHEN_OOF } from '../../../../core/mapi/rule.ts';
import * as tags from '../../../../core/mapi/tags.ts';
import { NAMED_PROPERTY_BASE, numbersOfNames } from '../../../../core/store/named-properties.ts';
import { prepareNewMessage, writeNewMessage } from '../../../../core/store/save-new.ts';
import { findTarget } from '../../../../core/store/target.ts';
import { aMailServer, type Mailbox, type MailServer, type TestFolder } from '../a-mail-server.ts';
import { actions, rulesData, somebody, subjectHas, type TestRule } from './a-rule.ts';

const mailWith = (subject: string, ...fields: string[]): string =>
  [
    'From: Bob Baker <bob@example.net>',
    'To: Alice <alice@example.org>',
    'Message-ID: <1@example.net>',
    `Subject: ${subject}`,
    ...fields,
    '',
    'Dear Alice',
  ].join('\r\n');

let server: MailServer;
let alice: Mailbox;
let carol: Mailbox;
let reports: TestFolder;
let shared: TestFolder;
before(async () => {
  server = await aMailServer();
  alice = await server.user('alice');
  carol = await server.user('carol');
  reports = await server.folder(alice, 'Reports');
  shared = await server.folder(carol, 'Shared');
});
after(async () => {
  await server[Symbol.asyncDispose]();
});

interface Outcome {
  readonly inbox: number;
  readonly reports: number;
  readonly newest: Awaited<ReturnType<MailServer['inbox']>>[number] | undefined;
}

let subjects = 0;
/** Delivers one mail to Alice under some rules; answers what was added where. */
async function under(
  rules: readonly TestRule[] | Buffer,
  { fields = [], settings, from }: { fields?: string[]; settings?: Partial<DeliverySettings>; from?: string } = {},
): Promise<Outcome> {
  const value = Buffer.isBuffer(rules) ? rules : rulesData(rules);
  await server.set(alice.inboxId, { tag: tags.PR_RULES_DATA, value });
  const before = { inbox: await server.counts(alice), reports: await server.counts(reports) };
  const body = await server.receive(mailWith(`Figures ${++subjects}`, ...fields), ['alice@example.org'], {
    ...(from !== undefined && { from }),
  });
  const context = { ...server, settings: { ...DEFAULT_DELIVERY_SETTINGS, ...settings } };
  assert.deepEqual(await deliverBatch(context, [{ id: 'x', body }]), []);
  // A repetition changes nothing, whatever rules have done.
  assert.deepEqual(await deliverBatch(context, [{ id: 'x', body }]), []);
  const after = { inbox: await server.counts(alice), reports: await server.counts(reports) };
  const [inInbox, inReports] = [
    after.inbox.content - before.inbox.content,
    after.reports.content - before.reports.content,
  ];
  const newest = inReports > 0 ? (await server.inbox(reports)).at(-1) : (await server.inbox(alice)).at(-1);
  return { inbox: inInbox, reports: inReports, newest };
}

const propertyOf = (outcome: Outcome, tag: PropertyTag) =>
  outcome.newest?.properties.find((property) => property.tag === tag)?.value;
const where = ({ inbox, reports: there }: Outcome): [number, number] => [inbox, there];

suite('rules', () => {
  test('move, copy and delete: where the mail ends up, and that its owner is told of it there', async () => {
    assert.deepEqual(where(await under([{ actions: [actions.move(reports.entryId)] }])), [0, 1]);
    const [news] = await server.platform.database.query<{ folder_id: number }>(
      'SELECT folder_id FROM `change` WHERE event = 2 ORDER BY id DESC LIMIT 1',
    );
    assert.equal(news?.folder_id, reports.inboxId);
    assert.deepEqual(where(await under([{ actions: [actions.copy(reports.entryId)] }])), [1, 1]);
    assert.deepEqual(where(await under([{ actions: [actions.delete()] }])), [0, 0]);
    const bothThere = [{ actions: [actions.copy(reports.entryId), actions.move(reports.entryId)] }];
    assert.deepEqual(where(await under(bothThere)), [0, 2]);
  });

  test('mark as read and tag change what is moved by the same rule, wherever they stand in it', async () => {
    const outcome = await under([
      {
        actions: [
          actions.move(reports.entryId),
          actions.markAsRead(),
          actions.tag({ tag: tags.PR_IMPORTANCE, value: 2 }),
        ],
      },
    ]);
    assert.deepEqual(where(outcome), [0, 1]);
    assert.equal(Number(propertyOf(outcome, tags.PR_MESSAGE_FLAGS)) & 1, 1);
    assert.equal(propertyOf(outcome, tags.PR_IMPORTANCE), 2);
  });

  test('conditions: those that WebApp and Outlook store, met and not met', async () => {
    const text = (tag: PropertyTag, value: string, fuzzyLevel = 0x10001): Restriction => ({
      kind: 'content',
      fuzzyLevel,
      tag,
      value: { tag, value },
    });
    const conditions: [Restriction, boolean][] = [
      [subjectHas('FIGURES'), true],
      [subjectHas('elsewhere'), false],
      [text(tags.PR_BODY, 'dear alice'), true],
      [text(tags.PR_TRANSPORT_MESSAGE_HEADERS, 'x-team: blue'), true],
      [
        {
          kind: 'content',
          fuzzyLevel: FL_PREFIX,
          tag: tags.PR_MESSAGE_CLASS,
          value: { tag: tags.PR_MESSAGE_CLASS, value: 'IPM.Note' },
        },
        true,
      ],
      [
        {
          kind: 'property',
          relation: 4,
          tag: tags.PR_SENDER_SEARCH_KEY,
          value: { tag: tags.PR_SENDER_SEARCH_KEY, value: Buffer.from('SMTP:BOB@EXAMPLE.NET\0') },
        },
        true,
      ],
      [
        {
          kind: 'sub',
          objects: tags.PR_MESSAGE_RECIPIENTS,
          part: {
            kind: 'property',
            relation: 4,
            tag: tags.PR_SMTP_ADDRESS,
            value: { tag: tags.PR_SMTP_ADDRESS, value: 'alice@example.org' },
          },
        },
        true,
      ],
      [
        {
          kind: 'sub',
          objects: tags.PR_MESSAGE_RECIPIENTS,
          part: {
            kind: 'property',
            relation: 4,
            tag: tags.PR_SMTP_ADDRESS,
            value: { tag: tags.PR_SMTP_ADDRESS, value: 'carol@example.org' },
          },
        },
        false,
      ],
      [
        {
          kind: 'property',
          relation: 4,
          tag: tags.PR_MESSAGE_TO_ME,
          value: { tag: tags.PR_MESSAGE_TO_ME, value: true },
        },
        true,
      ],
      [
        {
          kind: 'property',
          relation: RELOP_GT,
          tag: tags.PR_MESSAGE_SIZE,
          value: { tag: tags.PR_MESSAGE_SIZE, value: 100 },
        },
        true,
      ],
      [
        {
          kind: 'property',
          relation: RELOP_GT,
          tag: tags.PR_MESSAGE_SIZE,
          value: { tag: tags.PR_MESSAGE_SIZE, value: 1_000_000 },
        },
        false,
      ],
      [{ kind: 'bitmask', test: BMR_NEZ, tag: tags.PR_MESSAGE_FLAGS, mask: 0x10 }, false],
      // What isn't there differs from nothing, and no condition at all is never met (as in the original).
      [
        {
          kind: 'property',
          relation: RELOP_NE,
          tag: tags.PR_SENSITIVITY,
          value: { tag: tags.PR_SENSITIVITY, value: 2 },
        },
        false,
      ],
      [{ kind: 'not', part: { kind: 'exist', tag: tags.PR_SENSITIVITY } }, true],
      [{ kind: 'and', parts: [] }, false],
      [{ kind: 'and', parts: [subjectHas('figures'), { kind: 'not', part: subjectHas('draft') }] }, true],
      [
        {
          kind: 'or',
          parts: [subjectHas('nothing'), { kind: 'comment', properties: [], part: subjectHas('figures') }],
        },
        true,
      ],
    ];
    const raw = Buffer.from(mailWith('Figures of the month', 'X-Team: blue'));
    const { message } = await mailToMessage(raw, { receivedAt: 0 });
    const subject = ruleSubject({
      ...message,
      properties: new Map([...message.properties, [tags.PR_MESSAGE_TO_ME, true]]),
    });
    const missed = conditions.filter(([condition, met]) => meets(ruleCondition(condition), subject) !== met);
    assert.deepEqual(missed, []);
  });

  test('rules go in the order of their sequence, until one says stop; disabled ones are none', async () => {
    const importance = (value: number) => actions.tag({ tag: tags.PR_IMPORTANCE, value });
    const outcome = await under([
      { sequence: 30, actions: [importance(0)] },
      { sequence: 10, actions: [importance(2)] },
      { sequence: 20, state: ST_ENABLED | ST_EXIT_LEVEL, actions: [actions.copy(reports.entryId)] },
      { sequence: 5, state: 0, actions: [actions.delete()] },
      { sequence: 6, state: ST_ENABLED | ST_ONLY_WHEN_OOF, actions: [actions.delete()] },
    ]);
    assert.deepEqual(where(outcome), [1, 1]);
    assert.equal(propertyOf(outcome, tags.PR_IMPORTANCE), 2);
  });

  test('a rule that makes no sense, or can not be done, is passed over, and the next ones are not', async () => {
    const gone = entryIdOf(Buffer.alloc(16, 7), 3);
    for (const broken of [
      { actions: [actions.move(gone)] },
      { actions: [actions.move(Buffer.from('nonsense'))] },
      { actions: [actions.move(shared.entryId)] },
      { actions: [{ acttype: 77, flavor: 0, flags: 0 }] },
      { actions: [{ acttype: 1, flavor: 0, flags: 0 }] },
      { actions: [actions.reply(gone)] },
      { actions: [actions.forward([])] },
      { actions: [actions.forward([somebody('no address')])] },
      { actions: [actions.defer()] },
      {
        condition: {
          kind: 'property',
          relation: 6,
          tag: tags.PR_SUBJECT,
          value: { tag: tags.PR_SUBJECT, value: '(' },
        } as Restriction,
        actions: [actions.delete()],
      },
      {
        condition: {
          kind: 'property',
          relation: 4,
          tag: tags.PR_SUBJECT,
          value: { tag: tags.PR_IMPORTANCE, value: 1 },
        } as Restriction,
        actions: [actions.delete()],
      },
    ])
      assert.deepEqual(where(await under([broken, { actions: [actions.copy(reports.entryId)] }])), [1, 1]);
    assert.deepEqual(where(await under(Buffer.from('<no rules'))), [1, 0]);
    assert.deepEqual(await server.spooled(), []);
  });

  test('a rule copies into the mailbox of another who has given the right to it, and only then', async () => {
    const rules = [{ actions: [actions.copy(shared.entryId)] }];
    await under(rules);
    assert.equal((await server.counts(shared)).content, 0);
    await server.platform.database.execute(
      'INSERT INTO acl (object_id, principal_id, type, rights) VALUES (:folder, :alice, 2, 2)',
      { folder: shared.inboxId, alice: alice.principalId },
    );
    await under(rules);
    assert.equal((await server.counts(shared)).content, 1);
  });

  test('redirect: the mail itself, byte by byte, with who resent it; once', async () => {
    await under([{ actions: [actions.forward([somebody('eve@example.com', 'Eve')], 3)] }]);
    const [mail, ...others] = await server.spooled();
    assert.deepEqual(others, []);
    assert.deepEqual([mail!.from, mail!.recipients], ['alice@example.org', ['eve@example.com']]);
    assert.match(
      mail!.text,
      /^X-Kopano-Rule-Action: redirect\r\nResent-From: "Full alice" <alice@example\.org>\r\nResent-To: "Eve" <eve@example\.com>/,
    );
    assert.ok(mail!.text.endsWith(mailWith(`Figures ${subjects}`)));
  });

  test('a stranger is not written as sender where the site may send in the name of its own domains only', async () => {
    const settings = { ownDomains: ['example.org'] };
    await under([{ actions: [actions.forward([somebody('eve@example.com')], 3)] }], {
      settings,
      fields: ['DKIM-Signature: v=1'],
    });
    const [mail] = await server.spooled();
    assert.match(mail!.text, /^From: "Bob Baker via Full alice" <alice@example\.org>\r$/m);
    assert.match(mail!.text, /^Reply-To: "Bob Baker" <bob@example\.net>\r$/m);
    assert.doesNotMatch(mail!.text, /DKIM|^From: Bob/m);
  });

  test('forward: a mail of its own that says in its body what it was; or the mail as a file', async () => {
    const outcome = await under([
      { actions: [actions.forward([somebody('eve@example.com')]), actions.forward([somebody('fred@example.com')], 4)] },
    ]);
    assert.equal(outcome.inbox, 1);
    assert.equal(propertyOf(outcome, tags.PR_ICON_INDEX), 0x106);
    const mails = (await server.spooled()).sort((one, other) => one.recipients[0]!.localeCompare(other.recipients[0]!));
    assert.deepEqual(
      mails.map(({ recipients }) => recipients),
      [['eve@example.com'], ['fred@example.com']],
    );
    for (const { text, from } of mails) {
      assert.equal(from, 'alice@example.org');
      assert.match(text, /^From: .*Full alice.* <alice@example\.org>\r$/m);
      assert.match(text, new RegExp(`^Subject: FW: Figures ${subjects}\\r$`, 'm'));
      assert.match(text, /^X-Kopano-Rule-Action: forward\r$/m);
    }
    assert.match(mails[0]!.text, /From: Bob Baker <bob@example\.net>[\s\S]*Auto forwarded by a rule[\s\S]*Dear Alice/);
    assert.match(mails[1]!.text, /^Content-Type: message\/rfc822/m);
    assert.ok(mails[1]!.text.includes(mailWith(`Figures ${subjects}`)));
  });

  test('loops end: what was forwarded, what a machine sent, and what would go back is not forwarded', async () => {
    const rules = [{ actions: [actions.forward([somebody('eve@example.com')], 3)] }];
    for (const fields of [
      ['X-Kopano-Rule-Action: forward'],
      ['Auto-Submitted: auto-replied'],
      ['X-Kopano-Vacation: autorespond'],
      Array(120).fill('Received: from a by b'),
    ])
      assert.equal((await under(rules, { fields })).inbox, 1);
    await under([{ actions: [actions.forward([somebody('BOB@example.net'), somebody('alice@example.org')], 3)] }]);
    assert.deepEqual(await server.spooled(), []);
    await under(rules, { fields: ['X-Kopano-Rule-Action: forward'], settings: { forwardOnce: false } });
    assert.equal((await server.spooled()).length, 1);
  });

  test('a domain that is not allowed: nothing is forwarded, and the owner is told', async () => {
    const settings = { forwardDomains: ['example.org', '*.example.com'] };
    const outcome = await under([{ actions: [actions.forward([somebody('eve@evil.net')])] }], { settings });
    assert.equal(outcome.inbox, 2);
    assert.equal(
      propertyOf(outcome, tags.PR_SUBJECT),
      `REJECT: Figures ${subjects} not forwarded (administratively blocked)`,
    );
    assert.deepEqual(await server.spooled(), []);
    await under([{ actions: [actions.forward([somebody('eve@mail.example.com')])] }], { settings });
    assert.equal((await server.spooled()).length, 1);
  });

  test('reply with a template: to the sender, from nobody, never to a machine', async () => {
    const template = await aTemplate(alice, 'Thank you', 'We have got your mail.');
    const rules = [{ actions: [actions.reply(template)] }];
    await under(rules);
    const [mail] = await server.spooled();
    assert.deepEqual([mail!.from, mail!.recipients], ['', ['bob@example.net']]);
    assert.match(mail!.text, /^Subject: Thank you\r$/m);
    assert.match(mail!.text, /^Auto-Submitted: auto-replied\r$/m);
    assert.match(mail!.text, /^In-Reply-To: <1@example\.net>\r$/m);
    assert.match(mail!.text, /We have got your mail\./);
    for (const fields of [['List-Id: <x>'], ['Precedence: bulk'], ['Auto-Submitted: auto-generated']])
      await under(rules, { fields });
    await under(rules, { from: '' });
    await under([{ actions: [actions.reply(await aTemplate(carol, 'Not mine', ''))] }]);
    assert.deepEqual(await server.spooled(), []);
  });

  test('header fields that a template has as named properties stand in the reply', async () => {
    const name = { guid: PS_INTERNET_HEADERS, name: 'x-department' };
    const [number] = await numbersOfNames(server.platform.database, [name], true);
    const tag = propertyTag(NAMED_PROPERTY_BASE + number!, PT_UNICODE);
    const template = await aTemplate(alice, 'Thank you', '', [{ tag, value: 'Sales' }]);
    await under([{ actions: [actions.reply(template)] }]);
    const [mail] = await server.spooled();
    assert.match(mail!.text, /^X-Department: Sales\r$/im);
  });

  test('a delegate gets a copy that says whom it was for, an outside one a mail', async () => {
    const before = await server.counts(carol);
    await server.principal({ name: 'Zoe', class: NONACTIVE_CONTACT, email: 'zoe@example.com' });
    const outcome = await under([
      { actions: [actions.delegate([somebody('carol@example.org'), somebody('zoe@example.com')])] },
    ]);
    assert.equal(outcome.inbox, 1);
    assert.equal((await server.counts(carol)).content, before.content + 1);
    const copy = { ...outcome, newest: (await server.inbox(carol)).at(-1) };
    assert.equal(propertyOf(copy, tags.PR_DELEGATED_BY_RULE), true);
    assert.equal(propertyOf(copy, tags.PR_RCVD_REPRESENTING_NAME), 'Full alice');
    assert.equal(propertyOf(copy, tags.PR_RECEIVED_BY_NAME), 'Full carol');
    assert.deepEqual(
      (await server.spooled()).map(({ recipients }) => recipients),
      [['zoe@example.com']],
    );
  });

  test('bounce: the sender gets a report, and nobody the mail', async () => {
    assert.deepEqual(where(await under([{ actions: [actions.bounce(0x26)] }])), [0, 0]);
    const [report] = await server.spooled();
    assert.deepEqual([report!.from, report!.recipients], ['', ['bob@example.net']]);
    assert.match(report!.text, /report-type=delivery-status/);
    assert.match(report!.text, /Final-Recipient: rfc822; alice@example\.org\r\nAction: failed\r\nStatus: 5\.7\.1/);
    await under([{ actions: [actions.bounce(0x26)] }], { from: '' });
    assert.deepEqual(await server.spooled(), []);
  });
});

test('the rules that the genuine client stored are read as it meant them', () => {
  const data = readFileSync(new URL('../../../golden/soap/documents/rules.xml', import.meta.url));
  const [rule, ...others] = readRules(data);
  assert.deepEqual(others, []);
  assert.equal(rule!.state, ST_ENABLED);
  assert.deepEqual(
    rule!.actions!.map(({ kind }) => kind),
    ['move'],
  );
  assert.equal(rule!.condition!.kind, 'property');
});

async function aTemplate(
  mailbox: Mailbox,
  subject: string,
  body: string,
  further: readonly Property[] = [],
): Promise<Buffer> {
  const { platform } = server;
  const inbox = (await findTarget(platform.database, { id: mailbox.inboxId }))!;
  const entryId = entryIdOf(inbox.store.guid, MAPI_MESSAGE);
  const properties = [
    { tag: tags.PR_MESSAGE_CLASS, value: 'IPM.Note.rules.ReplyTemplate.Microsoft' },
    { tag: tags.PR_SUBJECT, value: subject },
    { tag: tags.PR_BODY, value: body },
    ...further,
  ];
  const tree = { clientId: 0, id: 0, kind: MAPI_MESSAGE, deleted: false, removed: [], properties, children: [] };
  const actor = { platform, database: platform.database, identity: SYSTEM };
  const prepared = await prepareNewMessage(actor, inbox, tree, { entryId, associated: true, syncId: 0 });
  await platform.database.transaction((transaction) => writeNewMessage(transaction, prepared));
  return entryId;
}
