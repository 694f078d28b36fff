import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mailToMessage } from '../../../core/mail/mail-to-message.ts';
import { MAPI_MESSAGE } from '../../../core/mapi/object-types.ts';

/*
 * Mails made to cost more than they weigh. Each is delivered, as a message
 * or as a file, in time that grows with its size; the bound is wide because other
 * tests run meanwhile.
 */
const MAX_MS = 20_000;

const levels = (depth: number, inside: string): string =>
  Array.from({ length: depth }, (_, i) => `Content-Type: multipart/mixed; boundary=b${i}\r\n\r\n--b${i}\r\n`).join('') +
  inside;
const header = (field: string): string => `${field}\r\n\r\nx`;
const text = (parameters: string, body: string): string => `Content-Type: text/plain; ${parameters}\r\n\r\n${body}`;
const encoded = (encoding: string, body: string): string => `Content-Transfer-Encoding: ${encoding}\r\n\r\n${body}`;

const HOSTILE: Readonly<Record<string, () => string>> = {
  'a subject of encoded words': () => header(`Subject: ${'=?utf-8?Q?a?= '.repeat(60_000)}`),
  'a subject of beginnings of words': () => header(`Subject: ${'=?'.repeat(400_000)}`),
  'a sender of commas': () => header(`From: ${'a,'.repeat(450_000)}`),
  'recipients of parentheses': () => header(`To: ${'('.repeat(900_000)}`),
  'recipients of quotes': () => header(`To: ${'"a'.repeat(450_000)}`),
  'recipients of brackets': () => header(`To: ${'<'.repeat(900_000)}`),
  'recipients of at signs': () => header(`To: ${'a @ '.repeat(220_000)}`),
  'seventy thousand recipients': () => header(`To: ${'"x" <a@b.c>, '.repeat(70_000)}`),
  'a type of parameters': () => header(`Content-Type: text/plain${'; a=b'.repeat(180_000)}`),
  'a type of continued parameters': () =>
    header(`Content-Type: text/plain${Array.from({ length: 60_000 }, (_, i) => `; a*${i}=b`).join('')}`),
  'a file name of escapes': () => header(`Content-Type: text/plain; name="${'\\"'.repeat(450_000)}`),
  'references of brackets': () => header(`References: ${'<'.repeat(900_000)}`),
  'a date of blanks': () => header(`Date: ${' '.repeat(900_000)}`),
  'delimiters of nobody in a hundred levels': () => levels(99, `\r\n${'--b\r\n'.repeat(1_000_000)}`),
  'hyphens in a hundred levels': () => levels(99, `\r\n${'--\n'.repeat(2_000_000)}`),
  'flowed lines': () => text('format=flowed', 'a \r\n'.repeat(1_000_000)),
  'a text of line ends': () => `Subject: x\r\n\r\n${'\n'.repeat(3_000_000)}`,
  'a text of carriage returns': () => `Subject: x\r\n\r\n${'\r'.repeat(10_000_000)}`,
  'a text of escape sequences': () => text('charset=iso-2022-jp', '\x1b$B'.repeat(3_000_000)),
  'a text of UTF-7 shifts': () => text('charset=utf-7', '+'.repeat(5_000_000)),
  'quoted-printable of equals signs': () => encoded('quoted-printable', '='.repeat(5_000_000)),
  'base64 of padding': () => encoded('base64', 'a='.repeat(3_000_000)),
  'a thousand messages within each other': () =>
    'Content-Type: message/rfc822\r\n\r\n'.repeat(1000) + 'x\r\n'.repeat(1_000_000),
  'a digest of messages': () =>
    `Content-Type: multipart/digest; boundary=b\r\n\r\n${'--b\r\n\r\nSubject: x\r\n\r\ny\r\n'.repeat(1900)}--b--`,
  'a thousand images and a body that names none': () =>
    `Content-Type: multipart/related; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n${'cid:x '.repeat(500_000)}\r\n${Array.from(
      { length: 1000 },
      (_, i) => `--b\r\nContent-Type: image/png\r\nContent-Location: y${i}\r\nContent-ID: <${i}>\r\n\r\nx\r\n`,
    ).join('')}--b--`,
};

for (const [what, mail] of Object.entries(HOSTILE)) {
  test(`${what}: delivered, and soon`, async () => {
    const raw = Buffer.from(mail());
    const started = performance.now();
    const { message } = await mailToMessage(raw, { receivedAt: 0, resolveAddresses: async () => new Map() });
    assert.equal(message.kind, MAPI_MESSAGE);
    assert.ok(performance.now() - started < MAX_MS);
  });
}
