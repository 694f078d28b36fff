import { promisify } from 'node:util';
import { deflateRaw, inflateRaw } from 'node:zlib';
import type { Statements } from '../../platform/database.ts';

/*
 * Which messages a client has that syncs with a restriction. What no longer
 * meets the restriction must be taken from it, and what does so only now must
 * be given, whether it changed or not: the log of changes can't tell either. So
 * with each state (sync, change number) the source keys are kept, in a few
 * compressed rows. A state without rows is one without restriction: the client
 * has everything.
 */

/** Source keys of messages as texts of their bytes, which sets can hold. */
export type SourceKeySet = Set<string>;

export const sourceKeyText = (sourceKey: Uint8Array): string => Buffer.from(sourceKey).toString('latin1');
export const sourceKeyOfText = (text: string): Buffer => Buffer.from(text, 'latin1');

/** Bytes of source keys in a row before compression; in base64 even incompressible ones stay below the 64 KB of a result row. */
const PART_BYTES = 40_000;
/** Rows of one statement: their worst case stays below the 1 MiB of a response. */
const PAGE_PARTS = 16;
/**
 * States of a sync that are kept. A client whose sync broke off asks from the
 * state before once more; one that was restored from a backup, from an older one.
 */
const KEPT_STATES = 10;

const deflate = promisify<Uint8Array, Buffer>(deflateRaw);
const inflate = promisify<Uint8Array, Buffer>(inflateRaw);

/** What the client has in a state; undefined for a state without restriction. */
export async function readSyncContent(
  statements: Statements,
  syncId: number,
  changeId: number,
): Promise<SourceKeySet | undefined> {
  const keys: SourceKeySet = new Set();
  for (let last = -1; ; ) {
    const rows = await statements.query<{ part: number; source_keys: Buffer }>(
      `SELECT part, source_keys FROM sync_content WHERE sync_id = :syncId AND change_id = :changeId AND part > :last
       ORDER BY part LIMIT ${PAGE_PARTS}`,
      { syncId, changeId, last },
    );
    for (const row of rows) for (const key of unpack(await inflate(row.source_keys))) keys.add(key);
    if (rows.length === 0) return last < 0 ? undefined : keys;
    if (rows.length < PAGE_PARTS) return keys;
    last = rows.at(-1)!.part;
  }
}

/** Keeps what the client has in a new state, and forgets states that it can't come back to. */
export async function keepSyncContent(
  statements: Statements,
  state: { readonly syncId: number; readonly from: number; readonly changeId: number },
  keys: SourceKeySet,
): Promise<void> {
  await forgetSyncContent(statements, state.syncId, state.from);
  const parts = await Promise.all(pack(keys).map((part) => deflate(part)));
  await statements.batch(
    `INSERT INTO sync_content (sync_id, change_id, part, source_keys) VALUES (:syncId, :changeId, :part, :sourceKeys)
     ON DUPLICATE KEY UPDATE source_keys = VALUES(source_keys)`,
    parts.map((sourceKeys, part) => ({ syncId: state.syncId, changeId: state.changeId, part, sourceKeys })),
  );
}

/** Forgets the states that came after one the client went on from, and those long before it. */
export async function forgetSyncContent(statements: Statements, syncId: number, from: number): Promise<void> {
  await statements.execute(
    `DELETE FROM sync_content WHERE sync_id = :syncId AND (change_id > :from OR change_id < COALESCE((
      SELECT oldest.change_id FROM (
        SELECT DISTINCT change_id FROM sync_content WHERE sync_id = :syncId AND change_id <= :from
        ORDER BY change_id DESC LIMIT 1 OFFSET ${KEPT_STATES - 1}
      ) oldest), 0))`,
    { syncId, from },
  );
}

/** Each key behind its length in a byte; at least one part, since no rows mean no restriction. */
function pack(keys: SourceKeySet): Buffer[] {
  const parts: Buffer[] = [];
  let pieces: Buffer[] = [];
  let bytes = 0;
  for (const text of keys) {
    const key = sourceKeyOfText(text);
    if (bytes + 1 + key.length > PART_BYTES) {
      parts.push(Buffer.concat(pieces));
      pieces = [];
      bytes = 0;
    }
    pieces.push(Buffer.of(key.length), key);
    bytes += 1 + key.length;
  }
  return [...parts, Buffer.concat(pieces)];
}

function* unpack(part: Buffer): Generator<string> {
  for (let position = 0; position < part.length; ) {
    const size = part[position]!;
    yield part.toString('latin1', position + 1, position + 1 + size);
    position += 1 + size;
  }
}
