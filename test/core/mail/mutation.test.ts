import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { mailToMessage } from '../../../core/mail/mail-to-message.ts';

const FOLDER = new URL('../../golden/mail/', import.meta.url);
const MAILS = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.eml'))
  .map((name) => readFileSync(new URL(name, FOLDER)));
const MUTANTS = 10_000;
/** What parsers stumble over. */
const TOKENS = [
  '\r\n',
  '\r\n\r\n',
  '\n',
  '\0',
  '--',
  '=?',
  '?=',
  '=?utf-8?B?',
  '"',
  '(',
  ')',
  '<',
  '>',
  ';',
  ':',
  ',',
  '@',
  '%',
  '\\',
  'Content-Type: multipart/mixed; boundary=""\r\n',
  'Content-Type: message/rfc822\r\n\r\n',
  'boundary=',
  "filename*0*=x'",
  'Content-Transfer-Encoding: base64\r\n',
  'charset=utf-16\r\n',
  'charset=iso-2022-jp',
  '&#x110000;',
  '&#0;',
  '<a href=',
  '\ud800',
  '\u{1f600}',
];

/** Numbers that are the same in every run (mulberry32), so that a failure can be seen again. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

function mutant(seed: number): Buffer {
  const pick = random(seed);
  let mail = MAILS[pick(MAILS.length)]!;
  for (let changes = 1 + pick(8); changes > 0; changes--) {
    const at = pick(mail.length + 1);
    const length = pick(Math.min(200, mail.length - at + 1));
    const before = mail.subarray(0, at);
    const after = mail.subarray(at + length);
    switch (pick(5)) {
      case 0: // cut out
        mail = Buffer.concat([before, after]);
        break;
      case 1: // a token instead
        mail = Buffer.concat([before, Buffer.from(TOKENS[pick(TOKENS.length)]!), after]);
        break;
      case 2: // doubled
        mail = Buffer.concat([before, mail.subarray(at), mail.subarray(at, at + length), after]);
        break;
      case 3: // a wrong byte
        mail = Buffer.concat([before, Buffer.of(pick(256)), mail.subarray(at + 1)]);
        break;
      default: // another mail's piece
        mail = Buffer.concat([before, MAILS[pick(MAILS.length)]!.subarray(0, length), mail.subarray(at)]);
    }
  }
  return mail;
}

test(`${MUTANTS} damaged mails are all delivered`, async () => {
  for (let seed = 1; seed <= MUTANTS; seed++) {
    const mail = mutant(seed);
    try {
      const { message } = await mailToMessage(mail, { receivedAt: 0 });
      assert.ok(message.properties.size > 0);
    } catch (error) {
      assert.fail(`mutant ${seed} failed: ${(error as Error).stack}`);
    }
  }
});
