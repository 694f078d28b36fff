import { createHash } from 'node:crypto';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  NoSuchKey,
  PutObjectCommand,
  paginateListObjectsV2,
  type S3Client,
} from '@aws-sdk/client-s3';
import { BlobMissingError, type Blobs, type StoredBlob } from './blobs.ts';

/** Blobs as objects of a bucket; the key is the SHA-256 of the value. */
export class S3Blobs implements Blobs {
  readonly #bucket: string;
  readonly #client: S3Client;

  constructor(bucket: string, client: S3Client) {
    this.#bucket = bucket;
    this.#client = client;
  }

  /**
   * Writes even if the bucket has the value already: that renews its age, and
   * the sweep of orphans spares what is young.
   */
  async put(value: Uint8Array): Promise<string> {
    const digest = createHash('sha256').update(value).digest();
    const name = digest.toString('hex');
    await this.#client.send(
      new PutObjectCommand({
        Bucket: this.#bucket,
        Key: name,
        Body: value,
        ContentType: 'application/octet-stream',
        ChecksumSHA256: digest.toString('base64'),
      }),
    );
    return name;
  }

  async get(name: string): Promise<Buffer> {
    try {
      const { Body } = await this.#client.send(new GetObjectCommand({ Bucket: this.#bucket, Key: name }));
      const bytes = await Body!.transformToByteArray();
      return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    } catch (cause) {
      if (cause instanceof NoSuchKey) throw new BlobMissingError(`no blob ${name}`, { cause });
      throw cause;
    }
  }

  async delete(name: string): Promise<void> {
    await this.#client.send(new DeleteObjectCommand({ Bucket: this.#bucket, Key: name }));
  }

  async *list(): AsyncIterable<readonly StoredBlob[]> {
    const pages = paginateListObjectsV2({ client: this.#client }, { Bucket: this.#bucket });
    for await (const { Contents = [] } of pages)
      yield Contents.map(({ Key, LastModified }) => ({ name: Key!, storedAt: LastModified!.getTime() }));
  }
}
