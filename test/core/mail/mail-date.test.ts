import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseMailDate, parseReceivedDate } from '../../../core/mail/mail-date.ts';

const iso = (value: string): [string, string] | undefined => {
  const date = parseMailDate(value);
  return date && [new Date(date.time).toISOString(), new Date(date.day).toISOString().slice(0, 10)];
};

for (const [written, time, day] of [
  ['Mon, 12 Dec 2005 11:35:12 +0100 (CET)', '2005-12-12T10:35:12.000Z', '2005-12-12'],
  ['Fri, 21 Nov 1997 23:55:06 -0600', '1997-11-22T05:55:06.000Z', '1997-11-21'],
  ['21 Nov 97 09:55 GMT', '1997-11-21T09:55:00.000Z', '1997-11-21'],
  ['1 Jan 07 0:5:9 EST', '2007-01-01T05:05:09.000Z', '2007-01-01'],
  ['Tue, 1 Jul 103 10:00:00 +0000', '2003-07-01T10:00:00.000Z', '2003-07-01'],
  ['Thu, 13 Feb 1969 23:32 -0330 (Newfoundland (Time))', '1969-02-14T03:02:00.000Z', '1969-02-13'],
  ['Wed Jun 30 21:49:08 1993', '1993-06-30T21:49:08.000Z', '1993-06-30'],
  ['Wed, Jun 30 21:49:08 +0200 1993', '1993-06-30T19:49:08.000Z', '1993-06-30'],
  ['2026-11-23T20:45:37+01:00', '2026-11-23T19:45:37.000Z', '2026-11-23'],
  ['Monday, 23-Nov-26 20:45:37 UTC', '2026-11-23T20:45:37.000Z', '2026-11-23'],
  ['Mon, 23 Nov 2026 08:45:37 PM +0000', '2026-11-23T20:45:37.000Z', '2026-11-23'],
  ['Mon, 23 Nov 2026', '2026-11-23T00:00:00.000Z', '2026-11-23'],
  ['Mon, 23 Nov 2026 20:45:37 Mars', '2026-11-23T20:45:37.000Z', '2026-11-23'],
] as const) {
  test(`"${written}" is read`, () => assert.deepEqual(iso(written), [time, day]));
}

for (const nonsense of [
  '',
  'yesterday',
  '32 Jan 2020 10:00:00 +0000',
  '1 Foo 2020 10:00',
  '1 Jan 1500 10:00',
  '99:99',
]) {
  test(`"${nonsense}" is no date`, () => assert.equal(parseMailDate(nonsense), undefined));
}

test('every date that RFC 5322 can write is read back', () => {
  fc.assert(
    fc.property(
      fc.date({ min: new Date('1900-01-01T00:00:00Z'), max: new Date('9999-12-30T00:00:00Z'), noInvalidDate: true }),
      fc.integer({ min: -14 * 60, max: 14 * 60 }),
      (date, zone) => {
        const seconds = Math.floor(date.getTime() / 1000) * 1000;
        const local = new Date(seconds + zone * 60_000).toUTCString().replace('GMT', '').trim();
        const sign = zone < 0 ? '-' : '+';
        const digits =
          `${Math.floor(Math.abs(zone) / 60)}`.padStart(2, '0') + `${Math.abs(zone) % 60}`.padStart(2, '0');
        assert.equal(parseMailDate(`${local} ${sign}${digits}`)?.time, seconds);
      },
    ),
  );
});

test('a Received field has its date behind the last semicolon', () => {
  const field = 'from a; b by c (x; y) for <d@e>; Mon, 23 Nov 2026 20:45:37 +0000';
  assert.equal(parseReceivedDate(field)?.time, Date.UTC(2026, 10, 23, 20, 45, 37));
  assert.equal(parseReceivedDate('from a by b'), undefined);
});
