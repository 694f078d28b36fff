import { createHash } from 'node:crypto';
import { fnevKopanoIcsChange, fnevNewMail, fnevTableModified } from '../mapi/change-types.ts';
import { KopanoError } from '../mapi/error.ts';
import {
  KCERR_END_OF_SESSION,
  KCERR_INVALID_PARAMETER,
  KCERR_NO_ACCESS,
  KCERR_NOT_FOUND,
} from '../mapi/error-codes.ts';
import { PR_INSTANCE_KEY, PR_NULL } from '../mapi/tags.ts';
import type { Arguments, Draft, Wire } from '../soap/index.ts';
import { toWire } from '../soap/wire-properties.ts';
import { mayReadMessages } from '../store/access.ts';
import { instanceKeyOf } from '../store/load.ts';
import { tellOfNewMail } from '../store/new-mail.ts';
import { refreshStale } from '../store/search/watched-searches.ts';
import type { RowKey } from '../store/table/row-source.ts';
import type { TableReader } from '../store/table/table-sources.ts';
import { findTarget } from '../store/target.ts';
import type { Notification, SyncNotification } from '../store/watch/news.ts';
import { tellable } from '../store/watch/notification-rights.ts';
import { type Listener, subscribe, unsubscribe } from '../store/watch/subscriptions.ts';
import type { TableEvent } from '../store/watch/table-news.ts';
import { awaitNotifications } from '../store/watch/waiting.ts';
import { type TableNotification, takeTableNews, watchTable } from '../store/watch/watched-tables.ts';
import { actorOf } from './actor.ts';
import type { Context, Operations } from './context.ts';
import { required, requireNeed } from './target.ts';

/** A key of this size names an open table, not an object. */
const TABLE_KEY_BYTES = 4;

const listenerOf = ({ session }: Context): Listener => ({
  sessionId: session.id,
  group: session.group === 0n ? session.id : groupOf(session.identity.principalId, session.group),
});

/** Clients name their groups; nobody gets into somebody else's by giving its name. */
const groupOf = (principalId: number, group: bigint): bigint =>
  createHash('sha256').update(`${principalId} ${group}`).digest().readBigUInt64BE();

const readerOf = ({ platform, database, session }: Context): TableReader => ({
  platform,
  database,
  identity: session.identity,
});

/** Begins what was allowed. */
type Begin = () => Promise<void>;

/** Begins a subscription to an object, all of a store, an open table or a sync. */
export async function subscribeTo(context: Context, request: Wire<'notifySubscribe'>): Promise<void> {
  const begin = await subscriptionTo(context, request);
  await begin();
}

/** Finds out whether a subscription is allowed. */
async function subscriptionTo(context: Context, request: Wire<'notifySubscribe'>): Promise<Begin> {
  if (request.ulEventMask === fnevKopanoIcsChange) return subscriptionToSync(context, request);
  if (request.sKey.length === TABLE_KEY_BYTES)
    return () =>
      watchTable(readerOf(context), listenerOf(context), {
        connection: request.ulConnection,
        tableId: request.sKey.readUInt32LE(),
      });
  const known = context.target;
  const target =
    known?.object.entryId?.equals(request.sKey) === true
      ? known
      : await findTarget(context.database, { entryId: request.sKey });
  if (!target) throw new KopanoError(KCERR_NOT_FOUND, 'the object does not exist');
  await requireNeed(context, target, 'see folder');
  return () =>
    subscribe(context.database, listenerOf(context), {
      connection: request.ulConnection,
      storeId: target.store.id,
      subjectId: target.object.id,
      eventMask: request.ulEventMask,
      position: target.position,
    });
}

/**
 * Begins a subscription to what a sync would find from a state on. Of a sync
 * that is unknown, or of everything, there is never anything to tell (observed
 * on 11.0.2).
 */
async function subscriptionToSync(context: Context, request: Wire<'notifySubscribe'>): Promise<Begin> {
  const { ulSyncId, ulChangeId } = request.sSyncState;
  const folder = await findTarget(context.database, { syncId: ulSyncId });
  if (!folder) return async () => {};
  const grants = await requireNeed(context, folder, 'read');
  if (!mayReadMessages(grants, folder)) return async () => {};
  return () =>
    subscribe(context.database, listenerOf(context), {
      connection: request.ulConnection,
      storeId: folder.store.id,
      subjectId: folder.object.id,
      eventMask: fnevKopanoIcsChange,
      position: ulChangeId,
      syncId: ulSyncId,
    });
}

const notifySubscribe = async (context: Context, args: Arguments<'notifySubscribe'>) => {
  await subscribeTo(context, required(args.notifySubscribe, 'notifySubscribe'));
  return {};
};

/** Subscriptions of one call, each of which costs some statements; clients ask for one per folder. */
const MOST_SUBSCRIPTIONS = 2_000;

const notifySubscribeMulti = async (context: Context, args: Arguments<'notifySubscribeMulti'>) => {
  const requests = required(args.notifySubscribeArray, 'notifySubscribeArray');
  if (requests.length > MOST_SUBSCRIPTIONS)
    throw new KopanoError(KCERR_INVALID_PARAMETER, 'too many subscriptions at once');
  // All or none: whatever is refused is so before the first begins.
  const allowed: Begin[] = [];
  for (const request of requests) allowed.push(await subscriptionTo(context, request));
  for (const begin of allowed) await begin();
  return {};
};

const notifyUnSubscribe = async (context: Context, args: Arguments<'notifyUnSubscribe'>) => {
  await unsubscribe(context.database, listenerOf(context), [args.ulConnection]);
  return {};
};

const notifyUnSubscribeMulti = async (context: Context, args: Arguments<'notifyUnSubscribeMulti'>) => {
  await unsubscribe(context.database, listenerOf(context), required(args.ulConnectionArray, 'ulConnectionArray'));
  return {};
};

/** Waits for notifications, below the gateway's time limit; time-out answers an empty list (observed on 11.0.2). */
const notifyGetItems = async (context: Context) => {
  const { platform, database } = context;
  const listener = listenerOf(context);
  const notifications = await awaitNotifications(
    database,
    listener,
    {
      tables: (connections) => takeTableNews(readerOf(context), listener, connections),
      searches: (stale) => refreshStale({ platform, database }, stale),
    },
    (found) => tellable(actorOf(context), found),
    platform.clock,
  );
  if (!notifications) throw new KopanoError(KCERR_END_OF_SESSION, 'the session ended while it waited');
  return { pNotificationArray: notifications.map(wireOf) };
};

function wireOf(notification: Notification | TableNotification): Draft<'notification'> {
  if ('table' in notification)
    return {
      ulConnection: notification.connection,
      ulEventType: fnevTableModified,
      tab: wireOfTable(notification.table),
    };
  if ('syncId' in notification)
    return {
      ulConnection: notification.connection,
      ulEventType: fnevKopanoIcsChange,
      // The kind of change is always 0 (observed on 11.0.2).
      ics: { pSyncState: syncStateOf(notification), ulChangeType: 0 },
    };
  const { connection, event, kind, entryId, parentEntryId, oldEntryId, oldParentEntryId } = notification;
  if (event === fnevNewMail)
    return {
      ulConnection: connection,
      ulEventType: event,
      newmail: {
        pEntryId: entryId,
        ...(parentEntryId && { pParentId: parentEntryId }),
        lpszMessageClass: notification.messageClass ?? '',
        ulMessageFlags: notification.messageFlags ?? 0,
      },
    };
  return {
    ulConnection: connection,
    ulEventType: event,
    obj: {
      pEntryId: entryId,
      ulObjType: kind,
      ...(parentEntryId && { pParentId: parentEntryId }),
      ...(oldEntryId && { pOldId: oldEntryId }),
      ...(oldParentEntryId && { pOldParentId: oldParentEntryId }),
    },
  };
}

/**
 * Tells of new mail, as the original's delivery agent does. Ours writes the news
 * with the message; this serves agents that clients bring along. Only who may
 * create in a folder tells of mail there.
 */
const tellNewMail = async (context: Context, args: Arguments<'notify'>) => {
  const { newmail, ulEventType } = args.sNotification;
  if (ulEventType !== fnevNewMail) throw new KopanoError(KCERR_NO_ACCESS, 'clients tell of new mail only');
  const folder = await findTarget(context.database, { entryId: required(newmail?.pParentId, 'pParentId') });
  const message = await findTarget(context.database, { entryId: required(newmail?.pEntryId, 'pEntryId') });
  if (!folder || message?.object.parentId !== folder.object.id)
    throw new KopanoError(KCERR_NOT_FOUND, 'the message is not in the folder');
  await requireNeed(context, folder, 'create');
  await tellOfNewMail(context.database, message);
  return {};
};

const wireOfTable = ({ event, kind, key, prior, cells }: TableEvent): Draft<'notificationTable'> => ({
  ulTableEvent: event,
  ulObjType: kind,
  hResult: 0,
  propIndex: instanceKey(key),
  propPrior: instanceKey(prior),
  ...(cells && { pRow: cells.map(toWire) }),
});

/** PR_INSTANCE_KEY of a row, or PR_NULL for none (observed on 11.0.2). */
const instanceKey = (key: RowKey | undefined): Draft<'propVal'> =>
  key
    ? toWire({ tag: PR_INSTANCE_KEY, value: instanceKeyOf(key.id, key.order) })
    : { ulPropTag: PR_NULL, Value: { name: 'ul', value: 0 } };

/** A sync and where it is: two little-endian numbers, as clients keep them. */
function syncStateOf({ syncId, changeId }: SyncNotification): Buffer {
  const state = Buffer.alloc(8);
  state.writeUInt32LE(syncId, 0);
  state.writeUInt32LE(changeId, 4);
  return state;
}

export const notify = {
  notify: tellNewMail,
  notifySubscribe,
  notifySubscribeMulti,
  notifyUnSubscribe,
  notifyUnSubscribeMulti,
  notifyGetItems,
} satisfies Partial<Operations>;
