import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { KopanoError } from '../../../core/mapi/error.ts';
import {
  type AppointmentRecurrence,
  decodeRecurrence,
  decodeRecurrencePattern,
  encodeRecurrence,
  encodeRecurrencePattern,
} from '../../../core/mapi/recurrence.ts';
import { aRecurrence, recurrences } from './random-recurrence.ts';

/** Recurrences that the genuine Python client 11.0.2 wrote, with what they say. */
const GENUINE: { blob: string; recurrence: AppointmentRecurrence }[] = JSON.parse(
  readFileSync(new URL('../../golden/recurrence/genuine-client.json', import.meta.url), 'utf8'),
);

test('recurrences of the genuine client are read, and written as it did, byte by byte', () => {
  assert.ok(GENUINE.length >= 14);
  for (const { blob, recurrence } of GENUINE) {
    const bytes = Buffer.from(blob, 'base64');
    assert.deepEqual(decodeRecurrence(bytes), recurrence);
    assert.equal(encodeRecurrence(recurrence).toString('base64'), blob);
  }
});

test('any recurrence comes back as it was written', () => {
  fc.assert(
    fc.property(recurrences, (recurrence) => {
      assert.deepEqual(decodeRecurrence(encodeRecurrence(recurrence)), recurrence);
    }),
    { numRuns: 500 },
  );
});

test('the recurrence of a task comes back as it was written', () => {
  fc.assert(
    fc.property(
      recurrences,
      ({ exceptions, startTimeOffset, endTimeOffset, readerVersion2, writerVersion2, ...pattern }) => {
        assert.deepEqual(decodeRecurrencePattern(encodeRecurrencePattern(pattern)), pattern);
      },
    ),
  );
});

test('a recurrence without its second part has the exceptions of the first', () => {
  const exceptions = [
    { startDateTime: 1500, endDateTime: 1560, originalStartDate: 1440, subject: 'Café', busyStatus: 3 },
  ];
  const whole = encodeRecurrence(aRecurrence({ exceptions, modifiedInstanceDates: [1440] }));
  // Two empty blocks around one extension: highlight-less, its three times and a subject of 4 characters.
  const extension = 4 + (4 + 12 + 2 + 8 + 4) + 4;
  for (const cut of [extension, extension - 1, 5, 1])
    assert.deepEqual(decodeRecurrence(whole.subarray(0, whole.length - cut)).exceptions, exceptions);
});

test('what is no recurrence is refused, never more than that', () => {
  const refused = (bytes: Buffer) => {
    try {
      decodeRecurrence(bytes);
    } catch (error) {
      assert.ok(error instanceof KopanoError, String(error));
    }
  };
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => refused(Buffer.from(bytes))));
  fc.assert(
    fc.property(recurrences, fc.nat(), fc.nat(255), (recurrence, at, value) => {
      const bytes = encodeRecurrence(recurrence);
      bytes[at % bytes.length] = value;
      refused(bytes);
      refused(bytes.subarray(0, at % bytes.length));
    }),
    { numRuns: 1000 },
  );
});

test('a list that claims more dates than there are bytes is refused at once', () => {
  const bytes = encodeRecurrence(aRecurrence({}));
  bytes.writeUInt32LE(0xffffffff, bytes.length - 42);
  assert.throws(() => decodeRecurrence(bytes), KopanoError);
});
