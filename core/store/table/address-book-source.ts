import { addressBookRows } from '../../directory/address-book.ts';
import { narrowing } from '../../directory/address-book-filter.ts';
import { MAPI_ABCONT } from '../../mapi/object-types.ts';
import { type Properties, type PropertyTag, unicodeTag } from '../../mapi/property.ts';
import type { Restriction } from '../../mapi/restriction.ts';
import * as tags from '../../mapi/tags.ts';
import { instanceKeyOf } from '../load.ts';
import { capped } from './cells.ts';
import type { MemoryRow, MemoryRows } from './memory-source.ts';
import type { TableReader } from './table-sources.ts';
import type { TableSubject } from './table-state.ts';

/** What tables of the address book name when asked for all columns (observed on 11.0.2). */
const COMMON: readonly PropertyTag[] = [
  tags.PR_DISPLAY_NAME,
  tags.PR_ENTRYID,
  tags.PR_DISPLAY_TYPE,
  tags.PR_DISPLAY_TYPE_EX,
  tags.PR_INSTANCE_KEY,
  tags.PR_RECORD_KEY,
  tags.PR_OBJECT_TYPE,
  tags.PR_AB_PROVIDER_ID,
  tags.PR_LAST_MODIFICATION_TIME,
  tags.PR_CREATION_TIME,
];
const OF_CONTAINERS: readonly PropertyTag[] = [tags.PR_CONTAINER_FLAGS, tags.PR_DEPTH, tags.PR_EMS_AB_CONTAINERID];
const OF_ENTRIES: readonly PropertyTag[] = [tags.PR_SMTP_ADDRESS];

export const addressBookColumns = (containers: boolean): readonly PropertyTag[] => [
  ...COMMON,
  ...(containers ? OF_CONTAINERS : OF_ENTRIES),
];

/** The entries or containers of an address book container, at least those that meet a restriction. */
export function addressBookEntries(
  { platform, database, identity }: TableReader,
  subject: TableSubject & { kind: 'address book' },
  restriction: Restriction | undefined,
): MemoryRows {
  const reader = { statements: database, viewer: identity, settings: platform.settings };
  const narrowed = restriction && narrowing(restriction, platform.settings.hosted);
  return {
    inOrder: true,
    load: async () => (await addressBookRows(reader, subject.table, narrowed)).map(toRow),
    columns: () => addressBookColumns(subject.table.objectType === MAPI_ABCONT),
  };
}

/** A row of the address book as tables show it. */
export function toRow(properties: Properties, index: number): MemoryRow {
  const key = properties.get(tags.PR_INSTANCE_KEY);
  const id = Buffer.isBuffer(key) && key.length >= 4 ? key.readUInt32LE(0) : index;
  const whole = (tag: PropertyTag) =>
    tag === tags.PR_INSTANCE_KEY && key === undefined ? instanceKeyOf(id) : properties.get(unicodeTag(tag));
  return {
    id,
    whole,
    value: (tag) => {
      const value = whole(tag);
      return value === undefined ? undefined : capped(tag, value);
    },
    tags: () => properties.keys(),
  };
}
