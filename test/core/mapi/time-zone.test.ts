import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { localFromUtc, type TimeZone, UTC_ZONE, utcFromLocal } from '../../../core/mapi/time-zone.ts';
import {
  decodeTimeZoneDefinition,
  decodeTimeZoneStruct,
  encodeTimeZoneDefinition,
  encodeTimeZoneStruct,
  timeZoneDefinition,
  zoneOfDefinition,
} from '../../../core/mapi/time-zone-struct.ts';

const BERLIN: TimeZone = {
  bias: -60,
  standardBias: 0,
  daylightBias: -60,
  standardDate: { year: 0, month: 10, dayOfWeek: 0, week: 5, hour: 3, minute: 0 },
  daylightDate: { year: 0, month: 3, dayOfWeek: 0, week: 5, hour: 2, minute: 0 },
};
/** Summer over the turn of the year. */
const SYDNEY: TimeZone = {
  bias: -600,
  standardBias: 0,
  daylightBias: -60,
  standardDate: { year: 0, month: 4, dayOfWeek: 0, week: 1, hour: 3, minute: 0 },
  daylightDate: { year: 0, month: 10, dayOfWeek: 0, week: 1, hour: 2, minute: 0 },
};

const clockIn = (timeZone: string) => {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' });
  return (utc: number): number => Date.parse(`${format.format(utc).replace(' ', 'T')}Z`);
};

const seconds = fc.integer({ min: Date.UTC(2012, 0, 1) / 1000, max: Date.UTC(2040, 0, 1) / 1000 });

for (const [name, zone] of [
  ['Europe/Berlin', BERLIN],
  ['Australia/Sydney', SYDNEY],
] as const)
  test(`the clock of ${name} is the one that the system knows, and back`, () => {
    const clock = clockIn(name);
    fc.assert(
      fc.property(seconds, (second) => {
        const utc = second * 1000;
        const local = localFromUtc(utc, zone);
        assert.equal(local, clock(utc));
        // An hour comes twice in autumn.
        assert.ok([utc, utc - 3_600_000].includes(utcFromLocal(local, zone)));
      }),
      { numRuns: 500 },
    );
  });

test('of a time that comes twice the first is meant, and one that is skipped lies after the gap', () => {
  assert.equal(utcFromLocal(Date.UTC(2026, 9, 25, 2, 30), BERLIN), Date.UTC(2026, 9, 25, 0, 30));
  assert.equal(utcFromLocal(Date.UTC(2026, 2, 29, 2, 30), BERLIN), Date.UTC(2026, 2, 29, 1, 30));
});

test('a zone comes back from its structure of 48 bytes', () => {
  for (const zone of [BERLIN, SYDNEY, UTC_ZONE]) {
    const struct = encodeTimeZoneStruct(zone);
    assert.equal(struct.length, 48);
    assert.deepEqual(decodeTimeZoneStruct(struct), zone);
  }
});

test('a definition comes back, and its effective rule is the one that counts', () => {
  const definition = timeZoneDefinition('W. Europe Standard Time', BERLIN);
  const older = { ...definition, rules: [{ flags: 0, year: 1601, zone: SYDNEY }, ...definition.rules] };
  const bytes = encodeTimeZoneDefinition(older);
  assert.deepEqual(decodeTimeZoneDefinition(bytes), older);
  assert.deepEqual(zoneOfDefinition(older), BERLIN);
});

test('what is no zone is none', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      decodeTimeZoneStruct(Buffer.from(bytes));
      decodeTimeZoneDefinition(Buffer.concat([Buffer.from([2, 1]), bytes]));
    }),
  );
  const wild = encodeTimeZoneStruct({ ...BERLIN, bias: 100_000 });
  assert.equal(decodeTimeZoneStruct(wild), undefined);
});
