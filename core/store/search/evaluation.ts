import { KopanoError } from '../../mapi/error.ts';
import { MAPI_FOLDER, MAPI_MESSAGE } from '../../mapi/object-types.ts';
import { type Restriction, requireSoundRestriction } from '../../mapi/restriction.ts';
import { ecRightsAll } from '../../mapi/rights.ts';
import { sqlList } from '../sql-list.ts';
import type { Sql } from '../table/message-keys.ts';
import { MessageReader } from '../table/message-reader.ts';
import { MOST_ROWS } from '../table/message-selection.ts';
import { type RestrictionSql, restrictionSql } from '../table/restriction-sql.ts';
import type { SearchCriteria } from './criteria.ts';
import type { Searcher } from './searcher.ts';

/** Messages that were found, newest first, and the number of the one to go on with. */
export interface Found {
  readonly ids: readonly number[];
  readonly next: number | undefined;
}

const MESSAGES = `o.kind = ${MAPI_MESSAGE} AND o.associated = 0 AND o.deleted = 0`;
/** Responses that one step may take; between steps others get their turn. */
const STEP_RESPONSES = 4;

/** Finds the messages that meet the criteria of a search folder. */
export class Evaluation {
  readonly #folderId: number;
  readonly #restriction: Restriction;
  readonly #filter: RestrictionSql | undefined;
  readonly #reader: MessageReader;

  constructor({ platform, database, store }: Searcher, folderId: number, criteria: SearchCriteria) {
    this.#folderId = folderId;
    this.#restriction = criteria.restriction;
    this.#filter = isSound(criteria.restriction) ? restrictionSql(criteria.restriction) : undefined;
    const place = {
      store,
      folder: { id: folderId, kind: MAPI_FOLDER, parentId: 0, gone: false, entryId: null, sourceKey: null },
      grants: { full: true, creator: true, rights: ecRightsAll },
      principalId: store.ownerId,
      associated: false,
      deleted: false,
      search: {},
    };
    this.#reader = new MessageReader(platform, database, place, [], false);
  }

  /** Of some messages those in searched folders that meet the criteria. */
  async among(ids: readonly number[]): Promise<number[]> {
    const found: number[] = [];
    for (let start = 0; start < ids.length; start += MOST_ROWS) {
      const list = sqlList('id', ids.slice(start, start + MOST_ROWS));
      const page = await this.#find(
        {
          sql: `o.id IN (${list.sql}) AND ${MESSAGES}
            AND o.parent_id IN (SELECT sc.scope_id FROM search_scope sc WHERE sc.folder_id = :searchId)`,
          parameters: { ...list.parameters, searchId: this.#folderId },
          scattered: true,
        },
        undefined,
        Number.POSITIVE_INFINITY,
      );
      found.push(...page.ids);
    }
    return found;
  }

  /** All in some folders, which should hold no more than a few responses do. */
  async all(folderIds: readonly number[]): Promise<readonly number[]> {
    const list = sqlList('folder', folderIds);
    const rows = { sql: `o.parent_id IN (${list.sql}) AND ${MESSAGES}`, parameters: list.parameters };
    return (await this.#find(rows, undefined, Number.POSITIVE_INFINITY)).ids;
  }

  /** Some in one folder, from a message on; as many as a step may look at. */
  some(folderId: number, from: number | undefined): Promise<Found> {
    return this.#find(
      { sql: `o.parent_id = :folderId AND ${MESSAGES}`, parameters: { folderId } },
      from,
      STEP_RESPONSES,
    );
  }

  async #find(rows: Sql, from: number | undefined, responses: number): Promise<Found> {
    const filter = this.#filter;
    // What can't be evaluated is met by nothing (observed on 11.0.2).
    if (!filter) return { ids: [], next: undefined };
    const batch = await this.#reader.read(
      {
        rows: {
          ...rows,
          sql: `${rows.sql} AND ${filter.sql}`,
          parameters: { ...rows.parameters, ...filter.parameters },
        },
        columns: [],
        restriction: this.#restriction,
        filter,
        responses,
      },
      from === undefined ? 'start' : { values: [], id: from, order: 0 },
      Number.POSITIVE_INFINITY,
    );
    return { ids: batch.rows.map(({ key }) => key.id), next: batch.next?.id };
  }
}

function isSound(restriction: Restriction): boolean {
  try {
    requireSoundRestriction(restriction);
    return true;
  } catch (error) {
    if (error instanceof KopanoError) return false;
    throw error;
  }
}
