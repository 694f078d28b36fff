import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mailToMessage } from '../../../../core/mail/mail-to-message.ts';
import { messageToMail } from '../../../../core/mail/message-to-mail.ts';
import { NAMED_PROPERTIES } from '../../../../core/mapi/named-properties.ts';
import type { ObjectTree } from '../../../../core/mapi/object-tree.ts';
import { MAPI_ATTACH } from '../../../../core/mapi/object-types.ts';
import type { PropertyTag } from '../../../../core/mapi/property.ts';
import {
  PR_ATTACH_LONG_FILENAME,
  PR_BODY,
  PR_EXCEPTION_STARTTIME,
  PR_MESSAGE_CLASS,
  PR_SUBJECT,
} from '../../../../core/mapi/tags.ts';
import { NAMED_TAGS } from '../named-tags.ts';
import { printTree } from '../printed-tree.ts';
import { corpus } from './corpus.ts';

const NOW = Date.UTC(2026, 10, 23, 20, 45, 40);
const calendarOf = (name: string): string => corpus.find((one) => one.name === name)!.text;

const HEADER = [
  'Received: from mx.example.net by example.org; Mon, 23 Nov 2026 20:45:37 +0000',
  'From: Anna Organiser <anna@example.org>',
  'To: Ben Required <ben@example.org>',
  'Subject: Invitation',
  'Message-ID: <1@example.org>',
  'Date: Mon, 23 Nov 2026 20:45:30 +0000',
  'MIME-Version: 1.0',
];
const part = (calendar: string, further = ''): string =>
  `Content-Type: text/calendar; method=REQUEST; charset=utf-8\r\n${further}\r\n${calendar}`;
const multipart = (kind: string, ...parts: readonly string[]): string =>
  `Content-Type: multipart/${kind}; boundary=b\r\n\r\n${parts.map((one) => `--b\r\n${one}\r\n`).join('')}--b--\r\n`;
const TEXT = 'Content-Type: text/plain; charset=utf-8\r\n\r\nYou are invited.';

async function delivered(body: string): Promise<{ message: ObjectTree; problem: unknown }> {
  const raw = Buffer.from(`${HEADER.join('\r\n')}\r\n${body}`);
  const { message, unreadable, calendarProblem } = await mailToMessage(raw, { receivedAt: NOW, namedTags: NAMED_TAGS });
  assert.equal(unreadable, undefined);
  return { message, problem: calendarProblem };
}

const names = new Map(
  Object.entries(NAMED_PROPERTIES).map(([name, { guid, ...rest }]) => [
    NAMED_TAGS[name as keyof typeof NAMED_TAGS],
    { guid, ...('number' in rest && { number: rest.number }), ...('name' in rest && { name: rest.name }) },
  ]),
);
const namesOf = async (tags: readonly PropertyTag[]) =>
  new Map(tags.flatMap((tag) => (names.has(tag) ? [[tag, names.get(tag)!] as const] : [])));

const files = (message: ObjectTree): unknown[] =>
  message.children
    .filter(({ kind, properties }) => kind === MAPI_ATTACH && !properties.has(PR_EXCEPTION_STARTTIME))
    .map(({ properties }) => properties.get(PR_ATTACH_LONG_FILENAME));
const classOf = ({ properties }: ObjectTree): unknown => properties.get(PR_MESSAGE_CLASS);

test('an invitation among alternatives keeps the text of its mail, and no file is left of it', async () => {
  const { message, problem } = await delivered(multipart('alternative', TEXT, part(calendarOf('olson zone'))));
  assert.equal(classOf(message), 'IPM.Schedule.Meeting.Request');
  assert.equal(message.properties.get(PR_BODY), 'You are invited.');
  assert.equal(message.properties.get(PR_SUBJECT), 'Berlin');
  assert.deepEqual(files(message), []);
  assert.equal(problem, undefined);
});

test('a calendar alone has its description as text', async () => {
  const { message } = await delivered(part(calendarOf('windows zone')));
  assert.match(String(message.properties.get(PR_BODY)), /^Erste Zeile\r\nZweite Zeile/);
});

test('an invitation that is a file is one, and stays a file', async () => {
  const file = part(calendarOf('utc'), 'Content-Disposition: attachment; filename=invite.ics\r\n');
  const { message } = await delivered(multipart('mixed', TEXT, file));
  assert.equal(classOf(message), 'IPM.Schedule.Meeting.Request');
  assert.deepEqual(files(message), ['invite.ics']);
});

test('a published calendar beside a text is a file', async () => {
  const { message } = await delivered(multipart('mixed', TEXT, part(calendarOf('one day'))));
  assert.equal(classOf(message), 'IPM.Note');
  assert.equal(files(message).length, 1);
});

test('what MAPI has no pattern for is a file whose name says so', async () => {
  const odd = calendarOf('repeats FREQ=DAILY').replace('RRULE:FREQ=DAILY', 'RRULE:FREQ=YEARLY;BYYEARDAY=100');
  const { message, problem } = await delivered(multipart('alternative', TEXT, part(odd)));
  assert.equal(classOf(message), 'IPM.Note');
  assert.deepEqual(files(message), ['not-in-your-calendar.ics']);
  assert.match(String(problem), /no pattern/);
});

test('what MAPI has a little otherwise is kept besides', async () => {
  const odd = calendarOf('repeats FREQ=DAILY').replace('RRULE:FREQ=DAILY', 'RRULE:FREQ=MONTHLY;BYMONTHDAY=31');
  const { message } = await delivered(multipart('alternative', TEXT, part(odd)));
  assert.equal(classOf(message), 'IPM.Schedule.Meeting.Request');
  assert.deepEqual(files(message), ['original-of-this-event.ics']);
});

test('several events, none, and rubbish are files', async () => {
  const two = calendarOf('utc').replace(
    /(BEGIN:VEVENT[\s\S]*END:VEVENT)/,
    (event) => `${event}\r\n${event.replace('corpus@', 'other@')}`,
  );
  for (const text of [
    two,
    'BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n',
    'rubbish',
    '',
    'BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n',
  ]) {
    const { message } = await delivered(multipart('alternative', TEXT, part(text)));
    assert.equal(classOf(message), 'IPM.Note');
    assert.equal(files(message).length, 1);
  }
});

for (const name of ['olson zone', 'cancelled', 'series: moved', 'one occurrence', 'repeats FREQ=MONTHLY;BYDAY=2TU'])
  test(`${name}: sent on and delivered again it is the same meeting`, async () => {
    const { message } = await delivered(multipart('alternative', TEXT, part(calendarOf(name))));
    const { raw } = await messageToMail(message, { purpose: 'send', now: NOW, namesOf });
    const again = await mailToMessage(raw, { receivedAt: NOW, namedTags: NAMED_TAGS });
    const named = (tree: ObjectTree): unknown => {
      // Who is invited is told by whom the mail names; the calendar's own list may be longer.
      const { properties } = printTree(tree);
      return Object.entries(properties).filter(([key]) => key.startsWith('PidLid') && !key.endsWith('AttendeesString'));
    };
    assert.deepEqual(named(again.message), named(message));
    assert.deepEqual(files(again.message), files(message));
    assert.equal(classOf(again.message), classOf(message));
  });
