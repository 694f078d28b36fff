import type { ObjectTree } from '../../../core/mapi/object-tree.ts';
import * as types from '../../../core/mapi/object-types.ts';
import type { PropertyTag, PropertyValue } from '../../../core/mapi/property.ts';
import * as tags from '../../../core/mapi/tags.ts';
import { NAMED_TAGS } from './named-tags.ts';

/** A tree as the golden files have it: property names, binaries readable where they can be. */
export interface PrintedTree {
  readonly kind: string;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly children: readonly PrintedTree[];
}

const NAMES = new Map(
  Object.entries({ ...tags, ...NAMED_TAGS }).flatMap(([name, tag]): [PropertyTag, string][] =>
    typeof tag === 'number' ? [[tag, name]] : [],
  ),
);
const KINDS = new Map([
  [types.MAPI_MESSAGE, 'message'],
  [types.MAPI_MAILUSER, 'recipient'],
  [types.MAPI_DISTLIST, 'group'],
  [types.MAPI_ATTACH, 'attachment'],
]);

/** Random keys are left out. */
const RANDOM: ReadonlyMap<number, PropertyTag> = new Map([
  [types.MAPI_MESSAGE, tags.PR_SEARCH_KEY],
  [types.MAPI_ATTACH, tags.PR_RECORD_KEY],
]);

export const nameOf = (tag: PropertyTag): string => NAMES.get(tag) ?? `0x${tag.toString(16).padStart(8, '0')}`;

export const printTree = (tree: ObjectTree): PrintedTree => ({
  kind: KINDS.get(tree.kind) ?? String(tree.kind),
  properties: Object.fromEntries(
    [...tree.properties]
      .filter(([tag]) => RANDOM.get(tree.kind) !== tag)
      .map(([tag, value]): [string, unknown] => [nameOf(tag), printValue(value)])
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  ),
  children: tree.children.map(printTree),
});

function printValue(value: PropertyValue): unknown {
  if (typeof value === 'bigint') return new Date(Number(value / 10_000n - 11_644_473_600_000n)).toISOString();
  if (!Buffer.isBuffer(value)) return value;
  const text = value.toString('utf8');
  return /^[\x20-\x7e\r\n\t]*$/.test(text) ? { text } : { base64: value.toString('base64') };
}
