import { Random } from './random.ts';

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
  'Content-Type: multipart/mixed\r\n',
  'Content-Type: application/ms-tnef\r\n',
  'Content-Type: message/rfc822\r\n\r\n',
  'boundary=',
  "filename*0*=x'",
  'Content-Transfer-Encoding: base64\r\n',
  'Content-Transfer-Encoding: x-uuencode\r\n',
  'charset=utf-16\r\n',
  'charset=iso-2022-jp',
  '&#x110000;',
  '&#0;',
  '<a href=',
  '\ud800',
  '\u{1f600}',
].map((token) => Buffer.from(token));

const LONGEST_CUT = 200;

/** A damaged mail: the same for a seed in every run, so that a failure can be seen again. */
export function mutant(mails: readonly Buffer[], seed: number): Buffer {
  const random = new Random(seed);
  let mail = random.pick(mails);
  for (let changes = 1 + random.below(8); changes > 0; changes--) {
    const at = random.below(mail.length + 1);
    const length = random.below(Math.min(LONGEST_CUT, mail.length - at + 1));
    const before = mail.subarray(0, at);
    const after = mail.subarray(at + length);
    const [piece, rest] = [
      (): [Uint8Array, Uint8Array] => [Buffer.alloc(0), after],
      (): [Uint8Array, Uint8Array] => [random.pick(TOKENS), after],
      (): [Uint8Array, Uint8Array] => [mail.subarray(at, at + length), mail.subarray(at)],
      (): [Uint8Array, Uint8Array] => [Buffer.of(random.below(256)), mail.subarray(at + 1)],
      (): [Uint8Array, Uint8Array] => [random.pick(mails).subarray(0, length), mail.subarray(at)],
    ][random.below(5)]!();
    mail = Buffer.concat([before, piece, rest]);
  }
  return mail;
}
