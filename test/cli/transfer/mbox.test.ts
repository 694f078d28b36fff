import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { type MboxMail, mboxEntry, readMbox } from '../../../cli/transfer/mbox.ts';

/** Lines that look like separators, quoted ones, and others. */
const aLine = fc.oneof(
  fc.constantFrom('', 'From me to you', '>From me', '>>From me', 'From', '>', 'from me', ' From x'),
  fc.string({ maxLength: 20 }).map((text) => text.replace(/[\r\n]/g, '')),
);
const aMail = fc.array(aLine, { minLength: 1, maxLength: 8 }).map((lines) => Buffer.from(`${lines.join('\r\n')}\r\n`));
const aTime = fc.integer({ min: 0, max: 4_000_000_000 }).map((seconds) => seconds * 1000);

/** The mails of a file. */
async function allOf(chunks: Iterable<Buffer>): Promise<MboxMail[]> {
  const mails: MboxMail[] = [];
  for await (const mail of readMbox(chunks)) mails.push(mail);
  return mails;
}

/** A file in pieces of any size. */
function* pieces(file: Buffer, size: number): Generator<Buffer> {
  for (let start = 0; start < file.length; start += size) yield file.subarray(start, start + size);
}

test('mails come out of an mbox as they went in, whatever is in them', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(aMail, aTime), { maxLength: 4 }),
      fc.integer({ min: 1, max: 50 }),
      async (mails, size) => {
        const file = Buffer.concat(mails.map(([raw, time]) => mboxEntry(raw, time)));
        const read = await allOf(pieces(file, size));
        assert.deepEqual(
          read.map(({ raw, receivedAt }) => [raw.toString(), receivedAt]),
          mails.map(([raw, time]) => [raw.toString(), time]),
        );
      },
    ),
    { numRuns: 200 },
  );
});

test('files of other programs are read: CRLF, no empty line at the end, separators that tell no time', async () => {
  const file = Buffer.from(
    'From anna@example.org\r\nSubject: one\r\n\r\ntext\r\n\r\nFrom x Mon Nov 23 20:45:00 2026\nSubject: two\n\n>From b',
  );
  const read = await allOf([file]);
  assert.deepEqual(
    read.map(({ raw, receivedAt }) => [raw.toString(), receivedAt]),
    [
      ['Subject: one\r\n\r\ntext\r\n', undefined],
      ['Subject: two\r\n\r\nFrom b\r\n', Date.UTC(2026, 10, 23, 20, 45)],
    ],
  );
});

test('what is no mbox is said to be none', async () => {
  await assert.rejects(allOf([Buffer.from('Subject: x\n')]), /no mbox/);
  assert.deepEqual(await allOf([]), []);
});
