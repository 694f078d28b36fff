import { XMLParser } from 'fast-xml-parser';
import type { ServiceRequest, ServiceResponse } from '../endpoint/service.ts';
import type { StoredObject } from './object-store.ts';
import { S3Error } from './s3-error.ts';
import { type S3Context, xml } from './s3-protocol.ts';

/** Keys of one listing or of one batch delete (Amazon S3 API reference). */
const MAX_KEYS = 1000;

/** A thousand keys of 1 KB, escaped. */
const MAX_DELETE_BYTES = 8 * 1024 * 1024;

type BucketAction = (
  request: ServiceRequest,
  bucket: string,
  key: string,
  context: S3Context,
) => Promise<ServiceResponse>;

/** What can be done with a bucket, by method. */
export const bucketActions: Readonly<Record<string, BucketAction>> = {
  PUT: async (_request, bucket, _key, { store }) => {
    if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket)) {
      throw new S3Error(400, 'InvalidBucketName', 'The specified bucket is not valid.');
    }
    store.createBucket(bucket);
    return { status: 200, headers: { location: `/${bucket}` } };
  },

  HEAD: async (_request, bucket, _key, { store }) => ({ status: store.bucketExists(bucket) ? 200 : 404 }),

  GET: async (request, bucket, _key, context) => list(request, bucket, context),

  POST: async (request, bucket, _key, context) => {
    if (!request.url.searchParams.has('delete')) throw new S3Error(501, 'NotImplemented', 'Only ?delete is known.');
    return deleteMany(request, bucket, context);
  },
};

/** ListObjectsV2; a continuation token is the last key, in base64. */
function list(request: ServiceRequest, bucket: string, { store }: S3Context): ServiceResponse {
  const query = request.url.searchParams;
  if (query.get('list-type') !== '2') throw new S3Error(501, 'NotImplemented', 'Only ListObjectsV2 is known.');
  const token = query.get('continuation-token');
  const most = Math.min(Number(query.get('max-keys') ?? MAX_KEYS), MAX_KEYS);
  const prefix = query.get('prefix') ?? '';
  const listing = store.list(bucket, {
    prefix,
    delimiter: query.get('delimiter') || undefined,
    after: token === null ? (query.get('start-after') ?? undefined) : Buffer.from(token, 'base64url').toString(),
    most,
  });
  const encoded = query.get('encoding-type') === 'url' ? encodeURIComponent : (text: string): string => text;
  const contents = (object: StoredObject) => ({
    Key: encoded(object.key),
    LastModified: new Date(object.modifiedAt).toISOString(),
    ETag: `"${object.etag}"`,
    Size: object.size,
    StorageClass: 'STANDARD',
  });
  return xml(200, 'ListBucketResult', {
    Name: bucket,
    Prefix: encoded(prefix),
    KeyCount: listing.objects.length + listing.prefixes.length,
    MaxKeys: most,
    IsTruncated: listing.next !== undefined,
    NextContinuationToken: listing.next === undefined ? undefined : Buffer.from(listing.next).toString('base64url'),
    Contents: listing.objects.map(contents),
    CommonPrefixes: listing.prefixes.map((common) => ({ Prefix: encoded(common) })),
  });
}

async function deleteMany(request: ServiceRequest, bucket: string, { store }: S3Context): Promise<ServiceResponse> {
  const parser = new XMLParser({ isArray: (name) => name === 'Object', parseTagValue: false, htmlEntities: true });
  const body = parser.parse(await request.body(MAX_DELETE_BYTES)) as {
    Delete?: { Object?: { Key: string }[]; Quiet?: string };
  };
  const keys = (body.Delete?.Object ?? []).map((object) => object.Key);
  if (keys.length === 0 || keys.length > MAX_KEYS) {
    throw new S3Error(400, 'MalformedXML', `A batch deletes 1 to ${MAX_KEYS} objects.`);
  }
  for (const key of keys) await store.delete(bucket, key);
  const quiet = body.Delete?.Quiet === 'true';
  return xml(200, 'DeleteResult', { Deleted: quiet ? [] : keys.map((Key) => ({ Key })) });
}
