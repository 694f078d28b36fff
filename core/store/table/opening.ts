import { ADMIN_LEVEL_ADMIN, ADMIN_LEVEL_SYSADMIN } from '../../directory/identity.ts';
import { decodeAddressBookEntryId } from '../../mapi/address-book-entry-id.ts';
import { KopanoError } from '../../mapi/error.ts';
import { KCERR_BAD_VALUE, KCERR_NO_ACCESS, KCERR_NO_SUPPORT, KCERR_NOT_FOUND } from '../../mapi/error-codes.ts';
import { MSGFLAG_ASSOCIATED } from '../../mapi/message-flags.ts';
import { FOLDER_SEARCH, MAPI_ABCONT, MAPI_DISTLIST, MAPI_FOLDER, MAPI_MESSAGE } from '../../mapi/object-types.ts';
import type { PropertyTag } from '../../mapi/property.ts';
import { TABLE_SORT_ASCEND } from '../../mapi/sort-order.ts';
import { PR_EMS_AB_HIERARCHY_PATH } from '../../mapi/tags.ts';
import { allows, grantsOn, mayReadMessages } from '../access.ts';
import type { Target } from '../object-row.ts';
import * as defaults from './default-columns.ts';
import { OUTGOING_COLUMNS } from './outgoing-rows.ts';
import type { StorePlace } from './store-place.ts';
import { textTypeOf } from './table.ts';
import type { TableReader } from './table-sources.ts';
import { openedTable, type TableState } from './table-state.ts';

/** What tables are of, as tableOpen names it (observed on 11.0.2). */
export const TABLETYPE_MS = 1;
export const TABLETYPE_AB = 2;
export const TABLETYPE_SPOOLER = 3;
export const TABLETYPE_MULTISTORE = 4;
export const TABLETYPE_STATS_SYSTEM = 5;
export const TABLETYPE_STATS_SESSIONS = 6;
export const TABLETYPE_STATS_USERS = 7;
export const TABLETYPE_STATS_COMPANY = 8;
export const TABLETYPE_USERSTORES = 9;
export const TABLETYPE_MAILBOX = 10;
export const TABLETYPE_STATS_SERVERS = 11;

/** Flags of tableOpen. */
const CONVENIENT_DEPTH = 0x01;
const SHOW_SOFT_DELETES = 0x02;

/** What a client asks to be opened. */
export interface TableRequest {
  readonly tableType: number;
  /** Type of the objects in the rows. */
  readonly objectType: number;
  readonly flags: number;
  readonly entryId: Buffer;
  /** The object with the entry id, where it is one of a store. */
  readonly target: Target | undefined;
}

/** Opens a table: finds what it is of, and its first columns. */
export async function openTable(reader: TableReader, request: TableRequest): Promise<TableState> {
  switch (request.tableType) {
    case TABLETYPE_MS:
      return openStoreTable(reader, request);
    case TABLETYPE_AB:
      return openAddressBookTable(request);
    case TABLETYPE_SPOOLER:
      return openOutgoingTable(reader, request);
    case TABLETYPE_USERSTORES:
      return opened({ kind: 'user stores' }, request.flags, defaults.USER_STORES_COLUMNS);
    case TABLETYPE_MAILBOX:
      return opened({ kind: 'mailboxes' }, request.flags, defaults.USER_STORES_COLUMNS);
    case TABLETYPE_STATS_SYSTEM:
    case TABLETYPE_STATS_SESSIONS:
    case TABLETYPE_STATS_USERS:
    case TABLETYPE_STATS_COMPANY:
    case TABLETYPE_STATS_SERVERS:
      return openStatistics(reader, request);
    case TABLETYPE_MULTISTORE:
      throw new KopanoError(KCERR_NO_SUPPORT, 'tables over several stores are not supported');
    default:
      throw new KopanoError(KCERR_BAD_VALUE, `there are no tables of type ${request.tableType}`);
  }
}

const opened = (
  subject: TableState['subject'],
  flags: number,
  columns: readonly PropertyTag[],
  sort: TableState['sort'] = [],
): TableState =>
  openedTable(
    subject,
    flags,
    columns.map((tag) => textTypeOf(flags, tag)),
    sort,
  );

async function openStoreTable(reader: TableReader, { objectType, flags, target }: TableRequest): Promise<TableState> {
  if (!target) throw new KopanoError(KCERR_NOT_FOUND, 'there is no such folder');
  if (objectType !== MAPI_MESSAGE && objectType !== MAPI_FOLDER)
    throw new KopanoError(KCERR_NO_SUPPORT, `stores have no tables of objects of type ${objectType}`);
  const { platform, database, identity } = reader;
  const grants = await grantsOn(database, identity, target, platform.settings.hosted);
  const place: StorePlace = {
    store: target.store,
    folder: {
      id: target.object.id,
      kind: target.object.kind,
      parentId: target.object.parentId,
      gone: target.folder?.gone ?? target.object.deleted,
      entryId: target.object.entryId,
      sourceKey: target.object.sourceKey,
    },
    grants,
    principalId: identity.principalId,
    associated: (flags & MSGFLAG_ASSOCIATED) !== 0,
    deleted: (flags & SHOW_SOFT_DELETES) !== 0,
  };
  const isSearch = target.folder?.type === FOLDER_SEARCH;
  if (isSearch && (objectType === MAPI_FOLDER || place.associated || place.deleted))
    throw new KopanoError(KCERR_NO_SUPPORT, 'search folders only list messages');
  if (isSearch && !allows(grants, target, 'see folder'))
    throw new KopanoError(KCERR_NO_ACCESS, 'needs the right to see the folder');
  if (objectType === MAPI_FOLDER)
    return opened(
      { kind: 'hierarchy', place, deep: (flags & CONVENIENT_DEPTH) !== 0 },
      flags,
      defaults.HIERARCHY_COLUMNS,
    );
  if (isSearch) return opened({ kind: 'search', place }, flags, defaults.CONTENTS_COLUMNS);
  // Who may not read a folder sees an empty one (observed on 11.0.2).
  const subject = mayReadMessages(grants, target)
    ? ({ kind: 'contents', place } as const)
    : ({ kind: 'nothing' } as const);
  return opened(subject, flags, defaults.CONTENTS_COLUMNS);
}

/** Containers are sorted by their path, so that the global address book comes first (observed on 11.0.2). */
function openAddressBookTable({ entryId, objectType, flags }: TableRequest): TableState {
  const table = {
    container: decodeAddressBookEntryId(entryId),
    objectType,
    allLevels: (flags & CONVENIENT_DEPTH) !== 0,
  };
  const ofContainers = objectType === MAPI_ABCONT || objectType === MAPI_DISTLIST;
  const columns = ofContainers ? defaults.ADDRESS_BOOK_HIERARCHY_COLUMNS : defaults.ADDRESS_BOOK_CONTENTS_COLUMNS;
  const sort = [{ tag: PR_EMS_AB_HIERARCHY_PATH, order: TABLE_SORT_ASCEND }];
  return opened({ kind: 'address book', table }, flags, columns, sort);
}

/** What a store's client sends itself; without a store, all that the spooler sends. */
async function openOutgoingTable(reader: TableReader, { entryId, target, flags }: TableRequest): Promise<TableState> {
  const { platform, database, identity } = reader;
  if (entryId.length === 0) {
    requireLevel(reader, ADMIN_LEVEL_SYSADMIN);
    return opened({ kind: 'outgoing', storeId: 0 }, flags, OUTGOING_COLUMNS);
  }
  if (!target) throw new KopanoError(KCERR_NOT_FOUND, 'there is no such store');
  const grants = await grantsOn(database, identity, target, platform.settings.hosted);
  if (!grants.full) throw new KopanoError(KCERR_NO_ACCESS, 'only owners see what waits to be sent');
  return opened({ kind: 'outgoing', storeId: target.store.id }, flags, OUTGOING_COLUMNS);
}

/** Statistics are for administrators: those of users for the company's, all others for the system's. */
function openStatistics(reader: TableReader, { tableType, flags }: TableRequest): TableState {
  const { hosted } = reader.platform.settings;
  if (tableType === TABLETYPE_STATS_COMPANY && !hosted)
    throw new KopanoError(KCERR_NOT_FOUND, 'there are no companies');
  const ofSystem = tableType !== TABLETYPE_STATS_USERS;
  const onlyInHosted = tableType === TABLETYPE_STATS_SYSTEM || tableType === TABLETYPE_STATS_SESSIONS;
  requireLevel(reader, ofSystem && (hosted || !onlyInHosted) ? ADMIN_LEVEL_SYSADMIN : ADMIN_LEVEL_ADMIN);
  switch (tableType) {
    case TABLETYPE_STATS_SYSTEM:
      return opened({ kind: 'system statistics' }, flags, defaults.SYSTEM_STATISTICS_COLUMNS);
    case TABLETYPE_STATS_SESSIONS:
      return opened({ kind: 'session statistics' }, flags, defaults.SESSION_STATISTICS_COLUMNS);
    case TABLETYPE_STATS_USERS:
      return opened({ kind: 'user statistics' }, flags, defaults.USER_STATISTICS_COLUMNS);
    case TABLETYPE_STATS_COMPANY:
      return opened({ kind: 'company statistics' }, flags, defaults.COMPANY_STATISTICS_COLUMNS);
    default:
      return opened({ kind: 'server statistics' }, flags, defaults.SERVER_STATISTICS_COLUMNS);
  }
}

function requireLevel({ identity }: TableReader, level: number): void {
  if (identity.adminLevel < level) throw new KopanoError(KCERR_NO_ACCESS, 'only administrators may open this table');
}
