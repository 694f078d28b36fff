import { findByEntryIds } from '../directory/principals-by-entry.ts';
import { type PropertyTag, propertyId } from '../mapi/property.ts';
import type { Database } from '../platform/database.ts';
import { NAMED_PROPERTY_BASE, namesOfNumbers } from '../store/named-properties.ts';
import type { RenderSurroundings } from './message-to-mail.ts';

/** What rendering asks the database: who is in the address book, and how named properties are called. One statement each, if any. */
export const renderingFrom = (
  database: Database,
): Required<Pick<RenderSurroundings, 'resolveEntries' | 'namesOf'>> => ({
  resolveEntries: async (entryIds) => {
    const principals = await findByEntryIds(database, entryIds);
    return new Map([...principals].map(([key, { fullName, email }]) => [key, { name: fullName, address: email }]));
  },
  namesOf: async (tags: readonly PropertyTag[]) => {
    const names = await namesOfNumbers(
      database,
      tags.map((tag) => propertyId(tag) - NAMED_PROPERTY_BASE),
    );
    return new Map(tags.map((tag, index) => [tag, names[index]!]));
  },
});
