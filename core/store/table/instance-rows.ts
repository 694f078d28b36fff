import type { PropertyTag } from '../../mapi/property.ts';
import { restrictionNeeds } from '../../mapi/restriction.ts';
import { PR_MESSAGE_FLAGS } from '../../mapi/tags.ts';
import { isInstanceColumn, severalTag } from './cells.ts';
import type { MemoryRow, MemoryRows } from './memory-source.ts';
import type { MessageSource } from './message-source.ts';
import type { RowView } from './row-source.ts';
import type { StoreRow } from './store-row.ts';

/** The column that shows one row for each of its values, if there is one: tables have at most one (observed on 11.0.2). */
export const instanceColumn = ({ columns, sort }: RowView): PropertyTag | undefined =>
  [...columns, ...sort.map(({ tag }) => tag)].find(isInstanceColumn);

/**
 * Messages as rows in memory, for what no index does: a row for each value of
 * one property, and categories. All of them are looked at; what a page shows
 * besides is read for that page only.
 *
 * `open` lists the messages in any order, and without restriction where there
 * is such a property, as that restricts single rows.
 */
export function messageRows(open: () => Promise<MessageSource>, view: RowView): MemoryRows {
  const column = instanceColumn(view);
  const always = new Set([PR_MESSAGE_FLAGS, ...view.sort.map(({ tag }) => tag)]);
  if (column !== undefined) always.add(severalTag(column));
  if (view.restriction) for (const tag of restrictionNeeds(view.restriction).tags) always.add(tag);
  let opened: Promise<MessageSource> | undefined;
  const messages = (): Promise<MessageSource> => (opened ??= open());
  return {
    load: async (needed) => {
      const rows = await (await messages()).all([...always, ...needed]);
      return column === undefined ? rows.map((row) => toRow(row, 0)) : rows.flatMap((row) => instancesOf(row, column));
    },
    complete: async (rows) => {
      const read = await (await messages()).withIds([...new Set(rows.map(({ id }) => id))]);
      return rows.map((row) => {
        const message = read.get(row.id);
        return message ? toRow(message, row.order ?? 0) : row;
      });
    },
    columns: async () => (await messages()).columns(),
  };
}

/** A message without values has one row. */
function instancesOf(row: StoreRow, column: PropertyTag): MemoryRow[] {
  const values = row.whole(severalTag(column));
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
