import { createHash } from 'node:crypto';
import { toJson } from '../table/state-json.ts';
import type { TableState } from '../table/table-state.ts';

/*
 * Which objects a watched table showed when its client was last told. What
 * happened to an object tells whether it came or went, but not whether it met a
 * restriction before; of tables with one, their rows are remembered.
 */

/** What is kept of a watched table besides how far it was told. */
export interface Remembered {
  /** Names what the table lists and by which restriction: rows of another list say nothing. */
  readonly list: string;
  /** Numbers of the objects; absent where they are too many, or events tell enough. */
  readonly members?: ReadonlySet<number> | undefined;
}

/** Rows that are remembered. They take two or three bytes each, of the 64 KB that the table's state shares with them. */
export const MOST_MEMBERS = 2_000;

/** Characters of a digest that tell the lists of one table apart. */
const DIGEST_CHARACTERS = 16;

/** The name of what a table lists; columns and order don't matter. */
export const listName = ({ subject, restriction }: TableState): string =>
  createHash('sha256')
    .update(JSON.stringify(toJson({ subject, restriction })))
    .digest('base64')
    .slice(0, DIGEST_CHARACTERS);

export const encodeRemembered = ({ list, members }: Remembered): string =>
  JSON.stringify({ list, ...(members && { members: pack(members) }) });

export function decodeRemembered(text: string): Remembered {
  const { list = '', members } = JSON.parse(text) as { list?: string; members?: string };
  return { list, ...(members !== undefined && { members: unpack(members) }) };
}

const LOW_BITS = 0x7f;
const CONTINUES = 0x80;

/** Ascending numbers as their differences, seven bits a byte. */
function pack(members: ReadonlySet<number>): string {
  const bytes: number[] = [];
  let last = 0;
  for (const id of [...members].sort((one, other) => one - other)) {
    let difference = id - last;
    for (; difference > LOW_BITS; difference = Math.floor(difference / CONTINUES))
      bytes.push((difference % CONTINUES) | CONTINUES);
    bytes.push(difference);
    last = id;
  }
  return Buffer.from(bytes).toString('base64');
}

function unpack(text: string): Set<number> {
  const members = new Set<number>();
  let id = 0;
  let difference = 0;
  let scale = 1;
  for (const byte of Buffer.from(text, 'base64')) {
    difference += (byte & LOW_BITS) * scale;
    scale *= CONTINUES;
    if (byte & CONTINUES) continue;
    id += difference;
    members.add(id);
    difference = 0;
    scale = 1;
  }
  return members;
}
