import { findByEntryIds } from '../directory/principals-by-entry.ts';
import { FIRST_SERVER_NAMED_ID, fixedNameOf } from '../mapi/named-properties.ts';
import { type PropertyTag, propertyId } from '../mapi/property.ts';
import type { Database } from '../platform/database.ts';
import { NAMED_PROPERTY_BASE, namesOfNumbers, type PropertyName } from '../store/named-properties.ts';
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
    const asked = tags.filter((tag) => propertyId(tag) >= FIRST_SERVER_NAMED_ID);
    const numbers = asked.map((tag) => propertyId(tag) - NAMED_PROPERTY_BASE);
    const names = asked.length > 0 ? await namesOfNumbers(database, numbers) : [];
    const fixed = tags.flatMap((tag) => {
      const name = fixedNameOf(propertyId(tag));
      return name ? [[tag, name] as const] : [];
    });
    return new Map<PropertyTag, PropertyName>([...fixed, ...asked.map((tag, index) => [tag, names[index]!] as const)]);
  },
});
