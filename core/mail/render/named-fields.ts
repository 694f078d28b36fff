import type { ObjectTree } from '../../mapi/object-tree.ts';
import { isNamed, type PropertyTag, type ReadonlyProperties } from '../../mapi/property.ts';
import type { PropertyName } from '../../store/named-properties.ts';
import { type Field, isFieldName, textField } from './field.ts';

/** Property set of header fields by their name (MS-OXPROPS 1.3.2), as its bytes lie on the wire. */
export const PS_INTERNET_HEADERS = Buffer.from('8603020000000000c000000000000046', 'hex');

/** Fields that clients may give a mail: none of those that say who, where or how (RFC 5322 3.6.8). */
const FREE = /^(?:x-|list-|auto-submitted$|precedence$|keywords$|comments$)/i;

/** The named properties of a message and of those within it. */
export function namedTagsIn(message: ObjectTree): Set<PropertyTag> {
  const found = new Set<PropertyTag>();
  const visit = ({ properties, children }: ObjectTree): void => {
    for (const tag of properties.keys()) if (isNamed(tag)) found.add(tag);
    children.forEach(visit);
  };
  visit(message);
  return found;
}

/** Header fields that a message has as named properties (MS-OXCMAIL 2.1.3.2.25). */
export function namedFields(properties: ReadonlyProperties, names: ReadonlyMap<PropertyTag, PropertyName>): Field[] {
  return [...properties].flatMap(([tag, value]) => {
    const { guid, name } = names.get(tag) ?? {};
    if (typeof value !== 'string' || !guid?.equals(PS_INTERNET_HEADERS) || name === undefined) return [];
    return isFieldName(name) && FREE.test(name) ? [textField(name, value)] : [];
  });
}
