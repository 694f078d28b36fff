import type { Principal } from '../../directory/principal.ts';
import { MSGFLAG_READ } from '../../mapi/message-flags.ts';
import type { ObjectTree } from '../../mapi/object-tree.ts';
import { MAPI_FOLDER, STORE_PRIVATE } from '../../mapi/object-types.ts';
import type { Properties, PropertyTag } from '../../mapi/property.ts';
import {
  PR_DELETE_AFTER_SUBMIT,
  PR_ENTRYID,
  PR_IPM_SENTMAIL_ENTRYID,
  PR_MESSAGE_FLAGS,
  PR_SENTMAIL_ENTRYID,
} from '../../mapi/tags.ts';
import { deliver, mailKey } from '../../store/delivery.ts';
import { allValues } from '../../store/message-tree.ts';
import type { Submission } from '../../store/sent-message.ts';
import { findStore, storeTypeMask } from '../../store/store-lookup.ts';
import { findTarget, type LoadedTarget } from '../../store/target.ts';
import type { SendingContext } from './context.ts';

/** What a copy doesn't take along. */
const OWN: readonly PropertyTag[] = [PR_ENTRYID, PR_SENTMAIL_ENTRYID, PR_DELETE_AFTER_SUBMIT];

/** Puts a copy of a message into the Sent Items of the user in whose name it was sent, once. */
export async function keepForRepresentee(
  { platform }: SendingContext,
  representee: Principal,
  { sending }: Submission,
  message: ObjectTree,
  set: ReadonlyMap<PropertyTag, string | Buffer>,
): Promise<void> {
  const folder = await sentItemsOf(platform, representee.id);
  if (!folder) {
    platform.log.warn({ sending, principal: representee.id }, 'who is represented has no Sent Items');
    return;
  }
  const properties: Properties = new Map([...message.properties, ...set]);
  for (const tag of OWN) properties.delete(tag);
  properties.set(PR_MESSAGE_FLAGS, MSGFLAG_READ);
  await deliver(platform, {
    mailId: mailKey(`copy of ${sending}`),
    recipient: representee.id,
    placements: [{ folder, tree: { ...message, properties }, isNewMail: false }],
    now: platform.clock.now(),
  });
}

async function sentItemsOf(platform: SendingContext['platform'], ownerId: number): Promise<LoadedTarget | undefined> {
  const { database } = platform;
  const found = await findStore(database, { ownerId, typeMask: storeTypeMask(STORE_PRIVATE) });
  const store = found && (await findTarget(database, { id: found.store.id }));
  if (!store) return undefined;
  const entryId = (await allValues(platform, store.documents.props, store.documents.overflow)).get(
    PR_IPM_SENTMAIL_ENTRYID,
  );
  const folder = Buffer.isBuffer(entryId) ? await findTarget(database, { entryId }) : undefined;
  const fits = folder?.object.kind === MAPI_FOLDER && folder.store.id === store.store.id && !folder.folder?.gone;
  return fits ? folder : undefined;
}
