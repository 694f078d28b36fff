import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeEncodedWords } from '../../../core/mail/encoded-words.ts';
import { parseMime } from '../../../core/mail/mime.ts';
import { decodeUuencoded } from '../../../core/mail/uuencode.ts';

for (const [words, text] of [
  ['=?utf-8?Q?Gr=C3=BC=C3=9Fe?=', 'Grüße'],
  ['=?utf-8?B?R3LDvMOf?= =?utf-8?B?ZQ==?=', 'Grüße'],
  ['=?utf-8?Q?Gr=C3?= =?utf-8?Q?=BC=C3=9Fe?=', 'Grüße'],
  ['=?utf-8?B?R3LD?=\t=?utf-8?B?vMOfZQ==?=', 'Grüße'],
  ['=?iso-8859-1*de?q?Gr=FC=DFe_an?= alle', 'Grüße an alle'],
  ['=?iso-8859-1?Q?Jürgen?=', 'Jürgen'],
  ['=?utf-7?Q?Fr+APY-sche?=', 'Frösche'],
  ['=?utf-8?Q?Gr=FC=DFe?=', 'Grüße'],
  ['=?x-nobody-knows?Q?plain?=', 'plain'],
  ['a =?utf-8?Q?b?= =?iso-8859-1?Q?c?= d', 'a bc d'],
  ['=?utf-8?Z?x?= stays', '=?utf-8?Z?x?= stays'],
] as const)
  test(`${words} reads ${text}`, () => {
    assert.equal(decodeEncodedWords(words), text);
  });

/** As uuencode writes it. */
function uuencoded(bytes: Buffer): string {
  const character = (bits: number): string => (bits === 0 ? '`' : String.fromCharCode(0x20 + bits));
  const lines: string[] = [];
  for (let start = 0; start < bytes.length; start += 45) {
    const piece = bytes.subarray(start, start + 45);
    let line = character(piece.length);
    for (let at = 0; at < piece.length; at += 3) {
      const bits = ((piece[at] ?? 0) << 16) | ((piece[at + 1] ?? 0) << 8) | (piece[at + 2] ?? 0);
      for (const shift of [18, 12, 6, 0]) line += character((bits >> shift) & 0x3f);
    }
    lines.push(line);
  }
  return `begin 644 a file\r\n${lines.join('\r\n')}\r\n\`\r\nend\r\n`;
}

test('whatever was uuencoded comes back', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 500 }), (bytes) => {
      assert.deepEqual(decodeUuencoded(Buffer.from(uuencoded(Buffer.from(bytes)))), Buffer.from(bytes));
    }),
  );
});

test('whatever the bytes, uuencoded data is read or refused', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      decodeUuencoded(Buffer.concat([Buffer.from('begin 644 x\n'), Buffer.from(bytes)]));
    }),
  );
});

test('a forgotten boundary is found, and the header stays the sender’s', async () => {
  const mail = Buffer.from(
    'Subject: x\r\nContent-Type: multipart/mixed\r\n\r\npreamble\r\n--abc\r\nContent-Type: text/plain\r\n\r\none\r\n--abc\r\n\r\ntwo\r\n--abc--\r\n',
  );
  const { root } = await parseMime(mail);
  assert.deepEqual(
    root.parts.map(({ body }) => body.toString()),
    ['one', 'two'],
  );
  assert.ok(mail.toString().startsWith(root.header.raw.toString()));
});
