import { ICS_MESSAGE_NEW } from '../../mapi/change-types.ts';
import type { Statements } from '../../platform/database.ts';
import { sqlList } from '../sql-list.ts';
import { readSyncContent, sourceKeyText } from './sync-content.ts';

const KEYS_PER_STATEMENT = 500;

/**
 * Of the messages that a sync wants deleted, those that it may mean. A client
 * that asked for some messages only throws away what ceases to be among them,
 * and may say so: the server keeps them (observed on 11.0.2). What the client
 * itself brought it may delete.
 */
export async function inScopeOfSync(
  statements: Statements,
  syncId: number,
  entryIds: readonly Buffer[],
): Promise<readonly Buffer[]> {
  const [sync] = await statements.query<{ change_id: number; restricted_at: number | null }>(
    `SELECT s.change_id, (SELECT MAX(c.change_id) FROM sync_content c WHERE c.sync_id = s.id) AS restricted_at
     FROM sync s WHERE s.id = :syncId`,
    { syncId },
  );
  // A client that went on from there without a restriction has everything again.
  if (!sync || sync.restricted_at === null || sync.change_id > sync.restricted_at) return entryIds;
  const content = await readSyncContent(statements, syncId, sync.restricted_at);
  const outside = new Set<string>();
  for (let start = 0; start < entryIds.length; start += KEYS_PER_STATEMENT) {
    const list = sqlList('entry', entryIds.slice(start, start + KEYS_PER_STATEMENT));
    const rows = await statements.query<{ entry_id: Buffer; source_key: Buffer | null }>(
      `SELECT o.entry_id, o.source_key FROM object o WHERE o.entry_id IN (${list.sql}) AND NOT EXISTS (
        SELECT 1 FROM \`change\` n WHERE n.object_id = o.id AND n.ics_type = ${ICS_MESSAGE_NEW} AND n.sync_id = :syncId)`,
      { ...list.parameters, syncId },
    );
    for (const { entry_id, source_key } of rows)
      if (!source_key || !content?.has(sourceKeyText(source_key))) outside.add(sourceKeyText(entry_id));
  }
  return entryIds.filter((entryId) => !outside.has(sourceKeyText(entryId)));
}
