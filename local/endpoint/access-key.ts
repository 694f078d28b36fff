import { timingSafeEqual } from 'node:crypto';

/** What the Authorization header of a signed request says of its signer and of what it was signed for. */
export interface SignatureScope {
  readonly accessKeyId: string;
  /** `s3`, `sqs`, `rds-data`, … */
  readonly service: string;
}

/** Reads `AWS4-HMAC-SHA256 Credential=KEY/20260801/eu-central-1/sqs/aws4_request, …` */
export function scopeOf(authorization: string | undefined): SignatureScope | undefined {
  const match = /^AWS4-HMAC-SHA256 Credential=([^/,]+)\/\d{8}\/[^/,]+\/([^/,]+)\/aws4_request/.exec(
    authorization ?? '',
  );
  return match ? { accessKeyId: match[1]!, service: match[2]! } : undefined;
}

/** Whether a scope names this key; takes as long for a wrong key as for the right one. */
export function isSignedWith(scope: SignatureScope | undefined, accessKeyId: string): scope is SignatureScope {
  if (!scope) return false;
  const [given, expected] = [Buffer.from(scope.accessKeyId), Buffer.from(accessKeyId)];
  return given.length === expected.length && timingSafeEqual(given, expected);
}
