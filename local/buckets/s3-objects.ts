import type { FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { ServiceRequest, ServiceResponse } from '../endpoint/service.ts';
import { decodeAwsChunked } from './aws-chunked.ts';
import type { Digests } from './digests.ts';
import type { ObjectMetadata, StoredObject } from './object-store.ts';
import { S3Error } from './s3-error.ts';
import { type S3Context, xml } from './s3-protocol.ts';

type ObjectAction = (
  request: ServiceRequest,
  bucket: string,
  key: string,
  context: S3Context,
) => Promise<ServiceResponse>;

/** What can be done with one object, by method. */
export const objectActions: Readonly<Record<string, ObjectAction>> = {
  PUT: (request, bucket, key, context) =>
    request.headers['x-amz-copy-source'] === undefined
      ? put(request, bucket, key, context)
      : copy(request, bucket, key, context),

  GET: async (request, bucket, key, { store }) => {
    const { object, content } = await store.open(bucket, key);
    try {
      return await getResponse(request, object, content);
    } catch (error) {
      await content.close();
      throw error;
    }
  },

  HEAD: async (request, bucket, key, { store }) => {
    const object = store.head(bucket, key);
    if (isNotModified(request, object)) return { status: 304, headers: objectHeaders(object, request) };
    return { status: 200, headers: { ...objectHeaders(object, request), 'content-length': String(object.size) } };
  },

  DELETE: async (_request, bucket, key, { store }) => {
    await store.delete(bucket, key);
    return { status: 204 };
  },
};

async function put(
  request: ServiceRequest,
  bucket: string,
  key: string,
  { store, created }: S3Context,
): Promise<ServiceResponse> {
  const trailers: Record<string, string> = {};
  const chunked = String(request.headers['x-amz-content-sha256'] ?? '').startsWith('STREAMING-');
  const content = chunked ? decodeAwsChunked(request.stream, trailers) : request.stream;
  const object = await store.put(bucket, key, content, metadataOf(request), {
    ifAbsent: request.headers['if-none-match'] === '*',
    check: (digests) => checkDigests(request, trailers, digests),
  });
  await created(bucket, key);
  return { status: 200, headers: { etag: `"${object.etag}"`, 'x-amz-checksum-crc32': object.crc32 } };
}

async function copy(
  request: ServiceRequest,
  bucket: string,
  key: string,
  { store, created }: S3Context,
): Promise<ServiceResponse> {
  const source = decodeURIComponent(String(request.headers['x-amz-copy-source'])).replace(/^\//, '');
  const slash = source.indexOf('/');
  const { object: original, content } = await store.open(source.slice(0, slash), source.slice(slash + 1));
  const replace = request.headers['x-amz-metadata-directive'] === 'REPLACE';
  const stream = content.createReadStream() as AsyncIterable<Uint8Array>;
  const object = await store.put(bucket, key, stream, replace ? metadataOf(request) : original);
  await created(bucket, key);
  return xml(200, 'CopyObjectResult', {
    ETag: `"${object.etag}"`,
    LastModified: new Date(object.modifiedAt).toISOString(),
  });
}

async function getResponse(
  request: ServiceRequest,
  object: StoredObject,
  content: FileHandle,
): Promise<ServiceResponse> {
  const headers = objectHeaders(object, request);
  if (isNotModified(request, object)) {
    await content.close();
    return { status: 304, headers };
  }
  const range = rangeOf(request, object.size);
  if (range === undefined) {
    const body = object.size > 0 ? content.createReadStream() : await emptied(content);
    return { status: 200, headers: { ...headers, 'content-length': String(object.size) }, body };
  }
  const { 'x-amz-checksum-crc32': _whole, ...rangeHeaders } = headers;
  return {
    status: 206,
    headers: {
      ...rangeHeaders,
      'content-length': String(range.end - range.start + 1),
      'content-range': `bytes ${range.start}-${range.end}/${object.size}`,
    },
    body: content.createReadStream(range),
  };
}

async function emptied(content: FileHandle): Promise<Readable> {
  await content.close();
  return Readable.from([]);
}

/** `bytes=first-last`, `bytes=first-` or `bytes=-length`; other ranges are ignored, as HTTP allows. */
function rangeOf(request: ServiceRequest, size: number): { start: number; end: number } | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(request.headers.range ?? '');
  if (!match || (match[1] === '' && match[2] === '')) return undefined;
  const start = match[1] === '' ? Math.max(0, size - Number(match[2])) : Number(match[1]);
  const end = match[1] === '' || match[2] === '' ? size - 1 : Math.min(Number(match[2]), size - 1);
  if (start > end) throw new S3Error(416, 'InvalidRange', 'The requested range is not satisfiable.');
  return { start, end };
}

function isNotModified(request: ServiceRequest, object: StoredObject): boolean {
  return request.headers['if-none-match'] === `"${object.etag}"`;
}

function metadataOf(request: ServiceRequest): ObjectMetadata {
  const prefix = 'x-amz-meta-';
  const user = Object.entries(request.headers)
    .filter(([name]) => name.startsWith(prefix))
    .map(([name, value]) => [name.slice(prefix.length), String(value)] as const);
  return {
    contentType: request.headers['content-type'] ?? 'binary/octet-stream',
    user: Object.fromEntries(user),
  };
}

function objectHeaders(object: StoredObject, request: ServiceRequest): Record<string, string> {
  const checksums = request.headers['x-amz-checksum-mode'] === 'ENABLED';
  return {
    etag: `"${object.etag}"`,
    'last-modified': new Date(object.modifiedAt).toUTCString(),
    'content-type': object.contentType,
    'accept-ranges': 'bytes',
    ...(checksums && { 'x-amz-checksum-crc32': object.crc32 }),
    ...Object.fromEntries(Object.entries(object.user).map(([name, value]) => [`x-amz-meta-${name}`, value])),
  };
}

/** Digests that a client may send along, before or behind the content. */
function checkDigests(request: ServiceRequest, trailers: Readonly<Record<string, string>>, digests: Digests): void {
  const said = (name: string): string | undefined => trailers[name] ?? (request.headers[name] as string | undefined);
  const pairs: [string | undefined, string][] = [
    [said('content-md5'), digests.md5.toString('base64')],
    [said('x-amz-checksum-crc32'), digests.crc32.toString('base64')],
    [said('x-amz-checksum-sha256'), digests.sha256.toString('base64')],
  ];
  for (const [expected, actual] of pairs) {
    if (expected !== undefined && expected !== actual) {
      throw new S3Error(400, 'BadDigest', 'The checksum that came along is not the checksum of the content.');
    }
  }
}
