import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  type Answer,
  decodeRequest,
  decodeResponse,
  encodeFault,
  encodeRequest,
  encodeResponse,
  inflateBody,
  type OperationName,
  SoapFault,
} from '../../../core/soap/index.ts';
import { exchanges } from './golden.ts';

const recorded = exchanges();

/** Generous on a busy machine; an honest message of this size takes a few milliseconds. */
const TIME_LIMIT_MS = 1000;

/** What attacks and accidents are made of. */
const fragments = [
  '<!DOCTYPE a [<!ENTITY b "c">]>', '&b;', '&#0;', '&#x1;', '&#xD800;', '&amp', '<![CDATA[', ']]>', '<!--', '-->', '<?xml?>', '<', '>', '/>', '</',
  '<item>', '</item>', '<item/>', ' xsi:nil="true"', ' href="#a"', ' id="a"', '<xop:Include href="cid:x"/>', '"', "'", '\u0000', '\u0001', '\u00010\u0001',
  '99999999999999999999', '-1', 'NaN', '1e999', '<__proto__>', '</__proto__>', '<constructor>1</constructor>', ' xmlns:ns="urn:other"', '\r\n--', '\ud83d', 'é',
].map((text) => Buffer.from(text)); // biome-ignore format: a list

type Edit = (bytes: Buffer) => Buffer;
const at = (bytes: Buffer, where: number) => Math.floor(where * bytes.length);

const edit: fc.Arbitrary<Edit> = fc
  .tuple(
    fc.double({ min: 0, max: 0.999, noNaN: true }),
    fc.nat(60),
    fc.nat(255),
    fc.constantFrom(...fragments),
    fc.nat(5),
  )
  .map(([where, length, byte, fragment, kind]) => (bytes) => {
    const start = at(bytes, where);
    const [before, removed, after] = [
      bytes.subarray(0, start),
      bytes.subarray(start, start + length),
      bytes.subarray(start + length),
    ];
    switch (kind) {
      case 0:
        return Buffer.concat([before, Buffer.from([byte]), bytes.subarray(start + 1)]);
      case 1:
        return Buffer.concat([before, after]);
      case 2:
        return Buffer.concat([before, removed, removed, after]);
      case 3:
        return Buffer.from(before);
      default:
        return Buffer.concat([before, fragment, bytes.subarray(start)]);
    }
  });

const mutations = fc.array(edit, { minLength: 1, maxLength: 6 });

/** Runs a decoder on arbitrary bytes: it may only return, or throw our own error, soon. */
function decodes<T>(run: () => T): T | undefined {
  const start = performance.now();
  try {
    return run();
  } catch (error) {
    assert.ok(error instanceof SoapFault, `not a fault: ${String(error)}`);
    assert.ok(encodeFault(error).body.length > 0);
    return undefined;
  } finally {
    assert.ok(performance.now() - start < TIME_LIMIT_MS, 'took too long');
  }
}

describe('any bytes end in a decoded message or a fault', () => {
  it('mutated requests of the genuine client', () => {
    fc.assert(
      fc.property(fc.constantFrom(...recorded), mutations, ({ request }, edits) => {
        const bytes = edits.reduce((message, change) => change(message), request.body);
        const decoded = decodes(() => decodeRequest(bytes, request.contentType));
        // What was accepted is a value of its type: it can be written, and is read as the same.
        if (decoded !== undefined) {
          const again = encodeRequest(decoded.operation, decoded.args);
          assert.deepEqual(decodeRequest(again.body, again.contentType).args, decoded.args);
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('mutated answers of the genuine server, single and multipart', () => {
    const operationOf = (name: string) => name.replace(/-(?!folders).*$/, '') as OperationName;
    fc.assert(
      fc.property(fc.constantFrom(...recorded), mutations, ({ name, response }, edits) => {
        const bytes = edits.reduce((message, change) => change(message), response.body);
        const operation = operationOf(name);
        const decoded = decodes(() => decodeResponse(operation, bytes, response.contentType));
        if (decoded !== undefined) {
          const again = encodeResponse(operation, decoded as Answer<OperationName>);
          assert.deepEqual(decodeResponse(operation, again.body, again.contentType), decoded);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('noise, under any content type', () => {
    const types = [
      '',
      'text/xml',
      'multipart/related',
      'multipart/related; boundary="a"',
      'multipart/related; boundary=a; start="b"',
    ];
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.constantFrom(...types), (bytes, type) => {
        decodes(() => decodeRequest(bytes, type));
      }),
      { numRuns: 1000 },
    );
  });

  it('noise, under any content encoding', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 300 }),
        fc.constantFrom('gzip', 'deflate', 'identity', 'br'),
        async (bytes, encoding) => {
          await inflateBody(bytes, encoding).catch((error: unknown) => assert.ok(error instanceof SoapFault));
        },
      ),
      { numRuns: 300 },
    );
  });
});
