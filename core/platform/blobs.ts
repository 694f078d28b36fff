/** The blob port: immutable values too large for a row, named by their SHA-256 (lower-case hex). */
export interface Blobs {
  /** Stores a value and answers its name. Storing the same value again is harmless. */
  put(value: Uint8Array): Promise<string>;
  /** The value of a name; throws {@link BlobMissingError}. */
  get(name: string): Promise<Buffer>;
  /** Deletes a value; a missing one is no error. */
  delete(name: string): Promise<void>;
  /** All values, with when they were last stored (ms since 1970), in pages. */
  list(): AsyncIterable<readonly StoredBlob[]>;
}

export interface StoredBlob {
  readonly name: string;
  readonly storedAt: number;
}

/** A row names a blob that the bucket doesn't hold. */
export class BlobMissingError extends Error {
  override readonly name = 'BlobMissingError';
}
