import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { fieldValue, readHeader } from '../../../local/mail/header-fields.ts';

const read = (text: string) => readHeader(Buffer.from(text));

suite('a message’s header', () => {
  test('ends at the first empty line, whatever line ends are used', () => {
    assert.equal(read('A: 1\r\nB: 2\r\n\r\nbody\r\n\r\n').bodyOffset, 14);
    assert.equal(read('A: 1\nB: 2\n\nbody\n\n').bodyOffset, 11);
    assert.equal(read('\r\nbody').bodyOffset, 2);
    assert.equal(read('A: 1').bodyOffset, 4);
    assert.equal(read('').bodyOffset, 0);
  });

  test('is unfolded and found in any case', () => {
    const header = read('Subject: one\r\n two\r\nTO:a@b\r\n\r\n');
    assert.equal(fieldValue(header, 'subject'), 'one two');
    assert.equal(fieldValue(header, 'To'), 'a@b');
    assert.equal(fieldValue(header, 'Cc'), undefined);
  });

  test('skips lines that are no fields', () => {
    assert.deepEqual(
      read('From someone\r\nA: 1\r\n\r\n').fields.map((field) => field.name),
      ['A'],
    );
  });

  test('of any bytes is read, and its fields’ sources stand in it in order', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const raw = Buffer.from(bytes);
        const { fields, bodyOffset } = readHeader(raw);
        assert.ok(bodyOffset <= raw.length);
        let from = 0;
        for (const { source } of fields) {
          const found = raw.toString('latin1').indexOf(source, from);
          assert.ok(found >= from);
          from = found + source.length;
        }
      }),
    );
  });
});
