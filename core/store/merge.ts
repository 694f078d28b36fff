import { type Properties, type Property, type PropertyTag, propertyId, unicodeTag } from '../mapi/property.ts';
import { PR_SOURCE_KEY } from '../mapi/tags.ts';
import type { Platform } from '../platform/platform.ts';
import { type LargeValue, propertiesFromRest, unpackProperties } from './property-document.ts';
import { isRemovable, isWritable, type SaveCircumstances } from './property-rules.ts';
import { ROW_TAGS } from './row-properties.ts';
import type { SaveTree } from './save-tree.ts';

/** Properties of an object while they are being changed. */
export interface Draft {
  readonly values: Properties;
  /** Large values that stay in their blobs. */
  readonly large: Map<PropertyTag, LargeValue>;
}

/** The draft of an existing row. */
export async function draftOf(platform: Platform, props: string, overflow: string | null): Promise<Draft> {
  const { values, large, rest } = unpackProperties(props, overflow);
  if (rest !== undefined)
    for (const [tag, value] of propertiesFromRest(await platform.blobs.get(rest))) values.set(tag, value);
  return { values, large };
}

export const emptyDraft = (): Draft => ({ values: new Map(), large: new Map() });

/** What a save wrote of the properties that lie in columns. */
export type ColumnWrites = Properties;

/**
 * Applies a client's removals and values to a draft, by the rules of what may be
 * written; the first of several values with one tag counts (observed on 11.0.2).
 * Answers what was meant for columns.
 */
export function applyChanges(draft: Draft, tree: SaveTree, circumstances: SaveCircumstances): ColumnWrites {
  for (const tag of tree.removed) if (isRemovable(tag)) removeById(draft, tag);
  const columns: Properties = new Map();
  const seen = new Set<PropertyTag>();
  for (const property of tree.properties) {
    const tag = unicodeTag(property.tag);
    if (seen.has(tag) || !isWritable(tag, circumstances)) continue;
    seen.add(tag);
    if (ROW_TAGS.has(tag) || tag === PR_SOURCE_KEY) columns.set(tag, property.value);
    else setValue(draft, { tag, value: property.value });
  }
  return columns;
}

function setValue(draft: Draft, { tag, value }: Property): void {
  draft.large.delete(tag);
  // A multi-valued property without values is none (observed on 11.0.2).
  if (Array.isArray(value) && value.length === 0) draft.values.delete(tag);
  else draft.values.set(tag, value);
}

/** Removals name the property; its type doesn't matter. */
function removeById(draft: Draft, tag: PropertyTag): void {
  const id = propertyId(tag);
  for (const kept of [...draft.values.keys()]) if (propertyId(kept) === id) draft.values.delete(kept);
  for (const kept of [...draft.large.keys()]) if (propertyId(kept) === id) draft.large.delete(kept);
}
