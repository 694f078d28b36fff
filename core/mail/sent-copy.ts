import { MSGFLAG_READ, MSGFLAG_UNMODIFIED } from '../mapi/message-flags.ts';
import type { Properties } from '../mapi/property.ts';
import * as tags from '../mapi/tags.ts';
import type { Placement } from '../store/delivery.ts';
import { loadValue } from '../store/load.ts';
import { findTarget, type LoadedTarget } from '../store/target.ts';
import type { PersonalMail } from './decision.ts';
import { mailToMessage } from './mail-to-message.ts';
import { namedTagsOf } from './named-tags.ts';
import type { OutgoingMail } from './outgoing.ts';

/** The owner's Sent Items; undefined where the store names none. Two statements. */
export async function sentItems({ platform, arrival }: PersonalMail): Promise<LoadedTarget | undefined> {
  const { store } = arrival.folder;
  const own = await findTarget(platform.database, { id: store.id });
  const entryId = own && (await loadValue(platform, own.documents, tags.PR_IPM_SENTMAIL_ENTRYID));
  if (!Buffer.isBuffer(entryId)) return undefined;
  const folder = await findTarget(platform.database, { entryId });
  return folder?.folder && folder.store.id === store.id && !folder.folder.gone ? folder : undefined;
}

/** A mail that was sent in a user's name as it lies in his Sent Items: read, and told to nobody as new. */
export async function sentCopy(mail: PersonalMail, folder: LoadedTarget, sent: OutgoingMail): Promise<Placement> {
  const { platform, receipt } = mail;
  const namedTags = await namedTagsOf(platform.database);
  const { message } = await mailToMessage(sent.raw, { receivedAt: receipt.receivedAt, namedTags });
  const properties: Properties = new Map(message.properties);
  properties.set(tags.PR_MESSAGE_FLAGS, MSGFLAG_READ | MSGFLAG_UNMODIFIED);
  return { folder, tree: { ...message, properties }, isNewMail: false };
}
