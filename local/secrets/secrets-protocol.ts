import { randomUUID } from 'node:crypto';
import type { Service, ServiceResponse } from '../endpoint/service.ts';

const MAX_REQUEST_BYTES = 64 * 1024;

/**
 * Secrets Manager as far as functions use it: GetSecretValue (AWS JSON 1.1). The
 * secrets are read anew for each request, as a rotated one is in the cloud.
 */
export function secretsService(secretOf: (arn: string) => string | undefined): Service {
  return async (request) => {
    const target = String(request.headers['x-amz-target'] ?? '');
    if (request.method !== 'POST' || target !== 'secretsmanager.GetSecretValue')
      return failure('UnknownOperationException', 'Only GetSecretValue is known here.');
    let id: unknown;
    try {
      id = (JSON.parse((await request.body(MAX_REQUEST_BYTES)).toString('utf8')) as { SecretId?: unknown }).SecretId;
    } catch {
      return failure('SerializationException', 'The request is no JSON.');
    }
    const secret = typeof id === 'string' ? secretOf(id) : undefined;
    if (secret === undefined) return failure('ResourceNotFoundException', 'There is no such secret.');
    return answer(200, { ARN: id, Name: id, SecretString: secret, VersionId: randomUUID() });
  };
}

const failure = (type: string, message: string): ServiceResponse => answer(400, { __type: type, message });

const answer = (status: number, body: object): ServiceResponse => ({
  status,
  headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': randomUUID() },
  body: JSON.stringify(body),
});
