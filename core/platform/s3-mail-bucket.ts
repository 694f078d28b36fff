import { GetObjectCommand, NoSuchKey, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { type MailBucket, MailMissingError } from './mail-bucket.ts';

/** The bucket that the SES receipt rule writes to, and where mail waits to be sent. */
export class S3MailBucket implements MailBucket {
  readonly #bucket: string;
  readonly #client: S3Client;

  constructor(bucket: string, client: S3Client) {
    this.#bucket = bucket;
    this.#client = client;
  }

  async read(key: string): Promise<Buffer> {
    try {
      const { Body } = await this.#client.send(new GetObjectCommand({ Bucket: this.#bucket, Key: key }));
      const bytes = await Body!.transformToByteArray();
      return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    } catch (cause) {
      if (cause instanceof NoSuchKey) throw new MailMissingError(`no mail ${key}`, { cause });
      throw cause;
    }
  }

  async write(key: string, raw: Uint8Array): Promise<void> {
    await this.#client.send(
      new PutObjectCommand({ Bucket: this.#bucket, Key: key, Body: raw, ContentType: 'message/rfc822' }),
    );
  }
}
