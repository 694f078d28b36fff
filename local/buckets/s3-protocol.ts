import { randomUUID } from 'node:crypto';
import { BodyTooLargeError, type Service, type ServiceRequest, type ServiceResponse } from '../endpoint/service.ts';
import { toXml } from '../endpoint/xml.ts';
import { BucketMissingError, ObjectExistsError, ObjectMissingError, type ObjectStore } from './object-store.ts';
import { bucketActions } from './s3-buckets.ts';
import { S3Error } from './s3-error.ts';
import { objectActions } from './s3-objects.ts';

/** Called after an object has been created; the answer to its creator waits for it. */
export type ObjectCreated = (bucket: string, key: string) => Promise<void>;

export interface S3Context {
  readonly store: ObjectStore;
  readonly created: ObjectCreated;
}

/** S3 with buckets in the path: objects whole or by range, listings, copies, batch deletes; no multipart uploads. */
export function s3Service(context: S3Context): Service {
  return async (request) => {
    try {
      return withRequestId(await answerTo(request, context));
    } catch (error) {
      return withRequestId(failure(error, request));
    }
  };
}

function answerTo(request: ServiceRequest, context: S3Context): Promise<ServiceResponse> {
  const [, bucket = '', ...rest] = request.path.split('/');
  const key = decode(rest.join('/'));
  if (bucket === '') throw new S3Error(501, 'NotImplemented', 'Buckets are made by the instance itself.');
  const actions = key === '' ? bucketActions : objectActions;
  const action = Object.hasOwn(actions, request.method) ? actions[request.method] : undefined;
  const unknown = ['uploads', 'uploadId', 'acl', 'tagging', 'notification', 'policy', 'versions', 'lifecycle'];
  if (!action || unknown.some((parameter) => request.url.searchParams.has(parameter))) {
    throw new S3Error(501, 'NotImplemented', 'The local cloud does not do this.');
  }
  return action(request, decode(bucket), key, context);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new S3Error(400, 'InvalidURI', 'The path is not percent-encoded UTF-8.');
  }
}

function failure(error: unknown, request: ServiceRequest): ServiceResponse {
  if (error instanceof S3Error) return errorResponse(error, request);
  if (error instanceof ObjectMissingError) {
    return errorResponse(new S3Error(404, 'NoSuchKey', 'The specified key does not exist.'), request);
  }
  if (error instanceof BucketMissingError) {
    return errorResponse(new S3Error(404, 'NoSuchBucket', 'The specified bucket does not exist.'), request);
  }
  if (error instanceof ObjectExistsError) {
    return errorResponse(new S3Error(412, 'PreconditionFailed', 'The object exists already.'), request);
  }
  if (error instanceof BodyTooLargeError) {
    return errorResponse(new S3Error(400, 'MaxMessageLengthExceeded', error.message), request);
  }
  throw error;
}

function errorResponse(error: S3Error, request: ServiceRequest): ServiceResponse {
  // The answer to a HEAD request has no body; clients go by its status.
  if (request.method === 'HEAD') return { status: error.status };
  return xml(error.status, 'Error', { Code: error.code, Message: error.message });
}

export function xml(status: number, root: string, tree: Parameters<typeof toXml>[1]): ServiceResponse {
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n${toXml(root, tree)}`;
  return { status, headers: { 'content-type': 'application/xml' }, body };
}

function withRequestId(response: ServiceResponse): ServiceResponse {
  return { ...response, headers: { ...response.headers, 'x-amz-request-id': randomUUID() } };
}
