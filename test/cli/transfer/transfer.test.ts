import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, suite, test } from 'node:test';
import { aFolder } from '../../local/a-cloud.ts';
import { kgc as run } from '../a-terminal.ts';
import { anInstance } from '../an-instance.ts';

const FIGURES = [
  'Received: from mx.example.net by mail.example.org; Mon, 23 Nov 2026 20:45:37 +0000',
  'From: Bob Baker <bob@example.net>',
  'To: Anna Demo <anna@demo.local>',
  'Subject: =?utf-8?Q?Zahlen_f=C3=BCr_M=C3=A4rz?=',
  'Date: Mon, 23 Nov 2026 21:45:30 +0100',
  'Message-ID: <figures@example.net>',
  'MIME-Version: 1.0',
  'Content-Type: multipart/mixed; boundary=m',
  '',
  '--m',
  'Content-Type: text/plain; charset=utf-8',
  '',
  'From here on it is long:',
  'x'.repeat(70_000).replace(/.{70}/g, '$&\r\n'),
  '--m',
  'Content-Type: text/csv; name=figures.csv',
  'Content-Disposition: attachment; filename=figures.csv',
  'Content-Transfer-Encoding: base64',
  '',
  Buffer.alloc(50_000, 'a;b\n').toString('base64').replace(/.{76}/g, '$&\r\n'),
  '--m--',
  '',
].join('\r\n');

const HOLIDAYS = `BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Test//EN
BEGIN:VEVENT
UID:holiday-1
DTSTAMP:20261101T120000Z
DTSTART:20261224T090000Z
DTEND:20261224T100000Z
SUMMARY:Breakfast
LOCATION:Kitchen
END:VEVENT
END:VCALENDAR
`.replaceAll('\n', '\r\n');

suite('messages as files', () => {
  let instance: Awaited<ReturnType<typeof anInstance>>;
  const folder = aFolder();
  const at = (...names: string[]): string => path.join(folder.path, ...names);
  const kgc = (...args: string[]) => run(args, { env: { KGC_SERVER: instance.endpoints.soap.socket } });
  async function json(...args: string[]) {
    const { code, out, err } = await kgc(...args, '--json');
    assert.equal(code, 0, err);
    return JSON.parse(out);
  }
  const subjects = async (name: string): Promise<string[]> =>
    (await json('message', 'list', 'anna', name)).map(({ subject }: { subject: string }) => subject).sort();

  before(async () => {
    instance = await anInstance();
    await json('user', 'create', 'anna', '--email', 'anna@demo.local', '--without-password');
    await json('folder', 'create', 'anna', 'Archive/2026', '--parents');
    writeFileSync(at('figures.eml'), FIGURES);
    writeFileSync(at('holidays.ics'), HOLIDAYS);
    writeFileSync(
      at('two.mbox'),
      'From x Mon Nov 23 20:45:00 2026\nFrom: a@example.net\nSubject: one\nStatus: O\n\n>From me\n\nFrom y Tue Nov 24 20:45:00 2026\nFrom: b@example.net\nSubject: two\nStatus: RO\n\ntext\n\n',
    );
  });
  after(async () => {
    await instance?.stop();
    folder[Symbol.dispose]();
  });

  test('mail comes in with all that is in it, and a repetition changes nothing', async () => {
    const first = await json('message', 'import', 'anna', at('figures.eml'), at('two.mbox'));
    assert.deepEqual([first.done, first.already, first.failures], [3, 0, []]);
    const again = await json('message', 'import', 'anna', at('figures.eml'), at('two.mbox'));
    assert.deepEqual([again.done, again.already], [0, 3]);
    const rows = await json('message', 'list', 'anna');
    assert.deepEqual(
      rows.map(({ subject, read }: { subject: string; read: boolean }) => [subject, read]),
      [
        ['two', true],
        ['Zahlen für März', true],
        ['one', false],
      ],
    );
    const shown = await json('message', 'show', 'anna', '2');
    assert.equal(shown.received, '2026-11-23T20:45:37.000Z');
    assert.equal(shown.from, 'Bob Baker <bob@example.net>');
    assert.deepEqual(
      shown.files.map(({ name, type }: { name: string; type: string }) => [name, type]),
      [['figures.csv', 'text/csv']],
    );
  });

  test('a folder goes out as files and comes in again the same; what is there already is not written again', async () => {
    const out = at('out');
    assert.equal((await json('folder', 'export', 'anna', 'Inbox', out)).done, 3);
    const names = readdirSync(out);
    assert.equal(names.length, 3);
    assert.ok(names.some((name) => /^2026-11-23 Zahlen für März\.[0-9a-f]{16}\.eml$/.test(name)));
    const again = await json('folder', 'export', 'anna', 'Inbox', out);
    assert.deepEqual([again.done, again.already], [0, 3]);

    assert.equal((await json('folder', 'import', 'anna', 'Archive/2026', out)).done, 3);
    const [before, after] = [
      await json('message', 'list', 'anna'),
      await json('message', 'list', 'anna', 'Archive/2026'),
    ];
    const visible = ({ entryId: _id, bytes: _bytes, number: _number, ...row }: Record<string, unknown>) => row;
    const byReceived = (rows: Record<string, unknown>[]) =>
      rows.map(visible).sort((a, b) => String(a.subject).localeCompare(String(b.subject)));
    assert.deepEqual(byReceived(after), byReceived(before));
    const figures = async (place: string, name: string) => {
      const { entryId: _id, bytes: _bytes, ...message } = await json('message', 'show', 'anna', place, name);
      return message;
    };
    const numberOf = (rows: { subject: string }[]) =>
      String(rows.findIndex(({ subject }) => subject.startsWith('Zahlen')) + 1);
    assert.deepEqual(await figures(numberOf(after), 'Archive/2026'), await figures(numberOf(before), 'Inbox'));
  });

  test('folders below go along, whatever they are called', async () => {
    await json('folder', 'create', 'anna', 'Archive/2026/a\\/b: c', '--parents');
    await json('message', 'import', 'anna', at('two.mbox'), '--folder', 'Archive/2026/a\\/b: c');
    const out = at('tree');
    assert.equal((await json('folder', 'export', 'anna', 'Archive', out)).done, 5);
    assert.deepEqual(
      readdirSync(path.join(out, '2026')).filter((name) => !name.endsWith('.eml')),
      ['a%2Fb%3A c'],
    );
    await json('folder', 'create', 'anna', 'Copy');
    assert.equal((await json('folder', 'import', 'anna', 'Copy', out)).done, 5);
    assert.deepEqual(await subjects('Copy/2026/a\\/b: c'), ['one', 'two']);
  });

  test('all mail of a folder goes into one mbox and out of it', async () => {
    const file = at('all.mbox');
    assert.equal((await json('message', 'export', 'anna', 'all', file)).done, 3);
    await json('folder', 'create', 'anna', 'FromMbox');
    assert.equal((await json('message', 'import', 'anna', file, '--folder', 'FromMbox')).done, 3);
    assert.deepEqual(await subjects('FromMbox'), await subjects('Inbox'));
  });

  test('appointments come in from a calendar and go out as one', async () => {
    assert.equal((await json('message', 'import', 'anna', at('holidays.ics'), '--folder', 'Calendar')).done, 1);
    assert.deepEqual(await subjects('Calendar'), ['Breakfast']);
    const file = at('calendar.ics');
    assert.equal((await json('message', 'export', 'anna', 'all', file, '--folder', 'Calendar')).done, 1);
    const calendar = readFileSync(file, 'utf8');
    for (const line of [/^SUMMARY:Breakfast\r$/m, /^LOCATION:Kitchen\r$/m, /^DTSTART:20261224T090000Z\r$/m])
      assert.match(calendar, line);
    assert.match(
      (await json('folder', 'export', 'anna', 'Calendar', at('cal'))) && readdirSync(at('cal')).join(),
      /\.ics$/,
    );
  });

  test('contacts come in from vCards and go out as such', async () => {
    const card =
      'BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Bea Bee\r\nN:Bee;Bea;;;\r\nEMAIL:bea@example.net\r\nTEL;TYPE=CELL:+49 30 1\r\nEND:VCARD\r\n';
    writeFileSync(at('friends.vcf'), card + card.replaceAll('Bea', 'Cleo').replace('bea@', 'cleo@'));
    assert.equal((await json('message', 'import', 'anna', at('friends.vcf'), '--folder', 'Contacts')).done, 2);
    const file = at('contacts.vcf');
    assert.equal((await json('message', 'export', 'anna', 'all', file, '--folder', 'Contacts')).done, 2);
    const cards = readFileSync(file, 'utf8');
    assert.equal(cards.match(/^BEGIN:VCARD\r$/gm)?.length, 2);
    for (const words of ['FN:Bea Bee', 'FN:Cleo Bee', 'bea@example.net', '+49 30 1'])
      assert.ok(cards.includes(words), words);
    assert.equal((await json('folder', 'export', 'anna', 'Contacts', at('cards'))).done, 2);
    assert.ok(readdirSync(at('cards')).every((name) => name.endsWith('.vcf')));
  });

  test('what fails is named, and doesn’t keep the rest from coming', async () => {
    mkdirSync(at('mixed'));
    writeFileSync(at('mixed', 'a.eml'), 'Subject: good\r\n\r\ntext\r\n');
    writeFileSync(at('mixed', 'b.ics'), 'no calendar');
    writeFileSync(at('mixed', 'c.txt'), 'just text');
    await json('folder', 'create', 'anna', 'Mixed');
    const { code, err } = await kgc('folder', 'import', 'anna', 'Mixed', at('mixed'));
    assert.equal(code, 1);
    assert.match(err, /b\.ics: /);
    assert.match(err, /c\.txt: it is neither/);
    assert.match(err, /2 messages failed/);
    assert.deepEqual(await subjects('Mixed'), ['good']);
    const none = await kgc('message', 'export', 'anna', 'all', at('mail.ics'));
    assert.equal(none.code, 1);
    assert.match(none.err, /neither appointment nor task/);
    rmSync(at('mixed'), { recursive: true });
  });
});
