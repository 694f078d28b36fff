import {
  ICS_MESSAGE_CHANGE,
  ICS_MESSAGE_FLAG,
  ICS_MESSAGE_HARD_DELETE,
  ICS_MESSAGE_NEW,
  ICS_MESSAGE_SOFT_DELETE,
} from '../../mapi/change-types.ts';
import { KopanoError } from '../../mapi/error.ts';
import { KCERR_NO_SUPPORT } from '../../mapi/error-codes.ts';
import type { Restriction } from '../../mapi/restriction.ts';
import {
  SYNC_ASSOCIATED,
  SYNC_CATCHUP,
  SYNC_NO_DB_CHANGES,
  SYNC_NO_DELETIONS,
  SYNC_NO_SOFT_DELETIONS,
  SYNC_NORMAL,
  SYNC_READ_STATE,
} from '../../mapi/sync-flags.ts';
import type { Actor } from '../actor.ts';
import { appendChanges } from '../changes.ts';
import { lockStore } from '../folder-counters.ts';
import type { StorePlace } from '../table/store-place.ts';
import {
  type ChangeRange,
  ICS_MARK,
  LastChanges,
  type LoggedChange,
  MESSAGE_CHANGES,
  readChanges,
  settledPosition,
} from './change-log.ts';
import { type ListedMessage, listMessages } from './folder-messages.ts';
import type { IcsChange, IcsChanges } from './ics-change.ts';
import {
  forgetSyncContent,
  keepSyncContent,
  readSyncContent,
  type SourceKeySet,
  sourceKeyOfText,
  sourceKeyText,
} from './sync-content.ts';

/** What a client asks about messages. */
export interface ContentsRequest {
  readonly syncId: number;
  /** Where the client is; 0: it has nothing. */
  readonly changeId: number;
  /** SYNC_* (core/mapi/sync-flags.ts). */
  readonly flags: number;
  readonly restriction?: Restriction | undefined;
}

/** Changes of the messages of all stores, for an administrator's client. */
export async function changesEverywhere(actor: Actor, request: ContentsRequest): Promise<IcsChanges> {
  if (request.restriction) throw new KopanoError(KCERR_NO_SUPPORT, 'syncs of everything know no restrictions');
  if (request.changeId === 0 && (request.flags & SYNC_CATCHUP) === 0)
    throw new KopanoError(KCERR_NO_SUPPORT, 'nobody wants all messages of all stores');
  const newest = await settledPosition(actor.database);
  const changes = request.changeId === 0 ? [] : await loggedChanges(actor, null, request, newest);
  return { changes, maxChangeId: newest };
}

/**
 * Changes of the messages of a folder. SYNC_CATCHUP leaves nothing out here (observed on 11.0.2): Z-Push counts what is
 * new with it. `newest` is the folder's newest change:
 * what comes later is told the next time, so that nothing is told twice or
 * never, however many statements it takes to tell.
 */
export async function changesOfMessages(
  actor: Actor,
  place: StorePlace,
  newest: number,
  request: ContentsRequest,
): Promise<IcsChanges> {
  const { syncId, flags, restriction } = request;
  const isFirst = request.changeId === 0;
  // A client may come from the future, if the server was restored from a backup.
  const changeId = Math.min(request.changeId, newest);
  const from = { ...request, changeId };

  const before = isFirst ? undefined : await readSyncContent(actor.database, syncId, changeId);
  if (!isFirst && !before && !restriction)
    return { changes: await loggedChanges(actor, place.folder, from, newest), maxChangeId: newest };

  const compared = await compare(actor, place, newest, from, before);
  // A state of its own is needed where there is news, or where from now on there is a restriction.
  const moves = isFirst || compared.changes.length > 0 || !before;
  if (!moves) {
    if ((flags & SYNC_NO_DB_CHANGES) === 0) await forgetSyncContent(actor.database, syncId, changeId);
    return { changes: [], maxChangeId: changeId };
  }
  if (flags & SYNC_NO_DB_CHANGES) return { changes: compared.changes, maxChangeId: newest };
  // What the client has may differ though nothing was logged: the restriction is another. Such a state needs a number of its own.
  if (newest <= changeId) return changesOfMessages(actor, place, await markState(actor, place, syncId), from);
  if (restriction)
    await keepSyncContent(actor.database, { syncId, from: changeId, changeId: newest }, compared.content);
  return { changes: compared.changes, maxChangeId: newest };
}

/** The changes that others logged, as far as the client wants them. */
async function loggedChanges(
  actor: Actor,
  folder: ChangeRange['folder'],
  { syncId, changeId, flags }: ContentsRequest,
  newest: number,
): Promise<IcsChange[]> {
  const types = MESSAGE_CHANGES.filter((type) => isWanted(type, flags));
  const last = new LastChanges();
  for await (const page of readChanges(actor.database, { folder, types, after: changeId, upTo: newest }))
    last.add(
      page.filter(
        (change) => change.syncId !== syncId && (flags & (change.associated ? SYNC_ASSOCIATED : SYNC_NORMAL)) !== 0,
      ),
    );
  return last.list().map(toTold);
}

function isWanted(type: number, flags: number): boolean {
  switch (type) {
    case ICS_MESSAGE_FLAG:
      return (flags & SYNC_READ_STATE) !== 0;
    case ICS_MESSAGE_SOFT_DELETE:
      return (flags & (SYNC_NO_DELETIONS | SYNC_NO_SOFT_DELETIONS)) === 0;
    case ICS_MESSAGE_HARD_DELETE:
      return (flags & SYNC_NO_DELETIONS) === 0;
    default:
      return true;
  }
}

const toTold = (change: LoggedChange): IcsChange => ({
  changeId: change.id,
  sourceKey: change.sourceKey,
  parentSourceKey: change.folderSourceKey,
  type: change.type,
  flags: change.flags,
});

/** What became of a message since the client's state, by others. */
interface Fate {
  edited: boolean;
  /** The new read state; undefined where it didn't change. */
  readState?: number;
  deleted: boolean;
}

interface Comparison {
  readonly changes: IcsChange[];
  /** What the client has when it has been told. */
  readonly content: SourceKeySet;
}

/** Compares what the client has with what is there and meets the restriction. */
async function compare(
  actor: Actor,
  place: StorePlace,
  newest: number,
  request: ContentsRequest,
  before: SourceKeySet | undefined,
): Promise<Comparison> {
  const { syncId, changeId, flags, restriction } = request;
  const listed = await listMessages(actor, place, { syncId, flags, restriction, upTo: newest });
  const needsLog = changeId > 0 || listed.some((message) => message.own);
  const log = needsLog ? await readFates(actor, place.folder, request, newest) : undefined;
  const has = new Set(before);
  for (const key of log?.brought ?? []) has.add(key);
  for (const key of log?.taken ?? []) has.delete(key);
  // Without a restriction the client got everything there was.
  const hadAll = !before && changeId > 0;
  const isThere = (message: ListedMessage, key: string): boolean =>
    has.has(key) || (hadAll && message.created <= changeId) || (changeId === 0 && message.own);

  const changes: IcsChange[] = [];
  const content: SourceKeySet = new Set();
  const tell = (message: ListedMessage, type: number, readState = 0): void => {
    changes.push({
      changeId: message.newest,
      sourceKey: message.sourceKey,
      parentSourceKey: place.folder.sourceKey ?? Buffer.alloc(0),
      type,
      flags: readState,
    });
  };
  for (const message of listed) {
    const key = sourceKeyText(message.sourceKey);
    const there = isThere(message, key);
    has.delete(key);
    if (!message.accepted) {
      if (there) tell(message, ICS_MESSAGE_HARD_DELETE);
      continue;
    }
    content.add(key);
    const fate = log?.fates.get(key);
    if (!there) tell(message, ICS_MESSAGE_NEW);
    else if (fate?.edited) tell(message, ICS_MESSAGE_CHANGE);
    else if (fate?.readState !== undefined) tell(message, ICS_MESSAGE_FLAG, fate.readState);
  }
  // What is gone: the client has it, or, where it had everything, somebody deleted it.
  const gone = new Set(has);
  if (hadAll) for (const [key, fate] of log?.fates ?? []) if (fate.deleted && !content.has(key)) gone.add(key);
  for (const key of gone)
    changes.push({
      changeId: 0,
      sourceKey: sourceKeyOfText(key),
      parentSourceKey: place.folder.sourceKey ?? Buffer.alloc(0),
      type: ICS_MESSAGE_HARD_DELETE,
      flags: 0,
    });
  return { changes, content };
}

interface Log {
  readonly fates: ReadonlyMap<string, Fate>;
  /** What the client itself brought since, and took away. */
  readonly brought: ReadonlySet<string>;
  readonly taken: ReadonlySet<string>;
}

async function readFates(
  actor: Actor,
  folder: ChangeRange['folder'],
  request: ContentsRequest,
  newest: number,
): Promise<Log> {
  const fates = new Map<string, Fate>();
  const brought = new Set<string>();
  const taken = new Set<string>();
  const range = { folder, types: MESSAGE_CHANGES, after: request.changeId, upTo: newest };
  for await (const page of readChanges(actor.database, range))
    for (const change of page) {
      const key = sourceKeyText(change.sourceKey);
      const isDeletion = change.type === ICS_MESSAGE_HARD_DELETE || change.type === ICS_MESSAGE_SOFT_DELETE;
      if (change.syncId === request.syncId) {
        if (isDeletion) {
          taken.add(key);
          brought.delete(key);
        } else if (change.type === ICS_MESSAGE_NEW) {
          brought.add(key);
          taken.delete(key);
        }
        continue;
      }
      const fate: Fate = fates.get(key) ?? { edited: false, deleted: false };
      fates.set(key, fate);
      if (isDeletion) fate.deleted = true;
      else if (change.type === ICS_MESSAGE_FLAG) fate.readState = change.flags;
      else {
        fate.edited = true;
        fate.deleted = false;
      }
    }
  return { fates, brought, taken };
}

/** Takes a number for a new state of a sync, in line with all writers of the store. */
async function markState(actor: Actor, place: StorePlace, syncId: number): Promise<number> {
  return actor.database.transaction(async (transaction) => {
    await lockStore(transaction, place.store.id);
    const [id] = await appendChanges(transaction, [
      {
        storeId: place.store.id,
        folderId: place.folder.id,
        objectId: place.folder.id,
        kind: place.folder.kind,
        event: 0,
        icsType: ICS_MARK,
        folderSourceKey: place.folder.sourceKey,
        syncId,
      },
    ]);
    return id!;
  });
}
