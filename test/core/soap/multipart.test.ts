import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  decodeRequest,
  decodeResponse,
  encodeRequest,
  encodeResponse,
  SoapFault,
  streamResponse,
} from '../../../core/soap/index.ts';
import { isMultipart, readRelated } from '../../../core/soap/multipart.ts';
import { request } from './message.ts';

const included = (href: string) =>
  request('importMessageFromStream', `<sStreamData><Include href="${href}"/></sStreamData>`);
const dataOf = (bytes: Buffer, type: string) => {
  const { args } = decodeRequest(bytes, type);
  return 'sStreamData' in args ? args.sStreamData : assert.fail('another operation');
};

/** A multipart message of parts as they are given. */
function related(...parts: (string | Buffer)[]): Buffer {
  return Buffer.concat([
    ...parts.flatMap((part) => [Buffer.from('--b\r\n'), Buffer.from(part), Buffer.from('\r\n')]),
    Buffer.from('--b--'),
  ]);
}
const part = (id: string, content: string | Buffer) =>
  Buffer.concat([Buffer.from(`Content-ID: ${id}\r\n\r\n`), Buffer.from(content)]);
const TYPE = 'multipart/related; type="application/xop+xml"; boundary="b"; start="<root>"';

describe('a message of several parts', () => {
  it('finds a binary by its content id, with and without cid: and brackets', () => {
    const data = Buffer.from('\r\n--\u0000\r\n--bb'); // looks like a delimiter, but is none
    for (const [href, id] of [['cid:id1', '<id1>'], ['emcas-0', 'emcas-0'], ['cid:a%40b', '<a@b>'], ['CID:x', 'x']] as const) {
      const bytes = related(part('<root>', included(href)), part(id, data.subarray(0, 6)));
      assert.deepEqual(dataOf(bytes, TYPE), data.subarray(0, 6));
    } // biome-ignore format: a table
  });

  it('begins with the part that start names, or else with the first', () => {
    const envelope = part('<root>', included('cid:x'));
    assert.equal(dataOf(related(part('<x>', 'data'), envelope), TYPE).toString(), 'data');
    assert.equal(dataOf(related(envelope, part('<x>', 'data')), 'multipart/related; boundary=b').toString(), 'data');
  });

  it('may hold empty parts, parts without headers, and a preamble', () => {
    assert.equal(dataOf(related(part('<root>', included('cid:x')), part('<x>', ''), '\r\nno headers'), TYPE).length, 0);
    const preamble = Buffer.concat([
      Buffer.from('for old readers\r\n'),
      related(part('<root>', included('cid:x')), part('<x>', '1')),
    ]);
    assert.equal(dataOf(preamble, TYPE).toString(), '1');
  });

  it('that is damaged ends in a fault', () => {
    const whole = related(part('<root>', included('cid:x')), part('<x>', 'data'));
    for (const length of [0, 3, 10, 40, whole.length - 30, whole.length - 6]) {
      assert.throws(() => decodeRequest(whole.subarray(0, length), TYPE), SoapFault);
    }
    assert.throws(() => decodeRequest(whole, 'multipart/related'), SoapFault);
    assert.throws(() => decodeRequest(whole, 'multipart/related; boundary=other'), SoapFault);
    assert.throws(() => decodeRequest(whole, `multipart/related; boundary=${'b'.repeat(300)}`), SoapFault);
  });

  it('is told by its content type', () => {
    assert.equal(isMultipart('Multipart/Related; boundary=b'), true);
    assert.equal(isMultipart('text/xml'), false);
    assert.equal(isMultipart('multipart/form-data'), false);
  });
});

describe('an answer with binaries', () => {
  const answer = (...data: (Buffer | AsyncIterable<Uint8Array>)[]) => ({
    sMsgStreams: data.map((sStreamData, ulStep) => ({ ulStep, sStreamData })),
  });
  const all = [Buffer.from('first'), Buffer.alloc(0), Buffer.alloc(100_000, 7)];

  it('comes back as it went', () => {
    const { body, contentType } = encodeResponse('exportMessageChangesAsStream', answer(...all));
    const { sMsgStreams } = decodeResponse('exportMessageChangesAsStream', body, contentType);
    assert.deepEqual(
      sMsgStreams.map((stream) => stream.sStreamData),
      all,
    );
  });

  it('without any is plain XML', () => {
    assert.equal(encodeResponse('exportMessageChangesAsStream', answer()).contentType, 'text/xml; charset=utf-8');
  });

  it('streams: each binary is read when its turn comes', async () => {
    const order: string[] = [];
    async function* source(name: string) {
      order.push(name);
      yield Buffer.from(name);
      yield Buffer.from('!');
    }
    const { body, contentType } = streamResponse(
      'exportMessageChangesAsStream',
      answer(source('a'), Buffer.from('b'), source('c')),
    );
    const chunks: Uint8Array[] = [];
    for await (const chunk of body) {
      if (chunks.length === 1) assert.deepEqual(order, []);
      chunks.push(chunk);
    }
    const { sMsgStreams } = decodeResponse('exportMessageChangesAsStream', Buffer.concat(chunks), contentType);
    assert.deepEqual(
      sMsgStreams.map((stream) => stream.sStreamData.toString()),
      ['a!', 'b', 'c!'],
    );
    assert.deepEqual(order, ['a', 'c']);
  });

  it('that stream can not be sent at once', () => {
    async function* source() {
      yield Buffer.from('a');
    }
    assert.throws(() => encodeResponse('exportMessageChangesAsStream', answer(source())), TypeError);
  });

  it('goes from clients to servers as well', () => {
    const { body, contentType } = encodeRequest('importMessageFromStream', { sStreamData: all[2] });
    assert.deepEqual(dataOf(body, contentType), all[2]);
    assert.equal(readRelated(body, contentType).attachments.size, 1);
  });
});
