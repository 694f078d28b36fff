import { objectTypeOf } from '../mapi/entry-id.ts';
import { KopanoError } from '../mapi/error.ts';
import { KCERR_INVALID_TYPE } from '../mapi/error-codes.ts';
import { MAPI_MESSAGE } from '../mapi/object-types.ts';
import { changeMessageStatus } from '../store/message-status.ts';
import type { LoadedTarget, TargetName } from '../store/target.ts';
import { actorOf } from './actor.ts';
import { type Context, type Operations, onTarget } from './context.ts';
import { requireNeed, requireTarget } from './target.ts';

const named = (entryId: Buffer): TargetName | undefined =>
  objectTypeOf(entryId) === undefined ? undefined : { entryId };

function requireMessage(context: Context): LoadedTarget {
  const target = requireTarget(context);
  if (target.object.kind !== MAPI_MESSAGE) throw new KopanoError(KCERR_INVALID_TYPE, 'not a message');
  return target;
}

const getMessageStatus = onTarget<'getMessageStatus'>(
  (args) => named(args.sEntryId),
  async (context) => {
    const message = requireMessage(context);
    await requireNeed(context, message, 'read');
    return { ulMessageStatus: message.object.messageStatus ?? 0 };
  },
);

/** Changes the status bits under the mask; answers what they were. */
const setMessageStatus = onTarget<'setMessageStatus'>(
  (args) => named(args.sEntryId),
  async (context, args) => {
    const message = requireMessage(context);
    await requireNeed(context, message, 'edit');
    const before = await changeMessageStatus(
      actorOf(context),
      message,
      args.ulNewStatus,
      args.ulNewStatusMask,
      args.ulSyncId,
    );
    return { ulMessageStatus: before };
  },
);

export const messageStatus = { getMessageStatus, setMessageStatus } satisfies Partial<Operations>;
