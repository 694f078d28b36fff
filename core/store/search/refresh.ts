import { ICS_MESSAGE_FLAG } from '../../mapi/change-types.ts';
import type { Statements } from '../../platform/database.ts';
import { appendChanges, type Change } from '../changes.ts';
import { lockStore } from '../folder-counters.ts';
import { sqlList } from '../sql-list.ts';
import { decodeCriteria } from './criteria.ts';
import { Evaluation } from './evaluation.ts';
import {
  addResults,
  countsChanged,
  removeResults,
  resultChanged,
  resultsAmong,
  searchCompleted,
  tableChanged,
} from './results.ts';
import type { Searcher } from './searcher.ts';
import { isFresh, liveFolders, MESSAGE_CHANGED, readStandings, type SearchedStore, type Standing } from './standing.ts';

/*
 * Search folders are views: what they list follows from the messages. Their
 * results are kept so that not every look means a search, and are brought up to
 * date by whoever looks: messages that changed since are looked at again.
 * Nothing runs in the background, so nothing can lag or be lost.
 */

/** From so many changed rows on, tables are told that they changed, not each row (observed threshold of 11.0.2). */
const TABLE_CHANGE_THRESHOLD = 10;
/** Changes that are read at once. */
const CHANGES_PER_STEP = 2_000;
/** Folders of one step have so many messages together, or it is one that has more. */
const MESSAGES_PER_STEP = 1_000;
const FOLDERS_PER_STEP = 200;
/** Folders that are listed in one step. */
const FOLDER_ROWS = 5_000;

/** Somebody else brought the results up to date meanwhile. */
class OvertakenError extends Error {
  override readonly name = 'OvertakenError';
}

/** Where a search folder stands after it was looked at. */
export interface Looked {
  readonly standing: Standing;
  /** Whether its results are what a search now would find; otherwise time was up. */
  readonly fresh: boolean;
}

/** Brings the results of search folders up to date, for at most about so many milliseconds; those without criteria are left out. */
export async function refreshSearches(
  searcher: Searcher,
  folderIds: readonly number[],
  milliseconds: number,
): Promise<Looked[]> {
  const deadline = Date.now() + milliseconds;
  const looked: Looked[] = [];
  let waiting = folderIds;
  while (waiting.length > 0) {
    const standings = await readStandings(searcher.database, waiting);
    const overtaken: number[] = [];
    for (const standing of standings) {
      try {
        if (isFresh(standing)) looked.push({ standing, fresh: true });
        else {
          const refresh = new Refresh(searcher, standing, deadline);
          const fresh = await refresh.run();
          looked.push({ standing: refresh.standing, fresh });
        }
      } catch (error) {
        if (!(error instanceof OvertakenError)) throw error;
        if (Date.now() < deadline) overtaken.push(standing.folderId);
        else looked.push({ standing, fresh: false });
      }
    }
    waiting = overtaken;
  }
  return looked;
}

/** Brings one search folder up to date. Each step is a transaction that only the first of several succeeds with. */
class Refresh {
  readonly #searcher: Searcher;
  readonly #standing: Standing;
  readonly #deadline: number;
  readonly #positions: Map<number, number>;
  #version: number;

  constructor(searcher: Searcher, standing: Standing, deadline: number) {
    this.#searcher = searcher;
    this.#standing = standing;
    this.#deadline = deadline;
    this.#positions = new Map(standing.positions);
    this.#version = standing.version;
  }

  /** Where the search folder stands now. */
  get standing(): Standing {
    const { counts, version } = this.#standing;
    return { ...this.#standing, version: this.#version, counts: this.#version === version ? counts : undefined };
  }

  /** Whether all is done. */
  async run(): Promise<boolean> {
    const { scopeChanged, stores, complete, unbuilt } = this.#standing;
    const evaluation = await this.#evaluation();
    if (!evaluation) throw new OvertakenError();
    const added = scopeChanged && (await this.#alignScope());
    for (const store of stores) if (!(await this.#follow(store, evaluation))) return false;
    if (unbuilt > 0 || added || !complete) return this.#build(evaluation);
    return true;
  }

  async #evaluation(): Promise<Evaluation | undefined> {
    const { folderId } = this.#standing;
    const [row] = await this.#searcher.database.query<{ criteria: string }>(
      'SELECT criteria FROM search_folder WHERE folder_id = :folderId AND version = :version',
      { folderId, version: this.#version },
    );
    return row && new Evaluation(this.#searcher, folderId, decodeCriteria(row.criteria));
  }

  get #late(): boolean {
    return Date.now() >= this.#deadline;
  }

  /** Takes the next version; of two who do the same, the second fails. Counts stay right where results stay the same. */
  async #advance(statements: Statements, results: 'same' | 'changed', complete: boolean): Promise<void> {
    const same = results === 'same' ? 'IF(counted_version = version, version + 1, NULL)' : 'NULL';
    const { updated } = await statements.execute(
      `UPDATE search_folder SET counted_version = ${same}, version = version + 1, positions = :positions,
         complete = :complete WHERE folder_id = :folderId AND version = :version`,
      {
        folderId: this.#standing.folderId,
        version: this.#version,
        positions: JSON.stringify(Object.fromEntries(this.#positions)),
        complete: complete ? 1 : 0,
      },
    );
    if (updated !== 1) throw new OvertakenError();
  }

  /** A step that changes results; what it answers is told to listeners. */
  async #step(
    work: (statements: Statements) => Promise<readonly Change[]>,
    complete = this.#standing.complete,
  ): Promise<void> {
    await this.#searcher.database.transaction(async (transaction) => {
      await lockStore(transaction, this.#standing.storeId);
      await this.#advance(transaction, 'changed', complete);
      await appendChanges(transaction, await work(transaction));
    });
    this.#version += 1;
  }

  /** Brings the list of searched folders up to date, some at a time. Whether there are further ones. */
  async #alignScope(): Promise<boolean> {
    const { missing, obsolete } = await this.#scopeDifference();
    await this.#changeScope(missing, obsolete);
    const isAll = missing.length + obsolete.length < FOLDER_ROWS;
    return (!isAll && (await this.#alignScope())) || missing.length > 0;
  }

  async #changeScope(missing: readonly number[], obsolete: readonly number[]): Promise<void> {
    const { folderId } = this.#standing;
    await this.#step(async (transaction) => {
      const added = sqlList('scope', missing);
      const rows = missing.map((_, index) => `(:folderId, :scope${index})`);
      if (rows.length > 0)
        await transaction.execute(`INSERT INTO search_scope (folder_id, scope_id) VALUES ${rows.join(', ')}`, {
          ...added.parameters,
          folderId,
        });
      if (obsolete.length === 0) return [];
      const removed = sqlList('scope', obsolete);
      await transaction.execute(
        `DELETE FROM search_scope WHERE folder_id = :folderId AND scope_id IN (${removed.sql})`,
        {
          ...removed.parameters,
          folderId,
        },
      );
      const { updated } = await transaction.execute(
        `DELETE r FROM search_result r JOIN object o ON o.id = r.object_id
         WHERE r.folder_id = :folderId AND o.parent_id IN (${removed.sql})`,
        { ...removed.parameters, folderId },
      );
      return updated > 0 ? [tableChanged(this.#standing), countsChanged(this.#standing)] : [];
    });
  }

  async #scopeDifference(): Promise<{ missing: number[]; obsolete: number[] }> {
    const { folderId } = this.#standing;
    const rows = await this.#searcher.database.query<{ id: number; is_live: number }>(
      `WITH RECURSIVE ${liveFolders(':folderId')}
      SELECT l.id, 1 AS is_live FROM live l LEFT JOIN search_scope sc ON sc.folder_id = :folderId AND sc.scope_id = l.id
        WHERE sc.scope_id IS NULL
      UNION ALL
      SELECT sc.scope_id, 0 FROM search_scope sc LEFT JOIN live l ON l.id = sc.scope_id
        WHERE sc.folder_id = :folderId AND l.id IS NULL
      LIMIT ${FOLDER_ROWS}`,
      { folderId },
    );
    const of = (live: number): number[] => rows.filter((row) => row.is_live === live).map((row) => row.id);
    return { missing: of(1), obsolete: of(0) };
  }

  /** Looks at the messages of a store that changed. Whether time sufficed. */
  async #follow({ storeId, newest, changed }: SearchedStore, evaluation: Evaluation): Promise<boolean> {
    if (!changed) return true;
    for (let position = this.#positions.get(storeId) ?? 0; position < newest; ) {
      if (this.#late) return false;
      const changes = await this.#searcher.database.query<MessageChange>(
        `SELECT c.id, c.object_id, c.ics_type, c.sync_id FROM \`change\` c WHERE c.store_id = :storeId AND c.id > :position AND c.id <= :newest
           AND ${MESSAGE_CHANGED}
         ORDER BY c.id LIMIT ${CHANGES_PER_STEP}`,
        { storeId, position, newest },
      );
      position = changes.length < CHANGES_PER_STEP ? newest : changes.at(-1)!.id;
      this.#positions.set(storeId, position);
      await this.#lookAgain(changes, evaluation);
    }
    return true;
  }

  /** Of some messages, takes those into the results that meet the criteria now, and the others out. */
  async #lookAgain(changes: readonly MessageChange[], evaluation: Evaluation): Promise<void> {
    const { folderId } = this.#standing;
    const { database } = this.#searcher;
    const ids = [...new Set(changes.map((change) => change.object_id))];
    const before = await resultsAmong(database, folderId, ids);
    const now = new Set(await evaluation.among(ids));
    if (before.size === 0 && now.size === 0) {
      await this.#advance(database, 'same', this.#standing.complete);
      this.#version += 1;
      return;
    }
    const added = [...now].filter((id) => !before.has(id));
    const removed = [...before].filter((id) => !now.has(id));
    // Of results that stay as they are counted nothing is told (observed on 11.0.2).
    const isCounted =
      added.length + removed.length > 0 ||
      changes.some((change) => now.has(change.object_id) && mayHaveBeenRead(change));
    await this.#step(async (transaction) => {
      await addResults(transaction, folderId, added);
      await removeResults(transaction, folderId, removed);
      const told =
        added.length + removed.length < TABLE_CHANGE_THRESHOLD
          ? [
              ...added.map((id) => resultChanged(this.#standing, id, true)),
              ...removed.map((id) => resultChanged(this.#standing, id, false)),
            ]
          : [tableChanged(this.#standing)];
      return isCounted ? [...told, countsChanged(this.#standing)] : told;
    });
  }

  /** Looks through folders that haven't been. Whether time sufficed. */
  async #build(evaluation: Evaluation): Promise<boolean> {
    for (;;) {
      const waiting = await this.#unbuilt();
      if (waiting.length === 0) break;
      if (this.#late) return false;
      const [first] = waiting;
      if (first && (first.next !== undefined || first.messages > MESSAGES_PER_STEP))
        await this.#buildPart(first, evaluation);
      else await this.#buildAll(together(waiting), evaluation);
    }
    if (!this.#standing.complete)
      await this.#step(async () => [searchCompleted(this.#standing), countsChanged(this.#standing)], true);
    return true;
  }

  async #unbuilt(): Promise<UnbuiltFolder[]> {
    const rows = await this.#searcher.database.query<{ scope_id: number; next_id: number | null; messages: number }>(
      `SELECT sc.scope_id, sc.next_id, COALESCE(f.content_count, 0) AS messages FROM search_scope sc
         LEFT JOIN folder f ON f.id = sc.scope_id
       WHERE sc.folder_id = :folderId AND sc.built = 0 ORDER BY sc.next_id IS NULL, sc.scope_id LIMIT ${FOLDERS_PER_STEP}`,
      { folderId: this.#standing.folderId },
    );
    return rows.map((row) => ({ id: row.scope_id, next: row.next_id ?? undefined, messages: row.messages }));
  }

  async #buildPart({ id, next }: UnbuiltFolder, evaluation: Evaluation): Promise<void> {
    const found = await evaluation.some(id, next);
    await this.#built(found.ids, (transaction) =>
      transaction.execute(
        'UPDATE search_scope SET built = :built, next_id = :next WHERE folder_id = :folderId AND scope_id = :id',
        {
          folderId: this.#standing.folderId,
          id,
          built: found.next === undefined ? 1 : 0,
          next: found.next ?? null,
        },
      ),
    );
  }

  async #buildAll(folders: readonly UnbuiltFolder[], evaluation: Evaluation): Promise<void> {
    const ids = folders.map(({ id }) => id);
    const list = sqlList('scope', ids);
    const found = await evaluation.all(ids);
    await this.#built(found, (transaction) =>
      transaction.execute(
        `UPDATE search_scope SET built = 1, next_id = NULL WHERE folder_id = :folderId AND scope_id IN (${list.sql})`,
        { ...list.parameters, folderId: this.#standing.folderId },
      ),
    );
  }

  async #built(ids: readonly number[], mark: (statements: Statements) => Promise<unknown>): Promise<void> {
    await this.#step(async (transaction) => {
      const added = await addResults(transaction, this.#standing.folderId, ids);
      await mark(transaction);
      if (added === 0) return [];
      // Of a search that isn't complete yet the counts are told when it is.
      return [tableChanged(this.#standing), ...(this.#standing.complete ? [countsChanged(this.#standing)] : [])];
    });
  }
}

interface MessageChange {
  readonly id: number;
  readonly object_id: number;
  readonly ics_type: number;
  readonly sync_id: number;
}

/** Whether a change may have made a message read or unread; saves do so only where a sync brings them. */
const mayHaveBeenRead = ({ ics_type, sync_id }: MessageChange): boolean =>
  ics_type === ICS_MESSAGE_FLAG || sync_id !== 0;

interface UnbuiltFolder {
  readonly id: number;
  /** The message to go on with. */
  readonly next: number | undefined;
  readonly messages: number;
}

/** The first folders of a list that are looked through in one step. */
function together(folders: readonly UnbuiltFolder[]): UnbuiltFolder[] {
  const chosen: UnbuiltFolder[] = [];
  let messages = 0;
  for (const folder of folders) {
    messages += folder.messages;
    if (folder.next !== undefined || (chosen.length > 0 && messages > MESSAGES_PER_STEP)) break;
    chosen.push(folder);
  }
  return chosen;
}
