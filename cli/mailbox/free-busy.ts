import { freeBusyEntryIds, freeBusyMessage, freeBusyMessageId } from '../../core/mapi/free-busy-messages.ts';
import { MSGFLAG_ASSOCIATED } from '../../core/mapi/message-flags.ts';
import type { Session } from '../connection/session.ts';
import { type WrittenValue, wireProperty } from '../wire-properties.ts';
import { exists, saveNewMessage } from './objects.ts';

/** Makes the two messages with free/busy settings, and answers the value of PR_FREEBUSY_ENTRYIDS that names them. */
export async function createFreeBusy(
  session: Session,
  { freeBusyFolder, calendar }: { readonly freeBusyFolder: Buffer; readonly calendar: Buffer },
): Promise<Buffer[]> {
  await ensure(session, freeBusyFolder, 'own folder', 0);
  await ensure(session, calendar, 'calendar', MSGFLAG_ASSOCIATED);
  return freeBusyEntryIds(calendar, freeBusyFolder);
}

async function ensure(
  session: Session,
  folder: Buffer,
  kind: Parameters<typeof freeBusyMessage>[0],
  flags: number,
): Promise<void> {
  const entryId = freeBusyMessageId(folder);
  if (await exists(session, entryId)) return;
  const message = [...freeBusyMessage(kind)].map(([tag, value]) => wireProperty(tag, value as WrittenValue));
  await saveNewMessage(session, folder, entryId, message, flags);
}
