import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import test from 'node:test';
import { Sha256 } from '@smithy/core/checksum';
import { SignatureV4 } from '@smithy/signature-v4';
import { signerOf } from '../../../local/gateway/signature.ts';

const credentials = { accessKeyId: 'AKIALOCALTEST', secretAccessKey: 'a secret' };
const NOW = Date.UTC(2026, 10, 25, 12);
const BODY = Buffer.from('<Envelope/>');

interface Signing {
  readonly secretAccessKey?: string;
  readonly service?: string;
  readonly at?: number;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A request as the SDK signs it. */
async function signed(signing: Signing = {}): Promise<{ url: string; headers: Record<string, string> }> {
  const { service = 'execute-api', at = NOW, path = '/trusted', headers = {}, ...secret } = signing;
  const signer = new SignatureV4({
    service,
    region: 'local',
    credentials: { ...credentials, ...secret },
    sha256: Sha256,
  });
  const request = await signer.sign(
    {
      method: 'POST',
      protocol: 'http:',
      hostname: 'localhost',
      path,
      query: {},
      headers: { host: 'localhost:2236', ...headers },
      body: BODY,
    },
    { signingDate: new Date(at) },
  );
  return { url: path, headers: request.headers };
}

const check = (
  { url, headers }: { url: string; headers: Record<string, string> },
  body: Buffer = BODY,
  who: typeof credentials | undefined = credentials,
) => signerOf({ method: 'POST', url, headers } as unknown as IncomingMessage, body, who, NOW);

test('a signature of the SDK names its signer', async () => {
  assert.equal(await check(await signed()), credentials.accessKeyId);
  assert.equal(await check(await signed({ headers: { 'content-type': 'text/xml' } })), credentials.accessKeyId);
  assert.equal(await check(await signed({ at: NOW - 290_000 })), credentials.accessKeyId);
});

test('nobody else’s signature does, nor one for something else, nor an old one', async () => {
  assert.equal(await check(await signed({ secretAccessKey: 'another' })), undefined);
  assert.equal(await check(await signed({ service: 's3' })), undefined);
  assert.equal(await check(await signed({ at: NOW - 310_000 })), undefined);
  assert.equal(await check(await signed({ at: NOW + 310_000 })), undefined);
  assert.equal(await check(await signed(), Buffer.from('<Other/>')), undefined);
  assert.equal(await check({ ...(await signed()), url: '/other' }), undefined);
  assert.equal(await check(await signed(), BODY, { ...credentials, accessKeyId: 'AKIAOTHER' }), undefined);
  assert.equal(
    await signerOf({ method: 'POST', url: '/trusted', headers: {} } as IncomingMessage, BODY, credentials, NOW),
    undefined,
  );
});

test('a body’s hash in a header must be true, and what wasn’t signed changes nothing', async () => {
  const { url, headers } = await signed();
  const hash = 'x-amz-content-sha256';
  assert.equal(await check({ url, headers: { ...headers, [hash]: 'UNSIGNED-PAYLOAD' } }), undefined);
  assert.equal(await check({ url, headers: { ...headers, 'x-other': 'y' } }), credentials.accessKeyId);
  const unsignedHost = headers.authorization!.replace('host;', '');
  assert.equal(await check({ url, headers: { ...headers, authorization: unsignedHost } }), undefined);
});

test('without a key nobody is let in', async () => {
  const { url, headers } = await signed();
  assert.equal(
    await signerOf({ method: 'POST', url, headers } as unknown as IncomingMessage, BODY, undefined, NOW),
    undefined,
  );
});
