import type { Properties, PropertyTag, PropertyValue } from '../../mapi/property.ts';
import { unicodeTag } from '../../mapi/property.ts';
import * as tags from '../../mapi/tags.ts';
import { instanceKeyOf } from '../load.ts';
import { capped } from './cells.ts';
import type { MemoryRow } from './memory-source.ts';

/** A row that is just a set of properties, by Unicode tags; its instance key follows from its number. */
export function propertyRow(id: number, properties: Properties): MemoryRow {
  if (!properties.has(tags.PR_INSTANCE_KEY)) properties.set(tags.PR_INSTANCE_KEY, instanceKeyOf(id));
  const whole = (tag: PropertyTag): PropertyValue | undefined => properties.get(unicodeTag(tag));
  const value = (tag: PropertyTag): PropertyValue | undefined => {
    const found = whole(tag);
    return found === undefined ? undefined : capped(tag, found);
  };
  return { id, value, whole, tags: () => properties.keys() };
}

/** Properties of a list that leaves out what is missing. */
export const propertiesOf = (list: readonly (readonly [PropertyTag, PropertyValue | null | undefined])[]): Properties =>
  new Map(
    list.filter((entry): entry is readonly [PropertyTag, PropertyValue] => entry[1] !== null && entry[1] !== undefined),
  );
