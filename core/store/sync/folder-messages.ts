import { ICS_MESSAGE_CHANGE, ICS_MESSAGE_FLAG, ICS_MESSAGE_NEW } from '../../mapi/change-types.ts';
import { MAPI_MESSAGE } from '../../mapi/object-types.ts';
import type { Restriction } from '../../mapi/restriction.ts';
import { SYNC_ASSOCIATED, SYNC_NORMAL } from '../../mapi/sync-flags.ts';
import type { Actor } from '../actor.ts';
import { MessageSource } from '../table/message-source.ts';
import { HAS_MORE_PROPERTIES, restrictionSql } from '../table/restriction-sql.ts';
import type { Position } from '../table/row-source.ts';
import type { StorePlace } from '../table/store-place.ts';

/** A message that is in a folder now. */
export interface ListedMessage {
  readonly sourceKey: Buffer;
  /** The change by which it came into the folder; 0 if the log doesn't know it any more. */
  readonly created: number;
  /** Its newest change. */
  readonly newest: number;
  /** The sync that asks brought it. */
  readonly own: boolean;
  /** It meets the restriction. */
  readonly accepted: boolean;
}

export interface ListRequest {
  readonly syncId: number;
  /** SYNC_ASSOCIATED, SYNC_NORMAL. */
  readonly flags: number;
  readonly restriction?: Restriction | undefined;
  /** What came later is left out. */
  readonly upTo: number;
}

/** Messages of one statement. */
const PAGE_ROWS = 5_000;
/** What their source keys may take of the 1 MiB of a response. */
const PAGE_KEY_BYTES = 350_000;
/** Rows of a table read at once, to evaluate what SQL can't. */
const EVALUATED_ROWS = 1_024;

interface ListRow {
  readonly id: number;
  readonly source_key: Buffer | null;
  readonly created: number | null;
  readonly own: number | null;
  readonly newest: number;
  readonly accepted: number;
  readonly unsure: number;
  readonly candidates: number;
}

/** The messages of a folder, the youngest first (observed on 11.0.2). */
export async function listMessages(actor: Actor, place: StorePlace, request: ListRequest): Promise<ListedMessage[]> {
  const lists = associatedValues(request.flags);
  if (lists.length === 0) return [];
  const filter = request.restriction && restrictionSql(request.restriction);
  const rows: ListRow[] = [];
  for (let before = 2 ** 32; ; before = rows.at(-1)!.id) {
    const page = await actor.database.query<ListRow>(
      `SELECT page.id, page.source_key, page.created, page.own, page.newest, page.accepted, page.unsure, page.candidates
       FROM (
        SELECT o.id, o.source_key, n.id AS created, n.sync_id = :syncId AS own,
          GREATEST(COALESCE(n.id, 0), ${newestOfType(ICS_MESSAGE_CHANGE)}, ${newestOfType(ICS_MESSAGE_FLAG)}) AS newest,
          ${filter ? `(${filter.sql}) IS TRUE` : '1'} AS accepted,
          ${filter?.exact && filter.usesDocuments ? HAS_MORE_PROPERTIES : Number(filter?.exact === false)} AS unsure,
          SUM(LENGTH(o.source_key)) OVER (ORDER BY o.id DESC) AS bytes, COUNT(*) OVER () AS candidates
        FROM (
          SELECT id FROM object WHERE parent_id = :folderId AND kind = ${MAPI_MESSAGE} AND associated IN (${lists.join(', ')})
            AND deleted = 0 AND id < :before ORDER BY id DESC LIMIT ${PAGE_ROWS}
        ) ids JOIN object o ON o.id = ids.id
        LEFT JOIN \`change\` n ON n.id = (
          SELECT MAX(c.id) FROM \`change\` c WHERE c.object_id = o.id AND c.ics_type = ${ICS_MESSAGE_NEW})
       ) page WHERE page.bytes <= ${PAGE_KEY_BYTES} OR page.bytes IS NULL ORDER BY page.id DESC`,
      { ...filter?.parameters, folderId: place.folder.id, syncId: request.syncId, before },
    );
    rows.push(...page);
    const last = page.at(-1);
    if (!last || (page.length === last.candidates && page.length < PAGE_ROWS)) break;
  }
  const meeting =
    request.restriction && rows.some((row) => row.accepted && row.unsure)
      ? await evaluate(actor, place, lists, request.restriction)
      : undefined;
  return rows.flatMap((row) => readRow(row, request.upTo, meeting));
}

/** An index has the numbers in order. A message takes its log along when it moves, and arrives with a newer change. */
const newestOfType = (type: number): string =>
  `COALESCE((SELECT MAX(c.id) FROM \`change\` c WHERE c.object_id = o.id AND c.ics_type = ${type}), 0)`;

/** Which lists of the folder are asked for: 0 the messages, 1 the associated ones. */
const associatedValues = (flags: number): number[] => [
  ...(flags & SYNC_NORMAL ? [0] : []),
  ...(flags & SYNC_ASSOCIATED ? [1] : []),
];

function readRow(row: ListRow, upTo: number, meeting: ReadonlySet<number> | undefined): ListedMessage[] {
  const created = row.created ?? 0;
  if (!row.source_key || created > upTo) return [];
  return [
    {
      sourceKey: row.source_key,
      created,
      newest: Math.min(row.newest, upTo),
      own: row.own === 1,
      accepted: meeting ? meeting.has(row.id) : row.accepted !== 0,
    },
  ];
}

/** The messages that meet a restriction which SQL alone can't decide. */
async function evaluate(
  { platform, database }: Actor,
  place: StorePlace,
  lists: readonly number[],
  restriction: Restriction,
): Promise<Set<number>> {
  const meeting = new Set<number>();
  for (const list of lists) {
    const source = new MessageSource(
      platform,
      database,
      { ...place, associated: list === 1, deleted: false },
      { columns: [], sort: [], restriction },
    );
    for (let position: Position = 'start'; position !== 'end'; ) {
      const page: Awaited<ReturnType<MessageSource['read']>> = await source.read(position, EVALUATED_ROWS);
      for (const { key } of page.rows) meeting.add(key.id);
      position = page.next;
    }
  }
  return meeting;
}
