import { createHash } from 'node:crypto';
import { entryIdOf, GUID_BYTES, newGuid, storeGuidOf } from '../../core/mapi/entry-id.ts';
import { MSGFLAG_ASSOCIATED, MSGFLAG_READ, MSGFLAG_UNSENT } from '../../core/mapi/message-flags.ts';
import { MAPI_MESSAGE } from '../../core/mapi/object-types.ts';
import * as tags from '../../core/mapi/tags.ts';
import type { Draft } from '../../core/soap/index.ts';
import type { Session } from '../connection/session.ts';
import { wireProperty } from '../wire-properties.ts';
import { exists, saveNewMessage } from './objects.ts';

/** Months of free/busy information that are published, from the client's settings. */
const PUBLISHED_MONTHS = 6;

/** How meeting requests are answered: by the user, not by themselves. */
const ANSWERING: readonly Draft<'propVal'>[] = [
  wireProperty(tags.PR_PROCESS_MEETING_REQUESTS, false),
  wireProperty(tags.PR_DECLINE_RECURRING_MEETING_REQUESTS, false),
  wireProperty(tags.PR_DECLINE_CONFLICTING_MEETING_REQUESTS, false),
];

/**
 * Makes the two messages that clients keep free/busy settings in, one in its
 * folder and one hidden in the calendar, and answers the value of
 * PR_FREEBUSY_ENTRYIDS that names them (MS-OXODLGT 2.2.2.1).
 */
export async function createFreeBusy(
  session: Session,
  { freeBusyFolder, calendar }: { readonly freeBusyFolder: Buffer; readonly calendar: Buffer },
): Promise<Buffer[]> {
  const own = await ensure(session, freeBusyFolder, ANSWERING, 0);
  const inCalendar = await ensure(session, calendar, [], MSGFLAG_ASSOCIATED);
  return [inCalendar, own, Buffer.alloc(0), freeBusyFolder];
}

/** A second attempt composes the same entry id and so finds what the first has left. */
async function ensure(
  session: Session,
  folder: Buffer,
  properties: readonly Draft<'propVal'>[],
  flags: number,
): Promise<Buffer> {
  const guid = createHash('sha256').update('LocalFreebusy').update(folder).digest().subarray(0, GUID_BYTES);
  const entryId = entryIdOf(storeGuidOf(folder), MAPI_MESSAGE, guid);
  if (await exists(session, entryId)) return entryId;
  const message = [
    wireProperty(tags.PR_MESSAGE_CLASS, 'IPM.Microsoft.ScheduleData.FreeBusy'),
    wireProperty(tags.PR_SUBJECT, 'LocalFreebusy'),
    wireProperty(tags.PR_SUBJECT_PREFIX, ''),
    wireProperty(tags.PR_MESSAGE_FLAGS, MSGFLAG_READ | MSGFLAG_UNSENT),
    wireProperty(tags.PR_SEARCH_KEY, newGuid()),
    wireProperty(tags.PR_FREEBUSY_COUNT_MONTHS, PUBLISHED_MONTHS),
    ...properties,
  ];
  await saveNewMessage(session, folder, entryId, message, flags);
  return entryId;
}
