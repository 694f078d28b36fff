import { type NamedTags, namedProperties, namedTagsFromIds } from '../mapi/named-properties.ts';
import type { Database } from '../platform/database.ts';
import { NAMED_PROPERTY_BASE, numbersOfNames } from '../store/named-properties.ts';

const known = new WeakMap<Database, NamedTags>();

/**
 * The tags of the named properties that mail and calendars have, in one statement.
 * A name's number never changes, so a function instance asks once.
 */
export async function namedTagsOf(database: Database): Promise<NamedTags> {
  let tags = known.get(database);
  if (!tags) {
    const numbers = await numbersOfNames(database, namedProperties, true);
    tags = namedTagsFromIds(numbers.map((number) => NAMED_PROPERTY_BASE + number));
    known.set(database, tags);
  }
  return tags;
}
