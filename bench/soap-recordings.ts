/**
 * Decodes every recorded exchange of the genuine client and server, encodes it again
 * and compares the bytes; prints what differs, and how fast it went.
 *
 *     node bench/soap-recordings.ts [FOLDER]
 *
 * FOLDER holds the transcripts of the conformance suite; the default is the one
 * beside the checkout.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import {
  type Answer,
  decodeRequest,
  decodeResponse,
  encodeRequest,
  encodeResponse,
  type OperationName,
} from '../core/soap/index.ts';

interface Recorded {
  readonly n: number;
  readonly contentType: string;
  readonly resContentType: string;
  /** One character per byte. */
  readonly request: string;
  readonly response: string;
}

const folder = process.argv[2] ?? fileURLToPath(new URL('../../shared/conformance/transcripts/', import.meta.url));
const spent = { decode: 0, encode: 0 };
let exchanges = 0;
let bytes = 0;
let different = 0;

function timed<T>(kind: keyof typeof spent, run: () => T): T {
  const start = performance.now();
  const result = run();
  spent[kind] += performance.now() - start;
  return result;
}

/** The boundary of a multipart message is random: compared with all of them alike. */
function comparable(contentType: string, message: string): string {
  const boundary = /boundary="([^"]*)"/.exec(contentType)?.[1];
  return boundary === undefined ? message : message.replaceAll(boundary, 'BOUNDARY');
}

function compare(
  what: string,
  recorded: string,
  recordedType: string,
  written: { body: Buffer; contentType: string },
): void {
  const expected = comparable(recordedType, recorded);
  const actual = comparable(written.contentType, written.body.toString('latin1'));
  if (expected === actual) return;
  different++;
  let at = 0;
  while (expected[at] === actual[at]) at++;
  console.log(
    `${what}\n  recorded …${expected.slice(at - 60, at + 60)}\n  written  …${actual.slice(at - 60, at + 60)}`,
  );
}

for (const file of readdirSync(folder).filter((name) => name.endsWith('.jsonl.gz'))) {
  for (const line of gunzipSync(readFileSync(`${folder}/${file}`))
    .toString('utf8')
    .split('\n')) {
    if (line === '') continue;
    const recorded = JSON.parse(line) as Recorded;
    if (recorded.request === '') continue; // a GET
    const request = Buffer.from(recorded.request, 'latin1');
    const response = Buffer.from(recorded.response, 'latin1');
    const where = `${file} ${recorded.n}`;
    const { operation, args } = timed('decode', () => decodeRequest(request, recorded.contentType));
    const again = timed('encode', () => encodeRequest(operation, args));
    compare(`${where} request`, recorded.request, recorded.contentType, again);
    const result = timed('decode', () => decodeResponse(operation, response, recorded.resContentType));
    const answer = timed('encode', () => encodeResponse(operation, result as Answer<OperationName>));
    compare(`${where} response`, recorded.response, recorded.resContentType, answer);
    exchanges++;
    bytes += request.length + response.length;
  }
}
const rate = (ms: number) =>
  `${((bytes / 1e6 / ms) * 1000).toFixed(0)} MB/s, ${((ms * 1000) / exchanges / 2).toFixed(0)} µs a message`;
console.log(`${exchanges} exchanges, ${different} of ${2 * exchanges} messages differ`);
console.log(`decoding ${rate(spent.decode)}; encoding ${rate(spent.encode)}`);
process.exitCode = different > 1 ? 1 : 0; // one answer is bare where it could say [0]: both mean an empty array
