import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { readElement } from '../../../core/soap/element.ts';
import {
  inflateBody,
  MAX_ATTRIBUTES,
  MAX_DEPTH,
  MAX_MESSAGE_BYTES,
  MAX_NODES,
  MAX_PART_HEADER_BYTES,
  MAX_PARTS,
  MAX_TAG_LENGTH,
  SoapFault,
} from '../../../core/soap/index.ts';
import { readRelated } from '../../../core/soap/multipart.ts';

/** What is exactly at the cap is accepted, one more is refused. */
function capped(cap: number, message: (size: number) => string, complaint: RegExp): void {
  readElement(message(cap));
  assert.throws(
    () => readElement(message(cap + 1)),
    (error) => error instanceof SoapFault && error.code === 'Client' && complaint.test(error.message),
  );
}

describe('exactly at the cap is accepted, one over is refused', () => {
  it('elements', () => {
    capped(MAX_NODES, (size) => `<a>${'<b/>'.repeat(size - 1)}</a>`, /elements/);
  });

  it('depth', () => {
    capped(MAX_DEPTH, (size) => '<a>'.repeat(size) + '</a>'.repeat(size), /deeper/);
    capped(MAX_DEPTH, (size) => `${'<a>'.repeat(size - 1)}<b/>${'</a>'.repeat(size - 1)}`, /deeper/);
  });

  it('attributes', () => {
    capped(
      MAX_ATTRIBUTES,
      (size) => `<a ${Array.from({ length: size }, (_, index) => `b${index}=""`).join(' ')}/>`,
      /attributes/,
    );
  });

  it('length of a tag', () => {
    capped(MAX_TAG_LENGTH, (size) => `<a b="${'x'.repeat(size - '<a b=""/>'.length)}"/>`, /tag longer/);
    capped(MAX_TAG_LENGTH, (size) => `<${'a'.repeat(size - '</>'.length)}/>`, /tag longer/);
  });

  it('bytes, inflated', async () => {
    const message = Buffer.alloc(MAX_MESSAGE_BYTES + 1, 'a');
    const accepted = message.subarray(0, MAX_MESSAGE_BYTES);
    const refusal = { name: 'SoapFault', message: /bytes/ };
    assert.equal((await inflateBody(accepted, undefined)).length, MAX_MESSAGE_BYTES);
    await assert.rejects(inflateBody(message, undefined), refusal);
    assert.equal((await inflateBody(gzipSync(accepted, { level: 1 }), 'gzip')).length, MAX_MESSAGE_BYTES);
    await assert.rejects(inflateBody(gzipSync(message, { level: 1 }), 'gzip'), refusal);
  });

  it('parts', () => {
    const message = (size: number) => Buffer.from(`${'--b\r\n\r\n\r\n'.repeat(size)}--b--`);
    const type = 'multipart/related; boundary=b';
    readRelated(message(MAX_PARTS), type);
    assert.throws(() => readRelated(message(MAX_PARTS + 1), type), { name: 'SoapFault', message: /parts/ });
  });

  it('headers of a part', () => {
    const message = (size: number) =>
      Buffer.from(`--b\r\nX: ${'x'.repeat(size - '\r\nX: '.length)}\r\n\r\n<a/>\r\n--b--`);
    const type = 'multipart/related; boundary=b';
    readRelated(message(MAX_PART_HEADER_BYTES), type);
    assert.throws(() => readRelated(message(MAX_PART_HEADER_BYTES + 1), type), {
      name: 'SoapFault',
      message: /headers/,
    });
  });
});
