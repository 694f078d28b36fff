import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { NONACTIVE_ROOM } from '../../../core/directory/object-class.ts';
import { SYSTEM } from '../../../core/directory/system-identity.ts';
import { deliverBatch } from '../../../core/mail/delivery-batch.ts';
import { DEFAULT_DELIVERY_SETTINGS, type DeliverySettings } from '../../../core/mail/delivery-settings.ts';
import { entryIdOf } from '../../../core/mapi/entry-id.ts';
import { MAPI_MESSAGE } from '../../../core/mapi/object-types.ts';
import * as tags from '../../../core/mapi/tags.ts';
import { prepareNewMessage, writeNewMessage } from '../../../core/store/save-new.ts';
import { findTarget } from '../../../core/store/target.ts';
import { aMailServer, type Mailbox, type MailServer, type TestFolder } from './a-mail-server.ts';

let server: MailServer;
let room: Mailbox;
let roomCalendar: TestFolder;
let alice: Mailbox;
let aliceCalendar: TestFolder;
before(async () => {
  server = await aMailServer();
  room = await server.user('room', { class: NONACTIVE_ROOM });
  alice = await server.user('alice');
  [roomCalendar, aliceCalendar] = [await withCalendar(room), await withCalendar(alice)];
  await acceptsByItself(room);
});
after(async () => {
  await server[Symbol.asyncDispose]();
});

async function withCalendar(mailbox: Mailbox): Promise<TestFolder> {
  const calendar = await server.folder(mailbox, 'Calendar');
  await server.set(mailbox.rootId, { tag: tags.PR_IPM_APPOINTMENT_ENTRYID, value: calendar.entryId });
  return calendar;
}

/** The local free/busy message as clients and kopano-admin write it. */
async function acceptsByItself(mailbox: Mailbox): Promise<void> {
  const { platform } = server;
  const folder = await server.folder(mailbox, 'Freebusy Data');
  const target = (await findTarget(platform.database, { id: folder.inboxId }))!;
  const entryId = entryIdOf(target.store.guid, MAPI_MESSAGE);
  const properties = [
    { tag: tags.PR_MESSAGE_CLASS, value: 'IPM.Microsoft.ScheduleData.FreeBusy' },
    { tag: tags.PR_PROCESS_MEETING_REQUESTS, value: true },
    { tag: tags.PR_DECLINE_CONFLICTING_MEETING_REQUESTS, value: true },
    { tag: tags.PR_DECLINE_RECURRING_MEETING_REQUESTS, value: true },
  ];
  const tree = { clientId: 0, id: 0, kind: MAPI_MESSAGE, deleted: false, removed: [], properties, children: [] };
  const actor = { platform, database: platform.database, identity: SYSTEM };
  const prepared = await prepareNewMessage(actor, target, tree, { entryId, associated: false, syncId: 0 });
  await platform.database.transaction((transaction) => writeNewMessage(transaction, prepared));
  const none = Buffer.alloc(0);
  await server.set(mailbox.rootId, { tag: tags.PR_FREEBUSY_ENTRYIDS, value: [none, entryId, none, none] });
}

interface Invitation {
  readonly uid: string;
  readonly to?: string;
  readonly method?: string;
  readonly start?: string;
  readonly more?: readonly string[];
  readonly mailId?: string;
  readonly settings?: Partial<DeliverySettings>;
}

/** Delivers an invitation of Anna's; answers the calendar replies that wait for the spooler. */
async function invite({
  uid,
  to = 'room',
  method = 'REQUEST',
  start = '20271201T100000Z',
  more = [],
  mailId,
  settings,
}: Invitation) {
  const mail = [
    'From: Anna <anna@example.net>',
    `To: ${to}@example.org`,
    'Subject: Meeting',
    'MIME-Version: 1.0',
    `Content-Type: text/calendar; method=${method}; charset=utf-8`,
    '',
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    `METHOD:${method}`,
    'BEGIN:VEVENT',
    `UID:${uid}`,
    'DTSTAMP:20261123T204530Z',
    `DTSTART:${start}`,
    'DURATION:PT1H',
    'SUMMARY:Meeting',
    'ORGANIZER;CN=Anna:mailto:anna@example.net',
    `ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:${to}@example.org`,
    ...more,
    'END:VEVENT',
    'END:VCALENDAR',
    '',
  ].join('\r\n');
  const body = await server.receive(mail, [`${to}@example.org`], {
    from: 'anna@example.net',
    ...(mailId && { mailId }),
  });
  const context = { ...server, settings: { ...DEFAULT_DELIVERY_SETTINGS, ...settings } };
  assert.deepEqual(await deliverBatch(context, [{ id: 'x', body }]), []);
  return server.spooled();
}

const partstats = (mails: readonly { text: string; recipients: readonly string[] }[]): unknown[] =>
  mails.map(({ text, recipients }) => {
    const calendars = [text, ...text.split(/\r\n\r\n/).map((part) => Buffer.from(part, 'base64').toString())];
    const calendar = calendars.find((part) => part.includes('PARTSTAT='));
    return [recipients[0], /PARTSTAT=([A-Z]+)/.exec(calendar?.replace(/\r?\n[ \t]/g, '') ?? '')?.[1]];
  });

suite('meetings on their way into a mailbox', { concurrency: 1 }, () => {
  test('a room answers by itself, once; the request is in its calendar and not in its inbox', async () => {
    const mailId = 'the first invitation';
    assert.deepEqual(partstats(await invite({ uid: 'one', mailId })), [['anna@example.net', 'ACCEPTED']]);
    assert.deepEqual(await invite({ uid: 'one', mailId }), []);
    assert.equal((await server.counts(roomCalendar)).content, 1);
    assert.equal((await server.counts(room)).content, 0);
  });

  test('it declines what conflicts, and series, as its settings say', async () => {
    assert.deepEqual(partstats(await invite({ uid: 'two' })), [['anna@example.net', 'DECLINED']]);
    const series = { uid: 'three', start: '20271202T100000Z', more: ['RRULE:FREQ=DAILY;COUNT=3'] };
    assert.deepEqual(partstats(await invite(series)), [['anna@example.net', 'DECLINED']]);
    assert.equal((await server.counts(roomCalendar)).content, 1);
  });

  test('a cancellation frees it', async () => {
    assert.deepEqual(await invite({ uid: 'one', method: 'CANCEL', more: ['SEQUENCE:1', 'STATUS:CANCELLED'] }), []);
    assert.equal((await server.counts(roomCalendar)).content, 0);
    assert.deepEqual(partstats(await invite({ uid: 'two', more: ['SEQUENCE:1'] })), [['anna@example.net', 'ACCEPTED']]);
  });

  test('a person finds the request in the inbox, and tentatively in the calendar unless the site does without', async () => {
    assert.deepEqual(await invite({ uid: 'four', to: 'alice' }), []);
    assert.deepEqual([(await server.counts(alice)).content, (await server.counts(aliceCalendar)).content], [1, 1]);
    await invite({ uid: 'five', to: 'alice', settings: { processMeetings: false } });
    assert.deepEqual([(await server.counts(alice)).content, (await server.counts(aliceCalendar)).content], [2, 1]);
  });
});
