import { propertyTag } from '../mapi/property.ts';
import { PT_BOOLEAN } from '../mapi/property-types.ts';
import type { Database } from '../platform/database.ts';
import { NAMED_PROPERTY_BASE, numbersOfNames } from '../store/named-properties.ts';
import type { MailNamedTags } from './mail-to-message.ts';

/** Property set of what all kinds of items have (MS-OXPROPS 1.3.2), as its bytes lie on the wire. */
const PSETID_COMMON = Buffer.from('0820060000000000c000000000000046', 'hex');
/** PidLidSmartNoAttach. */
const SMART_NO_ATTACH = 0x8514;

const known = new WeakMap<Database, MailNamedTags>();

/** The tags of mail's named properties. A name's number never changes, so a function instance asks once. */
export async function namedTagsOf(database: Database): Promise<MailNamedTags> {
  let tags = known.get(database);
  if (!tags) {
    const [smartNoAttach] = await numbersOfNames(database, [{ guid: PSETID_COMMON, number: SMART_NO_ATTACH }], true);
    tags = { smartNoAttach: propertyTag(NAMED_PROPERTY_BASE + smartNoAttach!, PT_BOOLEAN) };
    known.set(database, tags);
  }
  return tags;
}
