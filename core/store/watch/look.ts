import { liveSession } from '../../directory/session.ts';
import {
  fnevIgnoreCounters,
  fnevNewMail,
  fnevObjTypeFolder,
  fnevObjTypeMessage,
  fnevTableModified,
} from '../../mapi/change-types.ts';
import { MAPI_FOLDER, MAPI_MESSAGE } from '../../mapi/object-types.ts';
import type { Statements } from '../../platform/database.ts';
import { STALE_SEARCHES, type StaleSearch } from '../search/watched-searches.ts';
import { MESSAGE_CHANGES } from '../sync/change-log.ts';
import { idBytes, type Listener } from './subscriptions.ts';

/** A change, for one subscription. */
export interface Found {
  readonly id: number;
  readonly connection: number;
  readonly store_id: number;
  readonly event: number;
  readonly kind: number;
  readonly object_id: number;
  readonly store_owner: number | null;
  readonly folder_id: number | null;
  readonly old_folder_id: number | null;
  readonly entry_id: Buffer | null;
  readonly folder_entry_id: Buffer | null;
  readonly old_entry_id: Buffer | null;
  readonly old_folder_entry_id: Buffer | null;
  readonly message_class: string | null;
  /** A text where the union makes it a decimal. */
  readonly message_flags: number | string | null;
  /** Both 0: of an object. */
  readonly sync_id: number;
  readonly table_id: number;
}

/** Changes of objects that one look finds at most. */
export const MOST_FOUND = 500;

/** What one statement sees. */
export interface Seen {
  readonly isAlive: boolean;
  /** What a session doesn't hear any more is left to the others of its group. */
  readonly isHeard: boolean;
  readonly found: readonly Found[];
  /** Search folders of which there may be more to tell once they are up to date. */
  readonly stale: readonly StaleSearch[];
  /** Where the listener's subscriptions are. */
  readonly storeIds: readonly number[];
  /** Some subscriptions are over, or it isn't known. */
  readonly someEnded: boolean;
}

/** 0 of the type of the other rows: together with a signed one, numbers would become decimals, which are texts. */
const NONE = 'CAST(0 AS UNSIGNED)';
/** How many subscriptions of a listener are over. */
const ENDED =
  'CAST((SELECT COUNT(*) FROM subscription e WHERE e.session_group = :group AND e.ended IS NOT NULL) AS UNSIGNED)';

/** The stores in which a listener's subscriptions are, as JSON; 0: all. Beside so many, others are looked at a little later. */
const STORES = `(SELECT JSON_ARRAYAGG(hearing.store_id) FROM
  (SELECT DISTINCT s.store_id FROM subscription s WHERE s.session_group = :group LIMIT 100) hearing)`;

/**
 * Changes `c` of the store of a subscription `s` since it was last told. An equation would have the database look up the
 * store only and read its whole log; a range is looked for anew for each subscription.
 */
const SINCE_TOLD = 'c.store_id >= s.store_id AND c.store_id <= s.store_id AND c.id > s.position';

/** Finds what there is to tell and, in the same statement, whether the session goes on, and which searches are out of date. */
export async function look(statements: Statements, listener: Listener, now: number | undefined): Promise<Seen> {
  const session = now === undefined ? undefined : liveSession(listener.sessionId, now);
  const selected = await statements.query<Found>(
    `WITH of_objects AS (SELECT c.id, s.connection, s.store_id, c.event, c.kind, c.object_id, c.entry_id, f.entry_id AS folder_entry_id,
       c.old_entry_id, xf.entry_id AS old_folder_entry_id, o.message_class, o.message_flags,
       s.sync_id, s.table_id, st.owner_id AS store_owner, c.folder_id, c.old_folder_id
     FROM subscription s STRAIGHT_JOIN \`change\` c ON ${SINCE_TOLD} AND (s.ended IS NULL OR c.id <= s.ended)
       LEFT JOIN store st ON st.id = s.store_id
       LEFT JOIN object f ON f.id = c.folder_id LEFT JOIN object xf ON xf.id = c.old_folder_id
       LEFT JOIN object o ON o.id = c.object_id AND c.event = ${fnevNewMail}
     WHERE s.session_group = :group AND s.sync_id = 0 AND s.table_id = 0
       AND (c.event & s.event_mask) <> 0 AND c.event <> ${fnevTableModified}
       AND (s.subject_id IN (c.object_id, c.store_id)
         OR (c.event = ${fnevNewMail} AND s.subject_id = c.folder_id)
         OR ((s.event_mask & ${fnevObjTypeMessage}) <> 0 AND c.kind = ${MAPI_MESSAGE} AND s.subject_id IN (c.folder_id, c.old_folder_id)))
       AND ((s.event_mask & ${fnevObjTypeMessage | fnevObjTypeFolder}) = 0
         OR ((s.event_mask & ${fnevObjTypeMessage}) <> 0 AND c.kind = ${MAPI_MESSAGE})
         OR ((s.event_mask & ${fnevObjTypeFolder}) <> 0 AND c.kind = ${MAPI_FOLDER}))
       AND (c.counter = 0 OR (s.event_mask & ${fnevIgnoreCounters}) = 0)
     ORDER BY c.id, s.connection LIMIT ${MOST_FOUND})
     SELECT id, connection, store_id, event, kind, object_id, entry_id, folder_entry_id, old_entry_id,
       old_folder_entry_id, message_class, message_flags, sync_id, table_id, store_owner, folder_id, old_folder_id FROM of_objects
     UNION ALL
     SELECT c.id, s.connection, s.store_id, c.event, c.kind, c.object_id, NULL, NULL, NULL, NULL, NULL, NULL, s.sync_id, s.table_id, NULL, NULL, NULL
     FROM subscription s JOIN \`change\` c ON c.id = ${NEWEST_FOR_SYNC}
     WHERE s.session_group = :group AND s.sync_id <> 0 AND (s.ended IS NULL OR c.id <= s.ended)
     UNION ALL
     SELECT c.id, s.connection, s.store_id, c.event, c.kind, c.object_id, NULL, NULL, NULL, NULL, NULL, NULL, s.sync_id, s.table_id, NULL, NULL, NULL
     FROM subscription s JOIN \`change\` c ON c.id = ${NEWEST_FOR_TABLE}
     WHERE s.session_group = :group AND s.table_id <> 0 AND (c.id > s.position OR s.ended IS NOT NULL)
     UNION ALL
     SELECT ${NONE}, ${NONE}, stale.store_id, ${NONE}, ${NONE}, stale.folder_id, NULL, NULL, NULL, NULL, NULL, NULL, ${NONE}, ${NONE}, NULL, NULL, NULL
     FROM (${STALE_SEARCHES}) stale
     ${session ? `UNION ALL SELECT ${NONE}, ${ENDED}, ${Array(4).fill(NONE)}, NULL, NULL, NULL, NULL, ${STORES}, NULL, ${NONE}, ${NONE}, NULL, NULL, NULL FROM session ses WHERE ${session.sql}` : ''}
     ORDER BY id, connection`,
    { group: idBytes(listener.group), ...session?.parameters },
  );
  // Changes count from 1; number 0 says that there is a session or, with an object, that a search folder is out of date.
  const [found, others] = [selected.filter(({ id }) => id !== 0), selected.filter(({ id }) => id === 0)];
  const alive = others.find(({ object_id }) => object_id === 0);
  return {
    isAlive: alive !== undefined,
    isHeard: alive !== undefined || session === undefined,
    found,
    stale: others
      .filter(({ object_id }) => object_id !== 0)
      .map(({ object_id, store_id }) => ({ folderId: object_id, storeId: store_id })),
    storeIds: alive?.message_class ? (JSON.parse(alive.message_class) as number[]) : [],
    someEnded: alive?.connection !== 0,
  };
}

/** The newest change that the sync of a subscription `s` would find; its own don't count. Messages only (observed on 11.0.2). */
const NEWEST_FOR_SYNC = `GREATEST(${MESSAGE_CHANGES.map(
  (type) => `COALESCE((SELECT MAX(n.id) FROM \`change\` n
    WHERE n.folder_id = s.subject_id AND n.ics_type = ${type} AND n.id > s.position AND n.sync_id <> s.sync_id), 0)`,
).join(', ')})`;

/** The newest change in the store of a watched table `s`, or in any. */
const NEWEST_FOR_TABLE = `IF(s.store_id = 0, (SELECT MAX(n.id) FROM \`change\` n),
  (SELECT n.id FROM \`change\` n WHERE n.store_id = s.store_id ORDER BY n.id DESC LIMIT 1))`;
