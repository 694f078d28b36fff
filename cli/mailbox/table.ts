import type { Properties, PropertyTag } from '../../core/mapi/property.ts';
import type { Draft } from '../../core/soap/index.ts';
import type { Session } from '../connection/session.ts';
import { readProperties } from '../wire-properties.ts';

/** Types of tables, as tableOpen names them (observed on 11.0.2). */
export const TABLETYPE_MS = 1;
export const TABLETYPE_STATS_SYSTEM = 5;
export const TABLETYPE_STATS_SESSIONS = 6;
export const TABLETYPE_STATS_USERS = 7;
export const TABLETYPE_STATS_COMPANY = 8;
export const TABLETYPE_USERSTORES = 9;
/** Texts in Unicode. */
const MAPI_UNICODE = 0x80000000;
const PAGE = 200;

export interface TableQuery {
  /** Of what; default: a folder. */
  readonly tableType?: number;
  /** The folder; tables of the whole server have none. */
  readonly entryId?: Buffer;
  /** Type of the objects in the rows. */
  readonly objectType?: number;
  readonly flags?: number;
  readonly columns: readonly PropertyTag[];
  readonly sort?: Draft<'sortOrderArray'>;
  /** At most so many rows. */
  readonly limit?: number;
}

/** The rows of a table of a store. */
export async function readTable(session: Session, query: TableQuery): Promise<Properties[]> {
  const { tableType = TABLETYPE_MS, entryId, objectType = 0, flags = 0, columns, sort } = query;
  const { limit = Number.POSITIVE_INFINITY } = query;
  const page = (have: number) => ({ lpQueryRows: { ulCount: Math.min(PAGE, limit - have) } });
  const first = await session.call('tableMulti', {
    sRequest: {
      lpOpen: {
        ...(entryId && { sEntryId: entryId }),
        ulTableType: tableType,
        ulType: objectType,
        ulFlags: (flags | MAPI_UNICODE) >>> 0,
      },
      lpSetColumns: columns,
      ...(sort && { lpSort: { sSortOrder: sort } }),
      ...page(0),
    },
  });
  const { ulTableId } = first;
  const rows = first.sRowSet.map(readProperties);
  try {
    for (let read = rows.length; read > 0 && rows.length < limit; ) {
      const { sRowSet } = await session.call('tableMulti', { sRequest: { ulTableId, ...page(rows.length) } });
      rows.push(...sRowSet.map(readProperties));
      read = sRowSet.length;
    }
  } finally {
    await session.call('tableClose', { ulTableId });
  }
  return rows;
}
