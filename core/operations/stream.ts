import { KOPANO_CAP_ENHANCED_ICS } from '../mapi/capabilities.ts';
import { objectTypeOf } from '../mapi/entry-id.ts';
import { KopanoError } from '../mapi/error.ts';
import { KCERR_INVALID_PARAMETER, KCERR_NO_SUPPORT, KCERR_NOT_FOUND } from '../mapi/error-codes.ts';
import { MSGFLAG_ASSOCIATED, MSGFLAG_DELETED } from '../mapi/message-flags.ts';
import { readMessageStream } from '../mapi/message-stream-reader.ts';
import type { Property } from '../mapi/property.ts';
import { PR_CONFLICT_ITEMS, PR_ENTRYID, PR_SOURCE_KEY } from '../mapi/tags.ts';
import type { Arguments } from '../soap/index.ts';
import { fromWire, toWire } from '../soap/wire-properties.ts';
import { exportableMessages } from '../store/sync/exportable-messages.ts';
import { messageStreams } from '../store/sync/message-export.ts';
import { importNewMessage, replaceMessage } from '../store/sync/message-import.ts';
import { findTarget, type TargetName } from '../store/target.ts';
import { actorOf } from './actor.ts';
import { type Operations, onTarget } from './context.ts';
import { requireNeed, requireRoom, requireTarget } from './target.ts';

/** By what a request names messages: old clients don't say, and mean source keys. */
const isBySourceKey = ({ ulPropTag }: Arguments<'exportMessageChangesAsStream'>): boolean =>
  ulPropTag === 0 || ulPropTag === PR_SOURCE_KEY;

/** Most messages of one request are in one folder, which then comes with the session. */
function firstFolder(args: Arguments<'exportMessageChangesAsStream'>): TargetName | undefined {
  const key = args['param-1'][0]?.sParentKey;
  if (!key || key.length === 0) return undefined;
  if (isBySourceKey(args)) return { sourceKey: key };
  return args.ulPropTag === PR_ENTRYID && objectTypeOf(key) !== undefined ? { entryId: key } : undefined;
}

/** Whole messages, each as a stream; what isn't there or isn't the caller's to read is left out. */
const exportMessageChangesAsStream = onTarget<'exportMessageChangesAsStream'>(firstFolder, async (context, args) => {
  if (!isBySourceKey(args) && args.ulPropTag !== PR_ENTRYID)
    throw new KopanoError(KCERR_INVALID_PARAMETER, 'messages are named by source keys or entry ids');
  if ((context.session.capabilities & KOPANO_CAP_ENHANCED_ICS) === 0)
    throw new KopanoError(KCERR_NO_SUPPORT, 'the client knows no streams');
  const actor = actorOf(context);
  const messages = await exportableMessages(actor, {
    messages: args['param-1'].map(({ sObjectKey, sParentKey }) => ({ key: sObjectKey, folderKey: sParentKey })),
    keys: isBySourceKey(args) ? 'source_key' : 'entry_id',
    deleted: (args.ulFlags & MSGFLAG_DELETED) !== 0,
    columns: args.sPropTags,
    folder: context.target,
  });
  const streams = messageStreams(
    actor,
    messages.map(({ id }) => id),
    args.ulFlags,
  );
  return {
    sMsgStreams: messages.map(({ index, properties }, position) => ({
      ulStep: index,
      sPropVals: properties.map(toWire),
      sStreamData: streams[position]!,
    })),
  };
});

/** Saves a message that comes as a stream: a new one, or in the place of one that is there. */
const importMessageFromStream = onTarget<'importMessageFromStream'>(
  (args) => (objectTypeOf(args.sParentEntryId) === undefined ? undefined : { entryId: args.sParentEntryId }),
  async (context, args) => {
    const folder = requireTarget(context);
    const actor = actorOf(context);
    const imported = {
      message: readMessageStream(args.sStreamData),
      conflictItems: conflictItemsOf(args),
      syncId: args.ulSyncId,
    };
    if (args.bIsNew) {
      await requireNeed(context, folder, 'create');
      requireRoom(context, folder);
      const associated = (args.ulFlags & MSGFLAG_ASSOCIATED) !== 0;
      await importNewMessage(actor, folder, imported, { entryId: args.sEntryId, associated });
      return {};
    }
    const existing =
      objectTypeOf(args.sEntryId) === undefined
        ? undefined
        : await findTarget(context.database, { entryId: args.sEntryId });
    if (existing?.object.parentId !== folder.object.id)
      throw new KopanoError(KCERR_NOT_FOUND, 'there is no such message in the folder');
    await requireNeed(context, existing, 'edit');
    requireRoom(context, existing);
    await replaceMessage(actor, existing, imported);
    return {};
  },
);

function conflictItemsOf({ lpsConflictItems }: Arguments<'importMessageFromStream'>): Property | undefined {
  const property = lpsConflictItems && fromWire(lpsConflictItems);
  return property?.tag === PR_CONFLICT_ITEMS ? property : undefined;
}

/** Whole messages as streams. */
export const stream = { exportMessageChangesAsStream, importMessageFromStream } satisfies Partial<Operations>;
