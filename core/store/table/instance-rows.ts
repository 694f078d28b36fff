import type { PropertyTag } from '../../mapi/property.ts';
import { restrictionNeeds } from '../../mapi/restriction.ts';
import { isInstanceColumn, severalTag } from './cells.ts';
import { type MemoryRow, MemorySource } from './memory-source.ts';
import type { MessageSource } from './message-source.ts';
import type { RowSource, RowView } from './row-source.ts';
import type { StoreRow } from './store-row.ts';

/** The column that shows one row for each of its values, if there is one: tables have at most one (observed on 11.0.2). */
export const instanceColumn = ({ columns, sort }: RowView): PropertyTag | undefined =>
  [...columns, ...sort.map(({ tag }) => tag)].find(isInstanceColumn);

/**
 * Messages with a row for each value of one property. They sort by single
 * values, which no index does, so that all of them are looked at; what a page
 * shows besides is read for that page only.
 *
 * `messages` lists them without restriction, which is about single rows.
 */
export function instanceSource(messages: MessageSource, column: PropertyTag, view: RowView): RowSource {
  const several = severalTag(column);
  const needed = new Set([several, ...view.sort.map(({ tag }) => tag)]);
  if (view.restriction) for (const tag of restrictionNeeds(view.restriction).tags) needed.add(tag);
  return new MemorySource(view, {
    load: async () => (await messages.all([...needed])).flatMap((row) => instancesOf(row, several)),
    complete: async (rows) => {
      const read = await messages.withIds([...new Set(rows.map(({ id }) => id))]);
      return rows.map((row) => {
        const message = read.get(row.id);
        return message ? toRow(message, row.order ?? 0) : row;
      });
    },
    columns: () => view.columns,
  });
}

/** A message without values has one row. */
function instancesOf(row: StoreRow, several: PropertyTag): MemoryRow[] {
  const values = row.whole(several);
  const count = Array.isArray(values) ? Math.max(values.length, 1) : 1;
  return Array.from({ length: count }, (_, order) => toRow(row, order));
}

function toRow(message: StoreRow, order: number): MemoryRow {
  const row = message.at(order);
  return {
    id: row.key.id,
    order,
    value: (tag) => row.value(tag),
    whole: (tag) => row.whole(tag),
    tags: () => row.tags(),
  };
}
