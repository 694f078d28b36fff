import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** Size and digests of a content as it passes by. */
export class Digests {
  #md5 = createHash('md5');
  #sha256 = createHash('sha256');
  #crc32 = 0;
  size = 0;
  md5: Buffer = Buffer.alloc(0);
  sha256: Buffer = Buffer.alloc(0);
  crc32: Buffer = Buffer.alloc(4);

  update(chunk: Uint8Array): void {
    this.#md5.update(chunk);
    this.#sha256.update(chunk);
    this.#crc32 = crc32(chunk, this.#crc32);
    this.size += chunk.byteLength;
  }

  finish(): void {
    this.md5 = this.#md5.digest();
    this.sha256 = this.#sha256.digest();
    this.crc32.writeUInt32BE(this.#crc32);
  }
}
