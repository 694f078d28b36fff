import { MAPI_MESSAGE } from '../../mapi/object-types.ts';
import type { SqlParameters } from '../../platform/database.ts';
import { foundMessages } from '../search/found-messages.ts';
import type { RestrictionSql } from './restriction-sql.ts';
import type { Position } from './row-source.ts';
import { keyConditions, orderBy, type SortTerm } from './sort-terms.ts';
import type { SearchPlace } from './store-place.ts';

/** Which messages a table lists. */
export interface MessageList {
  readonly folderId: number;
  readonly associated: boolean;
  readonly deleted: boolean;
  /** The folder is a search folder: it lists what was found. */
  readonly search?: SearchPlace;
}

/** A statement's text with its parameters. */
export interface Sql {
  readonly sql: string;
  readonly parameters: SqlParameters;
  /** What joins the rows `o`, where that is more than the table of objects. */
  readonly from?: string;
  /** The rows are of several folders, so that no index lists them in order. */
  readonly scattered?: true;
}

/** Condition of a list, with parameters. */
export function listCondition(list: MessageList): Sql {
  if (list.search) return foundMessages(list.folderId, list.search);
  return {
    sql: `o.parent_id = :folderId AND o.kind = ${MAPI_MESSAGE} AND o.associated = ${Number(list.associated)} AND o.deleted = ${Number(list.deleted)}`,
    parameters: { folderId: list.folderId },
  };
}

/** What picks rows: the list and, if there are, the restriction and a key that they all come before. */
export function chosen(list: MessageList, filter?: RestrictionSql, before?: Sql): Sql {
  const conditions: Sql[] = [listCondition(list)];
  if (filter) {
    const unread = filter.onlyUnread ? 'o.unread = 1 AND ' : '';
    conditions.push({ sql: `${unread}${filter.sql}`, parameters: filter.parameters });
  }
  if (before) conditions.push(before);
  return {
    sql: conditions.map(({ sql }) => sql).join(' AND '),
    parameters: Object.assign({}, ...conditions.map(({ parameters }) => parameters)) as SqlParameters,
    ...(conditions[0]?.from && { from: conditions[0].from, scattered: true }),
  };
}

/** What rows are selected from. */
export const sourceOf = ({ from }: Sql): string => from ?? 'object o';

/** The order in which an index lists messages, if there is one for it. */
function indexFor(rows: Sql, terms: readonly SortTerm[], filter: RestrictionSql | undefined): string | undefined {
  if (rows.scattered || filter?.onlyOne) return undefined;
  const index = terms.length === 1 ? terms[0]!.index : undefined;
  return index === 'object_received' && filter?.onlyUnread ? 'object_unread' : index;
}

/**
 * The numbers of the next rows as a common table `page (part, id)`: rows of
 * lower part come first, those of one part in their order. Reads no more of the
 * index than the rows it gives, wherever in the folder they are.
 */
export function pageOfKeys(
  rows: Sql,
  filter: RestrictionSql | undefined,
  terms: readonly SortTerm[],
  from: Position,
  most: number,
): Sql {
  const key = from === 'start' || from === 'end' ? undefined : keyConditions(terms, from);
  const parameters = { ...rows.parameters, ...key?.parameters, most };
  const index = indexFor(rows, terms, filter);
  const term = terms[0]!;
  if (!index) {
    const condition = key ? `${rows.sql} AND ${key.from}` : rows.sql;
    const sql = `page AS (SELECT 0 AS part, o.id FROM ${sourceOf(rows)} WHERE ${condition} ORDER BY ${orderBy(terms)} LIMIT :most)`;
    return { sql, parameters };
  }
  const source = `FROM object o FORCE INDEX (${index}) WHERE ${rows.sql}`;
  const alike = key && `(SELECT 0 AS part, o.id ${source} AND ${key.alike} ORDER BY o.id LIMIT :most)`;
  if (key && key.behind === undefined) return { sql: `page AS (${alike})`, parameters };
  const behind = key ? ` AND ${key.behind}` : '';
  if (!term.descending) {
    const rest = `(SELECT 1 AS part, o.id ${source}${behind} ORDER BY ${orderBy(terms)} LIMIT :most)`;
    return { sql: `page AS (${alike ? `${alike} UNION ALL ${rest}` : rest})`, parameters };
  }
  return { sql: descendingPage(term, source, behind, alike), parameters };
}

/**
 * An index runs backwards with its numbers, but rows that sort alike come in
 * ascending order of theirs. So of the last value that the page reaches, the
 * rows are picked anew, from the lowest number on.
 */
function descendingPage(term: SortTerm, source: string, behind: string, alike: string | undefined): string {
  const top = `top AS (SELECT o.id, ${term.sql} AS s ${source}${behind} ORDER BY ${term.sql} DESC, o.id DESC LIMIT :most)`;
  const last = 'last AS (SELECT s FROM top ORDER BY s LIMIT 1)';
  const full = 'SELECT 1 AS part, id FROM top WHERE NOT (s <=> (SELECT s FROM last))';
  const cut = `(SELECT 1 AS part, o.id ${source} AND EXISTS (SELECT 1 FROM last) AND ${term.sql} <=> (SELECT s FROM last) ORDER BY o.id LIMIT :most)`;
  return `${top}, ${last}, page AS (${[...(alike ? [alike] : []), full, cut].join(' UNION ALL ')})`;
}
