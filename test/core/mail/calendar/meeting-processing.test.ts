import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { principalProperties } from '../../../../core/directory/address-book-properties.ts';
import { findPrincipal } from '../../../../core/directory/principal.ts';
import {
  type MeetingContext,
  type MeetingPolicy,
  processMeeting,
} from '../../../../core/mail/calendar/meeting-processing.ts';
import { mailToMessage } from '../../../../core/mail/mail-to-message.ts';
import { namedTagsOf } from '../../../../core/mail/named-tags.ts';
import type { NamedTags } from '../../../../core/mapi/named-properties.ts';
import type { ObjectTree } from '../../../../core/mapi/object-tree.ts';
import { decodeRecurrence } from '../../../../core/mapi/recurrence.ts';
import * as tags from '../../../../core/mapi/tags.ts';
import { readMessageTree } from '../../../../core/store/message-tree.ts';
import { findTarget } from '../../../../core/store/target.ts';
import { aMailServer, type MailServer, type TestFolder } from '../a-mail-server.ts';

const NOW = Date.UTC(2026, 10, 23, 20, 45, 40);
const PROCESS: MeetingPolicy = { kind: 'process' };
const RESOURCE: MeetingPolicy = { kind: 'accept', declineConflicts: true, declineRecurring: false, capacity: 1 };

const ZONE = `BEGIN:VTIMEZONE
TZID:Europe/Berlin
BEGIN:STANDARD
DTSTART:16010101T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T020000
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
END:DAYLIGHT
END:VTIMEZONE`;

interface Event {
  readonly uid: string;
  readonly day: string;
  readonly from?: string;
  readonly to?: string;
  readonly method?: string;
  readonly more?: readonly string[];
}

/** The message that an iTIP mail becomes. */
async function meeting(
  { uid, day, from = '100000', to = '110000', method = 'REQUEST', more = [] }: Event,
  names: NamedTags,
): Promise<ObjectTree> {
  const attendee = method === 'REPLY' ? [] : ['ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:room@example.org'];
  const lines = [
    'From: Anna <anna@example.net>',
    'To: Room <room@example.org>',
    'Subject: Meeting',
    'Date: Mon, 23 Nov 2026 20:45:30 +0000',
    'MIME-Version: 1.0',
    `Content-Type: text/calendar; method=${method}; charset=utf-8`,
    '',
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    `METHOD:${method}`,
    ...ZONE.split('\n'),
    'BEGIN:VEVENT',
    `UID:${uid}`,
    'DTSTAMP:20261123T204530Z',
    `DTSTART;TZID=Europe/Berlin:${day}T${from}`,
    `DTEND;TZID=Europe/Berlin:${day}T${to}`,
    'SUMMARY:Meeting',
    'ORGANIZER;CN=Anna:mailto:anna@example.net',
    ...attendee,
    ...more,
    'END:VEVENT',
    'END:VCALENDAR',
    '',
  ];
  const { message } = await mailToMessage(Buffer.from(lines.join('\r\n')), { receivedAt: NOW, namedTags: names });
  assert.match(String(message.properties.get(tags.PR_MESSAGE_CLASS)), /^IPM\.Schedule\.Meeting\./);
  return message;
}

suite('meetings in a calendar', { concurrency: 1 }, () => {
  let server: MailServer;
  let names: NamedTags;
  let users = 0;
  before(async () => {
    server = await aMailServer();
    names = await namedTagsOf(server.platform.database);
  });
  after(async () => {
    await server[Symbol.asyncDispose]();
  });

  /** Somebody new with a calendar. */
  async function somebody() {
    const name = `room${++users}`;
    const mailbox = await server.user(name, { email: `${name}@example.org` });
    const calendar: TestFolder = await server.folder(mailbox, 'Calendar');
    await server.set(mailbox.rootId, { tag: tags.PR_IPM_APPOINTMENT_ENTRYID, value: calendar.entryId });
    const principal = await findPrincipal(server.platform.database, [
      { sql: 'pri.id = :id', parameters: { id: mailbox.principalId } },
    ]);
    const context: MeetingContext = {
      platform: server.platform,
      tags: names,
      owner: mailbox.principalId,
      self: principalProperties(principal!, server.platform.settings),
      now: NOW,
    };
    const items = async (): Promise<ObjectTree[]> => {
      const rows = await server.platform.database.query<{ id: number }>(
        'SELECT id FROM object WHERE parent_id = :id AND deleted = 0 ORDER BY id',
        { id: calendar.inboxId },
      );
      const trees: ObjectTree[] = [];
      for (const { id } of rows) {
        const target = await findTarget(server.platform.database, { id });
        trees.push(await readMessageTree(server.platform, server.platform.database, target!));
      }
      return trees;
    };
    const take = async (event: Event, policy: MeetingPolicy) =>
      processMeeting(context, await meeting(event, names), policy);
    return { items, take, context };
  }

  test('a request is entered as tentative, with who invites; and taken twice it is there once', async () => {
    const { take, items } = await somebody();
    for (let time = 0; time < 2; time++) {
      const { done, response } = await take({ uid: 'a', day: '20261201' }, PROCESS);
      assert.equal(done, 'entered');
      assert.equal(response, undefined);
    }
    const [item, ...others] = await items();
    assert.deepEqual(others, []);
    assert.equal(item!.properties.get(tags.PR_MESSAGE_CLASS), 'IPM.Appointment');
    assert.equal(item!.properties.get(names.PidLidBusyStatus), 1);
    assert.equal(item!.properties.get(names.PidLidResponseStatus), 5);
    const organizers = item!.children.filter(({ properties }) => properties.get(tags.PR_RECIPIENT_FLAGS) === 3);
    assert.deepEqual(
      organizers.map(({ properties }) => properties.get(tags.PR_EMAIL_ADDRESS)),
      ['anna@example.net'],
    );
  });

  test('a resource accepts, and answers so', async () => {
    const { take, items } = await somebody();
    const { done, response } = await take({ uid: 'a', day: '20261201' }, RESOURCE);
    assert.equal(done, 'accepted');
    assert.equal(response!.properties.get(tags.PR_MESSAGE_CLASS), 'IPM.Schedule.Meeting.Resp.Pos');
    assert.equal(response!.properties.get(tags.PR_SUBJECT), 'Accepted: Meeting');
    assert.deepEqual(
      response!.children.map(({ properties }) => properties.get(tags.PR_SMTP_ADDRESS)),
      ['anna@example.net'],
    );
    assert.equal((await items())[0]!.properties.get(names.PidLidBusyStatus), 2);
  });

  test('a resource declines what is at the time of another meeting, and says when', async () => {
    const { take, items } = await somebody();
    await take({ uid: 'a', day: '20261201' }, RESOURCE);
    const { done, response } = await take({ uid: 'b', day: '20261201', from: '103000', to: '120000' }, RESOURCE);
    assert.equal(done, 'declined');
    assert.equal(response!.properties.get(tags.PR_MESSAGE_CLASS), 'IPM.Schedule.Meeting.Resp.Neg');
    assert.match(String(response!.properties.get(tags.PR_BODY)), /2026-12-01 10:30 - 2026-12-01 12:00/);
    assert.equal((await items()).length, 1);
    assert.equal((await take({ uid: 'c', day: '20261201', from: '110000', to: '120000' }, RESOURCE)).done, 'accepted');
    assert.equal(
      (await take({ uid: 'a', day: '20261201', from: '093000', more: ['SEQUENCE:1'] }, RESOURCE)).done,
      'accepted',
    );
  });

  test('every occurrence counts, of both', async () => {
    const { take } = await somebody();
    await take({ uid: 'a', day: '20261201', more: ['RRULE:FREQ=WEEKLY;COUNT=10'] }, RESOURCE);
    const daily = { uid: 'b', day: '20261204', more: ['RRULE:FREQ=DAILY;COUNT=5'] };
    const { done, response } = await take(daily, RESOURCE);
    assert.equal(done, 'declined');
    assert.match(String(response!.properties.get(tags.PR_BODY)), /2026-12-08 10:00/);
    assert.equal((await take({ uid: 'c', day: '20261215', from: '103000', to: '104500' }, RESOURCE)).done, 'declined');
    assert.equal((await take({ uid: 'd', day: '20261216' }, RESOURCE)).done, 'accepted');
  });

  test('equipment takes as many as there are of it, and series only where they are wanted', async () => {
    const { take } = await somebody();
    const two = { ...RESOURCE, capacity: 2, declineRecurring: true };
    assert.equal((await take({ uid: 'a', day: '20261201' }, two)).done, 'accepted');
    assert.equal((await take({ uid: 'b', day: '20261201' }, two)).done, 'accepted');
    assert.equal((await take({ uid: 'c', day: '20261201' }, two)).done, 'declined');
    assert.equal((await take({ uid: 'd', day: '20270101', more: ['RRULE:FREQ=DAILY'] }, two)).done, 'declined');
  });

  test('an update that was overtaken changes nothing', async () => {
    const { take, items } = await somebody();
    await take({ uid: 'a', day: '20261202', more: ['SEQUENCE:2'] }, PROCESS);
    assert.equal((await take({ uid: 'a', day: '20261201', more: ['SEQUENCE:1'] }, PROCESS)).done, 'nothing');
    const [item] = await items();
    assert.equal(item!.properties.get(names.PidLidAppointmentSequence), 2);
  });

  test('a cancellation frees the time: a resource forgets the meeting, people see it struck out', async () => {
    const [room, person] = [await somebody(), await somebody()];
    await room.take({ uid: 'a', day: '20261201' }, RESOURCE);
    await person.take({ uid: 'a', day: '20261201' }, PROCESS);
    assert.equal((await room.take({ uid: 'a', day: '20261201', method: 'CANCEL' }, RESOURCE)).done, 'cancelled');
    assert.equal((await person.take({ uid: 'a', day: '20261201', method: 'CANCEL' }, PROCESS)).done, 'cancelled');
    assert.deepEqual(await room.items(), []);
    const [item] = await person.items();
    assert.equal(item!.properties.get(names.PidLidAppointmentStateFlags), 7);
    assert.equal(item!.properties.get(names.PidLidBusyStatus), 0);
    assert.equal((await room.take({ uid: 'unknown', day: '20261201', method: 'CANCEL' }, RESOURCE)).done, 'nothing');
  });

  test('one occurrence of a series is moved, and then cancelled', async () => {
    const { take, items } = await somebody();
    await take({ uid: 'a', day: '20261201', more: ['RRULE:FREQ=WEEKLY;COUNT=5'] }, RESOURCE);
    const id = 'RECURRENCE-ID;TZID=Europe/Berlin:20261208T100000';
    await take({ uid: 'a', day: '20261209', more: [id, 'SEQUENCE:1'] }, RESOURCE);
    const recurrence = async () =>
      decodeRecurrence((await items())[0]!.properties.get(names.PidLidAppointmentRecur) as Buffer);
    assert.equal((await items()).length, 1);
    assert.equal((await recurrence()).exceptions.length, 1);
    assert.equal((await recurrence()).deletedInstanceDates.length, 1);
    await take({ uid: 'a', day: '20261208', method: 'CANCEL', more: [id] }, RESOURCE);
    assert.equal((await recurrence()).exceptions.length, 0);
    assert.equal((await recurrence()).deletedInstanceDates.length, 1);
    assert.equal((await take({ uid: 'b', day: '20261208' }, RESOURCE)).done, 'accepted');
  });

  test('an answer is noted with who gave it, and an older one doesn’t overrule it', async () => {
    const { take, items } = await somebody();
    // As if the owner had invited Anna.
    await take({ uid: 'a', day: '20261201' }, PROCESS);
    const reply = (status: string, at: string): Event => ({
      uid: 'a',
      day: '20261201',
      method: 'REPLY',
      more: [`ATTENDEE;PARTSTAT=${status}:mailto:anna@example.net`, `X-MICROSOFT-CDO-ATTENDEE-CRITICAL-CHANGE:${at}`],
    });
    assert.equal((await take(reply('ACCEPTED', '20261124T100000Z'), PROCESS)).done, 'answer recorded');
    assert.equal((await take(reply('DECLINED', '20261124T090000Z'), PROCESS)).done, 'nothing');
    const [item] = await items();
    assert.ok(item!.children.some(({ properties }) => properties.get(tags.PR_RECIPIENT_TRACKSTATUS) === 3));
  });
});
