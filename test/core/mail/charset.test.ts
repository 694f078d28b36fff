import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import iconv from 'iconv-lite';
import { decodeHeaderBytes, decodeText } from '../../../core/mail/charset.ts';

for (const [charset, bytes, text, codePage] of [
  ['utf-8', Buffer.from('é'), 'é', 65001],
  ['UTF8', Buffer.from('é'), 'é', 65001],
  ['"utf-8"', Buffer.from('é'), 'é', 65001],
  ['utf-8*en', Buffer.from('é'), 'é', 65001],
  ['iso-8859-1', Buffer.of(0xe9), 'é', 28591],
  ['latin1', Buffer.of(0xe9), 'é', 1252],
  ['iso-8859-1', Buffer.of(0x80), '€', 1252],
  ['iso8859-15', Buffer.of(0xa4), '€', 28605],
  ['iso-8859-8-i', Buffer.of(0xe0), 'א', 28598],
  ['cp1251', Buffer.of(0xcf), 'П', 1251],
  ['ks_c_5601-1987', Buffer.of(0xbe, 0xc8), '안', 949],
  ['cp949', Buffer.of(0xbe, 0xc8), '안', 949],
  ['gb2312', Buffer.of(0xd6, 0xd0), '中', 936],
  ['big5', Buffer.of(0xa4, 0xa4), '中', 950],
  ['shift-jis', Buffer.of(0x82, 0xa0), 'あ', 932],
  ['euc-jp', Buffer.of(0xa4, 0xa2), 'あ', 51932],
  ['cp850', Buffer.of(0x82), 'é', 850],
  ['macintosh', Buffer.of(0x8e), 'é', 65001],
  ['utf-16', Buffer.from('fffee900', 'hex'), 'é', 65001],
  ['utf-16', Buffer.from('feff00e9', 'hex'), 'é', 65001],
  ['unicode', Buffer.from('é'), 'é', 65001],
  ['us-ascii', Buffer.from('e'), 'e', 20127],
  ['us-ascii', Buffer.from('é'), 'é', 65001],
  ['us-ascii', Buffer.of(0xe9), 'é', 1252],
  [undefined, Buffer.from('e'), 'e', 20127],
  ['x-nobody-knows', Buffer.of(0xe9), 'é', 1252],
  ['utf-8', Buffer.of(0xe9), 'é', 1252],
  ['windows-1253', Buffer.from('é'), 'Γ©', 1253],
] as const) {
  test(`${charset} ${bytes.toString('hex')} is ${text}`, () => {
    const decoded = decodeText(bytes, charset);
    assert.equal(decoded.text, text);
    assert.equal(decoded.codePage, codePage);
  });
}

test('what a charset can write is read back, wherever the bytes come from', () => {
  const charsets = ['utf-8', 'windows-1252', 'iso-8859-15', 'koi8-r', 'gb18030', 'shift_jis', 'cp850'];
  fc.assert(
    fc.property(fc.constantFrom(...charsets), fc.string({ unit: 'grapheme' }), (charset, text) => {
      const bytes = iconv.encode(text, charset);
      // Letters the charset hasn't are not the reader's fault.
      fc.pre(iconv.decode(bytes, charset) === text && !text.startsWith('\ufeff'));
      fc.pre(charset === 'utf-8' || !/[\u0080-\u009f\\~]/.test(text));
      assert.equal(decodeText(bytes, charset).text, text);
    }),
  );
});

test('no bytes under no name make it fail', () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.option(fc.string(), { nil: undefined }), (bytes, charset) => {
      assert.equal(typeof decodeText(bytes, charset).text, 'string');
      assert.equal(typeof decodeHeaderBytes(bytes), 'string');
    }),
  );
});
