import type { PropertyTag } from '../../mapi/property.ts';
import { ecRightsAll } from '../../mapi/rights.ts';
import { PR_MSG_STATUS } from '../../mapi/tags.ts';
import { serverGuid } from '../server-guid.ts';
import { readTarget, SURROUNDINGS, TARGET_COLUMNS } from '../target.ts';
import { ALWAYS_COLUMNS } from './default-columns.ts';
import type { MemoryRow } from './memory-source.ts';
import { StoreRow } from './store-row.ts';
import type { TableReader } from './table-sources.ts';

/** Who sends a message: its client, or the spooler for everybody (flag of submitMessage). */
const EC_SUBMIT_LOCAL = 0;
const EC_SUBMIT_MASTER = 1;
/** Messages of one statement: a row may take 64 KB of the 1 MiB of a response. */
const PAGE_ROWS = 12;

/** What a table of outgoing messages is opened with (observed on 11.0.2: all that every object has). */
export const OUTGOING_COLUMNS: readonly PropertyTag[] = [...ALWAYS_COLUMNS, PR_MSG_STATUS];

/** The messages that wait to be sent: those of a store for its client, or all that the spooler sends (store 0). */
export async function outgoingRows(
  { platform, database, identity }: TableReader,
  storeId: number,
): Promise<MemoryRow[]> {
  const guid = await serverGuid(platform.database);
  const rows: MemoryRow[] = [];
  for (let last = 0; ; ) {
    const page = await database.query(
      `SELECT ${TARGET_COLUMNS}, q.flags AS x_flags, (SELECT s.entry_id FROM object s WHERE s.id = o.store_id) AS x_store_entry_id
      FROM outgoing q JOIN object o ON o.id = q.object_id ${SURROUNDINGS}
      WHERE q.flags & 1 = ${storeId === 0 ? EC_SUBMIT_MASTER : EC_SUBMIT_LOCAL} AND o.id > :last
        ${storeId === 0 ? '' : 'AND q.store_id = :storeId'} ORDER BY o.id LIMIT ${PAGE_ROWS}`,
      storeId === 0 ? { last } : { last, storeId },
    );
    for (const row of page) {
      const target = readTarget(row);
      if (!target?.parent) continue;
      const place = {
        store: target.store,
        folder: target.parent,
        grants: { full: true, creator: true, rights: ecRightsAll },
        principalId: identity.principalId,
        associated: false,
        deleted: false,
      };
      const message = new StoreRow(place, {
        key: { values: [], id: target.object.id, order: 0 },
        target,
        documents: target.documents,
        extras: {
          outgoingFlags: row.x_flags as number,
          storeEntryId: row.x_store_entry_id as Buffer | null,
          serverGuid: guid,
        },
      });
      rows.push({
        id: message.key.id,
        value: (tag) => message.value(tag),
        whole: (tag) => message.whole(tag),
        tags: () => message.tags(),
      });
    }
    if (page.length < PAGE_ROWS) return rows;
    last = (page.at(-1) as { o_id: number }).o_id;
  }
}
