import { S3Client } from '@aws-sdk/client-s3';

/**
 * An S3 client that honours AWS_ENDPOINT_URL. Another endpoint than Amazon's
 * has no DNS names for buckets, so the bucket then goes into the path.
 */
export function openS3(): S3Client {
  const elsewhere = process.env.AWS_ENDPOINT_URL_S3 ?? process.env.AWS_ENDPOINT_URL;
  return new S3Client({ forcePathStyle: elsewhere !== undefined });
}
