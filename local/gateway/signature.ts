import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { Sha256 } from '@smithy/core/checksum';
import { SignatureV4 } from '@smithy/signature-v4';
import type { Credentials } from '../endpoint/credentials.ts';
import { targetOf } from './proxy-event.ts';

/** The service for which calls of an API are signed. */
const SERVICE = 'execute-api';

/** A signature is good for so long before and after its time (AWS: five minutes). */
const TOLERANCE_MS = 5 * 60_000;

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=(?<key>[^/,]+)\/\d{8}\/(?<region>[^/,]+)\/(?<service>[^/,]+)\/aws4_request, ?SignedHeaders=(?<names>[a-z0-9;-]+), ?Signature=(?<signature>[0-9a-f]{64})$/;

/** Whether a request claims to be signed. */
export const isSigned = (request: IncomingMessage): boolean => request.headers.authorization !== undefined;

/**
 * The access key that signed a request (Signature Version 4, AWS IAM user guide),
 * or undefined where the signature isn't one of `credentials` for this very request and about now.
 */
export async function signerOf(
  request: IncomingMessage,
  body: Buffer,
  credentials: Credentials | undefined,
  now = Date.now(),
): Promise<string | undefined> {
  const { key, region, service, names, signature } =
    AUTHORIZATION.exec(request.headers.authorization ?? '')?.groups ?? {};
  if (!credentials || key !== credentials.accessKeyId || service !== SERVICE) return undefined;
  const signedNames = names!.split(';');
  const signingDate = dateOf(request.headers['x-amz-date']);
  if (!signingDate || Math.abs(signingDate.getTime() - now) > TOLERANCE_MS) return undefined;
  if (!signedNames.includes('host') || !signedNames.includes('x-amz-date')) return undefined;
  // What a header tells of the body would stand for it in the signature.
  const told = request.headers['x-amz-content-sha256'];
  if (told !== undefined && told !== createHash('sha256').update(body).digest('hex')) return undefined;

  const signer = new SignatureV4({ service, region: region!, credentials, sha256: Sha256, applyChecksum: false });
  const { path, search } = targetOf(request);
  const again = await signer.sign(
    {
      method: request.method ?? 'POST',
      protocol: 'http:',
      hostname: request.headers.host ?? '',
      path,
      query: Object.fromEntries(new URLSearchParams(search)),
      headers: Object.fromEntries(signedNames.map((name) => [name, String(request.headers[name] ?? '')])),
      body,
    },
    { signingDate, signableHeaders: new Set(signedNames) },
  );
  const expected = AUTHORIZATION.exec(again.headers.authorization ?? '')?.groups?.signature ?? '';
  return timingSafeEqual(Buffer.from(expected.padEnd(64)), Buffer.from(signature!)) ? key : undefined;
}

/** `20261123T204500Z` */
function dateOf(header: string | string[] | undefined): Date | undefined {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(String(header ?? ''));
  if (!match) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  return new Date(Date.UTC(year, month - 1, day, hour, minute, second));
}
