import { closeSync, openSync, renameSync, statSync, writeSync } from 'node:fs';
import type { Readable } from 'node:stream';

/** With the file before it, a log takes twice as much of the disk at most. */
const MAX_FILE_BYTES = 10 * 1024 * 1024;

/** A log file that begins anew when it is full and keeps the full one as `<file>.1`. */
export class RotatingFile {
  readonly #file: string;
  #descriptor: number;
  #size: number;
  #closed = false;

  constructor(file: string) {
    this.#file = file;
    this.#descriptor = openSync(file, 'a', 0o600);
    this.#size = statSync(file).size;
  }

  /** What comes after {@link close} is dropped: the last words of a process may arrive late. */
  write(chunk: string | Uint8Array): void {
    if (this.#closed) return;
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    if (this.#size > 0 && this.#size + bytes.byteLength > MAX_FILE_BYTES) this.#rotate();
    writeSync(this.#descriptor, bytes);
    this.#size += bytes.byteLength;
  }

  /** Writes all that a process says. */
  follow(stream: Readable): void {
    stream.on('data', (chunk: Buffer) => this.write(chunk));
  }

  close(): void {
    this.#closed = true;
    closeSync(this.#descriptor);
  }

  #rotate(): void {
    closeSync(this.#descriptor);
    renameSync(this.#file, `${this.#file}.1`);
    this.#descriptor = openSync(this.#file, 'a', 0o600);
    this.#size = 0;
  }
}
