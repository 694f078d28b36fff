import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SoapFault } from '../../../core/soap/index.ts';
import { escapeText, formatDateTime, formatDecimal, parseBase64, parseBoolean, parseDateTime, parseDecimal, parseInteger, parseLong, unescapeText } from '../../../core/soap/text.ts'; // biome-ignore format: one line

const refused = (run: () => unknown) => assert.throws(run, SoapFault);

describe('escapes', () => {
  it('are written as gSOAP writes them: markup as entities, control characters as hexadecimal references', () => {
    assert.equal(
      escapeText('a<b>&"\'\t\n\r\u0001\u001f\u007f\u0080é😀'),
      'a&lt;b&gt;&amp;"\'\t\n&#xD;&#x1;&#x1F;&#x7F;\u0080é😀',
    );
  });

  it('end the text at a NUL, as a C string does', () => {
    assert.equal(escapeText('a<\u0000b'), 'a&lt;');
  });

  it('are read in decimal and hexadecimal, beyond the basic plane, and as two surrogates', () => {
    assert.equal(
      unescapeText('&lt;&gt;&amp;&quot;&apos;&#65;&#x41;&#x1F600;&#55357;&#56832;&#1;'),
      '<>&"\'AA😀😀\u0001',
    );
  });

  it('are replaced where they are half a character', () => {
    assert.equal(unescapeText('a&#xD83D;b'), 'a\ufffdb');
  });

  it('are refused where XML knows no such character or entity', () => {
    for (const text of [
      '&',
      '&;',
      '&amp',
      '&nbsp;',
      '&#;',
      '&#x;',
      '&#0;',
      '&#x110000;',
      '&#-1;',
      '&#xG;',
      '&toString;',
      `&#${'0'.repeat(20)}65;`,
    ]) {
      refused(() => unescapeText(text));
    }
  });
});

describe('numbers', () => {
  it('of 32 bits may be signed and surrounded by blanks', () => {
    const unsigned = (text: string) => parseInteger(text, 0, 0xffff_ffff, 'unsignedInt');
    assert.equal(unsigned('4294967295'), 4294967295);
    assert.equal(unsigned(' +0007\r\n'), 7);
    assert.equal(unsigned('-0'), 0);
    for (const text of ['', ' ', '4294967296', '-1', '1.0', '0x1', '1e3', '1 2', '٣', 'NaN'])
      refused(() => unsigned(text));
  });

  it('of 64 bits keep every digit', () => {
    const long = (text: string) => parseLong(text, -(1n << 63n), (1n << 63n) - 1n, 'long');
    assert.equal(long('9223372036854775807'), 9223372036854775807n);
    assert.equal(long('-9223372036854775808'), -9223372036854775808n);
    assert.equal(long('+5'), 5n);
    for (const text of ['', '9223372036854775808', '-9223372036854775809', '1'.repeat(100), '1n'])
      refused(() => long(text));
  });

  it('with a fraction may be infinite, or none', () => {
    assert.deepEqual(
      ['1', '.5', '5.', '-1.25E+3', 'INF', '+inf', '-INF', 'nan', '1e999'].map((text) => parseDecimal(text, 'double')),
      [1, 0.5, 5, -1250, Infinity, Infinity, -Infinity, Number.NaN, Infinity],
    );
    for (const text of ['', '.', '1e', 'Infinity', '0x10', '1,5', '--1']) refused(() => parseDecimal(text, 'double'));
  });

  it('with a fraction are written with 9 or 17 significant digits, as %.9G and %.17G', () => {
    const floats: [number, string][] = [
      [0, '0'], [-0, '-0'], [1, '1'], [-2.5, '-2.5'], [0.1, '0.100000001'], [100_000_000, '100000000'], [1e9, '1E+09'],
      [1.5e-5, '1.49999996E-05'], [0.0001, '9.99999975E-05'], [3.4028234663852886e38, '3.40282347E+38'], [1.401298464324817e-45, '1.40129846E-45'],
      [Number.NaN, 'NaN'], [Infinity, 'INF'], [-Infinity, '-INF'],
    ]; // biome-ignore format: a table
    for (const [value, text] of floats) assert.equal(formatDecimal(Math.fround(value), 9), text);
    const doubles: [number, string][] = [
      [0.1, '0.10000000000000001'], [1 / 3, '0.33333333333333331'], [1e16, '10000000000000000'], [1e17, '1E+17'], [1e300, '1.0000000000000001E+300'],
      [5e-324, '4.9406564584124654E-324'], [123456.789, '123456.789'], [0.0001, '0.0001'],
    ]; // biome-ignore format: a table
    for (const [value, text] of doubles) assert.equal(formatDecimal(value, 17), text);
  });
});

describe('other simple values', () => {
  it('booleans are words or digits', () => {
    assert.deepEqual(['true', '1', ' false ', '0'].map(parseBoolean), [true, true, false, false]);
    for (const text of ['', 'TRUE', 'yes', '2']) refused(() => parseBoolean(text));
  });

  it('base64 may be broken into lines and lack its padding', () => {
    assert.equal(parseBase64('aGVs\r\n bG8=\n').toString(), 'hello');
    assert.equal(parseBase64('aGVsbG8').toString(), 'hello');
    assert.equal(parseBase64('').length, 0);
    for (const text of ['a*b=', 'aGV-', '=a', 'aGVsbG8=x']) refused(() => parseBase64(text));
  });

  it('times are whole seconds, and UTC unless they say otherwise', () => {
    assert.equal(formatDateTime(new Date(1_700_000_000_999)), '2023-11-14T22:13:20Z');
    assert.equal(parseDateTime('2023-11-14T23:13:20+01:00').getTime(), 1_700_000_000_000);
    assert.equal(parseDateTime('2023-11-14T22:13:20').getTime(), 1_700_000_000_000);
    for (const text of ['', '2023-11-14', '2023-13-14T22:13:20Z', 'now']) refused(() => parseDateTime(text));
  });
});
