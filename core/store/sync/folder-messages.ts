import { ICS_MESSAGE_CHANGE, ICS_MESSAGE_FLAG, ICS_MESSAGE_NEW } from '../../mapi/change-types.ts';
import { MAPI_MESSAGE } from '../../mapi/object-types.ts';
import type { Restriction } from '../../mapi/restriction.ts';
import { SYNC_ASSOCIATED, SYNC_NORMAL } from '../../mapi/sync-flags.ts';
import type { Actor } from '../actor.ts';
import { eachOf } from '../each-of.ts';
import { MessageSource } from '../table/message-source.ts';
import { HAS_MORE_PROPERTIES, restrictionSql } from '../table/restriction-sql.ts';
import type { Position } from '../table/row-source.ts';
import type { StorePlace } from '../table/store-place.ts';
import { keysOfRows, packedKey, packedRow, unpackedKey } from './packed-row.ts';

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
/** Pages that are read at a time. */
const PAGES_AT_ONCE = 4;
/** Rows of a table read at once, to evaluate what SQL can't. */
const EVALUATED_ROWS = 1_024;

/** Numbers of messages. */
interface Range {
  readonly from: number;
  /** Not in it any more. */
  readonly before: number;
}

interface ListRow extends Omit<ListedMessage, 'sourceKey'> {
  readonly id: number;
  readonly sourceKey: Buffer | undefined;
  /** The restriction needs to be evaluated. */
  readonly unsure: boolean;
}

/** The messages of a folder, the youngest first (observed on 11.0.2). */
export async function listMessages(actor: Actor, place: StorePlace, request: ListRequest): Promise<ListedMessage[]> {
  const lists = associatedValues(request.flags);
  if (lists.length === 0) return [];
  const filter = request.restriction && restrictionSql(request.restriction);
  const accepted = filter ? `(${filter.sql}) IS TRUE` : '1';
  const unsure = filter?.exact && filter.usesDocuments ? HAS_MORE_PROPERTIES : String(Number(filter?.exact === false));
  const packed = packedRow('o.id', 'log.arrival', 'log.newest', accepted, unsure, packedKey('o.source_key'));
  const listed = `FROM object WHERE parent_id = :folderId AND kind = ${MAPI_MESSAGE} AND associated IN (${lists.join(', ')}) AND deleted = 0`;
  const folderId = place.folder.id;
  const page = async ({ from, before }: Range, limit = ''): Promise<ListRow[]> => {
    const found = await actor.database.query<{ packed: string }>(
      `WITH ids AS (
        SELECT id ${listed} AND id >= :from AND id < :before ORDER BY id DESC ${limit}
      ), log AS (
        SELECT ids.id, COALESCE(${ARRIVAL}, 0) AS arrival, COALESCE(MAX(c.id), 0) AS newest
        FROM ids LEFT JOIN \`change\` c ON c.object_id = ids.id AND c.ics_type IN (${TOLD_TYPES.join(', ')}) GROUP BY ids.id
      )
      SELECT ${packed} AS packed FROM log JOIN object o ON o.id = log.id ORDER BY o.id DESC`,
      { ...filter?.parameters, folderId, syncId: request.syncId, from, before },
    );
    return found.map(({ packed }) => readPacked(packed, request.upTo));
  };
  const rows = await page({ from: 0, before: 2 ** 32 }, `LIMIT ${PAGE_ROWS}`);
  if (rows.length === PAGE_ROWS) {
    // Of a large folder the other pages are read side by side, from one number to the next.
    const before = rows.at(-1)!.id;
    const cuts = await actor.database.query<{ id: number }>(
      `SELECT id FROM (SELECT id, ROW_NUMBER() OVER (ORDER BY id DESC) AS place ${listed} AND id < :before) numbered
       WHERE place % ${PAGE_ROWS} = 0 ORDER BY id DESC`,
      { folderId, before },
    );
    const bounds = [before, ...cuts.map(({ id }) => id), 0];
    const ranges = bounds.slice(1).map((from, index) => ({ from, before: bounds[index]! }));
    for (const found of await eachOf(ranges, PAGES_AT_ONCE, (range) => page(range))) rows.push(...found);
  }
  const meeting =
    request.restriction && rows.some((row) => row.accepted && row.unsure)
      ? await evaluate(actor, place, lists, request.restriction)
      : undefined;
  return complete(actor, rows, request.upTo, meeting);
}

const TOLD_TYPES = [ICS_MESSAGE_NEW, ICS_MESSAGE_CHANGE, ICS_MESSAGE_FLAG];
/**
 * The change by which a message came, twice, and one more where the sync that
 * asks brought it. A message takes its log along when it moves, so the last one
 * counts.
 */
const ARRIVAL = `MAX(IF(c.ics_type = ${ICS_MESSAGE_NEW}, 2 * c.id + (c.sync_id = :syncId), 0))`;

function readPacked(packed: string, upTo: number): ListRow {
  const [id, arrival, newest, accepted, unsure, key] = packed.split(' ');
  return {
    id: Number(id),
    created: Math.floor(Number(arrival) / 2),
    own: Number(arrival) % 2 === 1,
    newest: Math.min(Number(newest), upTo),
    accepted: accepted !== '0',
    unsure: unsure !== '0',
    sourceKey: unpackedKey(key!),
  };
}

async function complete(
  { database }: Actor,
  rows: readonly ListRow[],
  upTo: number,
  meeting: ReadonlySet<number> | undefined,
): Promise<ListedMessage[]> {
  const lacking = rows.filter(({ sourceKey }) => !sourceKey).map(({ id }) => id);
  const keys = await keysOfRows(database, 'object', 'source_key', lacking);
  return rows.flatMap(({ id, created, own, newest, accepted, sourceKey = keys.get(id) }) =>
    sourceKey && created <= upTo
      ? [{ sourceKey, created, own, newest, accepted: meeting ? meeting.has(id) : accepted }]
      : [],
  );
}

/** Which lists of the folder are asked for: 0 the messages, 1 the associated ones. */
const associatedValues = (flags: number): number[] => [
  ...(flags & SYNC_NORMAL ? [0] : []),
  ...(flags & SYNC_ASSOCIATED ? [1] : []),
];

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
