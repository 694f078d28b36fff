import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { Digests } from './digests.ts';

export class BucketMissingError extends Error {
  override readonly name = 'BucketMissingError';
}

export class ObjectMissingError extends Error {
  override readonly name = 'ObjectMissingError';
}

/** `ifAbsent` was asked for and the object exists. */
export class ObjectExistsError extends Error {
  override readonly name = 'ObjectExistsError';
}

export interface ObjectMetadata {
  readonly contentType: string;
  /** User metadata, without the prefix that it has on the wire. */
  readonly user: Readonly<Record<string, string>>;
}

export interface StoredObject extends ObjectMetadata {
  readonly bucket: string;
  readonly key: string;
  readonly size: number;
  /** MD5 in hex, without quotes. */
  readonly etag: string;
  /** CRC-32 and SHA-256 of the content, base64. */
  readonly crc32: string;
  readonly sha256: string;
  readonly modifiedAt: number;
}

export interface Listing {
  readonly objects: readonly StoredObject[];
  readonly prefixes: readonly string[];
  /** The key after which to go on, or undefined at the end. */
  readonly next: string | undefined;
}

type ObjectRow = {
  bucket: string;
  key: string;
  file: string;
  size: number;
  etag: string;
  crc32: string;
  sha256: string;
  modified_at: number;
  content_type: string;
  user_metadata: string;
};

/** Sorts behind all that a key can go on with. */
const LAST_CHARACTER = '\u{10ffff}';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS bucket (name TEXT PRIMARY KEY, created_at INTEGER NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS object (
    bucket TEXT NOT NULL REFERENCES bucket(name),
    key TEXT NOT NULL,
    file TEXT NOT NULL UNIQUE,
    size INTEGER NOT NULL,
    etag TEXT NOT NULL,
    crc32 TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    modified_at INTEGER NOT NULL,
    content_type TEXT NOT NULL,
    user_metadata TEXT NOT NULL,
    PRIMARY KEY (bucket, key)
  ) STRICT, WITHOUT ROWID;
`;

/**
 * Buckets and objects: each content in a file of its own that is never
 * changed, names and metadata in SQLite. A file is on the disk before the row
 * that names it, so a crash leaves at worst a file without a row, which the
 * next start removes.
 */
export class ObjectStore {
  readonly #db: DatabaseSync;
  readonly #folder: string;
  readonly #durable: boolean;
  readonly #statements = new Map<string, StatementSync>();

  /** @param durable false spares the flushes to disk, where the whole directory is thrown away anyway */
  constructor(folder: string, options: { readonly durable?: boolean } = {}) {
    this.#folder = folder;
    this.#durable = options.durable !== false;
    mkdirSync(path.join(folder, 'content'), { recursive: true });
    this.#db = new DatabaseSync(path.join(folder, 'objects.db'));
    this.#db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${this.#durable ? 'FULL' : 'OFF'};`);
    this.#db.exec(SCHEMA);
    this.#removeStrays();
  }

  close(): void {
    this.#db.close();
  }

  createBucket(name: string): void {
    this.#prepare('INSERT OR IGNORE INTO bucket VALUES (?, ?)').run(name, Date.now());
  }

  bucketExists(name: string): boolean {
    return this.#prepare('SELECT 1 FROM bucket WHERE name = ?').get(name) !== undefined;
  }

  /** Stores an object. `check` sees the digests before the object exists, and refuses it by throwing. */
  async put(
    bucket: string,
    key: string,
    content: Uint8Array | AsyncIterable<Uint8Array>,
    metadata: ObjectMetadata,
    options: { readonly ifAbsent?: boolean; readonly check?: (digests: Digests) => void } = {},
  ): Promise<StoredObject> {
    this.#requireBucket(bucket);
    const file = randomUUID();
    const place = this.#placeOf(file);
    const digests = new Digests();
    try {
      await this.#write(place, content instanceof Uint8Array ? [content] : content, digests);
      options.check?.(digests);
      return this.#insert(bucket, key, file, digests, metadata, options.ifAbsent === true);
    } catch (error) {
      await rm(place, { force: true });
      await rm(`${place}.part`, { force: true });
      throw error;
    }
  }

  async #write(
    place: string,
    content: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
    digests: Digests,
  ): Promise<void> {
    const part = await open(`${place}.part`, 'wx', 0o600);
    try {
      for await (const chunk of content) {
        digests.update(chunk);
        await writeWhole(part, chunk);
      }
      digests.finish();
      if (this.#durable) await part.datasync();
    } finally {
      await part.close();
    }
    await rename(`${place}.part`, place);
    if (this.#durable) await syncFolder(path.dirname(place));
  }

  #insert(
    bucket: string,
    key: string,
    file: string,
    digests: Digests,
    metadata: ObjectMetadata,
    ifAbsent: boolean,
  ): StoredObject {
    const old = this.#row(bucket, key);
    if (old && ifAbsent) throw new ObjectExistsError(`${bucket}/${key} exists`);
    const row: ObjectRow = {
      bucket,
      key,
      file,
      size: digests.size,
      etag: digests.md5.toString('hex'),
      crc32: digests.crc32.toString('base64'),
      sha256: digests.sha256.toString('base64'),
      modified_at: Date.now(),
      content_type: metadata.contentType,
      user_metadata: JSON.stringify(metadata.user),
    };
    this.#prepare(
      `INSERT OR REPLACE INTO object VALUES
         (:bucket, :key, :file, :size, :etag, :crc32, :sha256, :modified_at, :content_type, :user_metadata)`,
    ).run(row);
    if (old) void rm(this.#placeOf(old.file), { force: true });
    return objectOf(row);
  }

  /** Throws {@link ObjectMissingError}. */
  head(bucket: string, key: string): StoredObject {
    return objectOf(this.#requireRow(bucket, key));
  }

  async read(bucket: string, key: string): Promise<Buffer> {
    const { content } = await this.open(bucket, key);
    try {
      return await content.readFile();
    } finally {
      await content.close();
    }
  }

  /** An object and its open content, which the caller closes. The two belong together even if the object is replaced. */
  async open(bucket: string, key: string): Promise<{ object: StoredObject; content: FileHandle }> {
    while (true) {
      const row = this.#requireRow(bucket, key);
      try {
        return { object: objectOf(row), content: await open(this.#placeOf(row.file)) };
      } catch (error) {
        // Replaced or deleted since its row was read: look again.
        if (this.#row(bucket, key)?.file === row.file) throw error;
      }
    }
  }

  /** Deletes an object; a missing one is no error. */
  async delete(bucket: string, key: string): Promise<void> {
    this.#requireBucket(bucket);
    const row = this.#row(bucket, key);
    if (!row) return;
    this.#prepare('DELETE FROM object WHERE bucket = ? AND key = ?').run(bucket, key);
    await rm(this.#placeOf(row.file), { force: true });
  }

  /** Objects in the order of their keys' bytes. A delimiter rolls up what lies behind it. */
  list(
    bucket: string,
    options: {
      readonly prefix?: string;
      readonly delimiter?: string | undefined;
      readonly after?: string | undefined;
      readonly most?: number;
    } = {},
  ): Listing {
    this.#requireBucket(bucket);
    const { prefix = '', delimiter, most = 1000 } = options;
    const objects: StoredObject[] = [];
    const prefixes: string[] = [];
    let after = options.after ?? '';
    while (objects.length + prefixes.length < most) {
      const row = this.#nextRow(bucket, prefix, after);
      if (!row) return { objects, prefixes, next: undefined };
      const cut = delimiter ? row.key.indexOf(delimiter, prefix.length) : -1;
      if (cut < 0) {
        objects.push(objectOf(row));
        after = row.key;
      } else {
        const rolled = row.key.slice(0, cut + delimiter!.length);
        prefixes.push(rolled);
        // Beyond every key that begins with the rolled-up prefix.
        after = rolled + LAST_CHARACTER;
      }
    }
    return { objects, prefixes, next: this.#nextRow(bucket, prefix, after) ? after : undefined };
  }

  #nextRow(bucket: string, prefix: string, after: string): ObjectRow | undefined {
    return this.#prepare(
      'SELECT * FROM object WHERE bucket = ? AND key > ? AND key >= ? AND key < ? ORDER BY key LIMIT 1',
    ).get(bucket, after, prefix, prefix + LAST_CHARACTER) as ObjectRow | undefined;
  }

  #requireBucket(bucket: string): void {
    if (!this.bucketExists(bucket)) throw new BucketMissingError(`There is no bucket ${bucket}.`);
  }

  #requireRow(bucket: string, key: string): ObjectRow {
    this.#requireBucket(bucket);
    const row = this.#row(bucket, key);
    if (!row) throw new ObjectMissingError(`There is no object ${bucket}/${key}.`);
    return row;
  }

  #row(bucket: string, key: string): ObjectRow | undefined {
    return this.#prepare('SELECT * FROM object WHERE bucket = ? AND key = ?').get(bucket, key) as ObjectRow | undefined;
  }

  #placeOf(file: string): string {
    return path.join(this.#folder, 'content', file);
  }

  #removeStrays(): void {
    const folder = path.join(this.#folder, 'content');
    const known = this.#prepare('SELECT 1 FROM object WHERE file = ?');
    for (const file of readdirSync(folder)) {
      if (known.get(file) === undefined) rmSync(path.join(folder, file), { force: true });
    }
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = this.#db.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}

function objectOf(row: ObjectRow): StoredObject {
  return {
    bucket: row.bucket,
    key: row.key,
    size: row.size,
    etag: row.etag,
    crc32: row.crc32,
    sha256: row.sha256,
    modifiedAt: row.modified_at,
    contentType: row.content_type,
    user: JSON.parse(row.user_metadata) as Record<string, string>,
  };
}

async function writeWhole(file: FileHandle, chunk: Uint8Array): Promise<void> {
  let done = 0;
  while (done < chunk.byteLength) done += (await file.write(chunk, done)).bytesWritten;
}

/** A new name is durable only once its folder is. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
