import { createHash } from 'node:crypto';
import { entryIdOf, GUID_BYTES, newGuid, storeGuidOf } from './entry-id.ts';
import { MSGFLAG_READ, MSGFLAG_UNSENT } from './message-flags.ts';
import { MAPI_MESSAGE } from './object-types.ts';
import type { Properties, PropertyTag, PropertyValue } from './property.ts';
import * as tags from './tags.ts';

/*
 * The two messages that clients keep free/busy settings in, one in its folder
 * and one hidden in the calendar (MS-OXODLGT 2.2.2.1; values observed on 11.0.2).
 */

/** Months of free/busy information that are published, from the client's settings. */
const PUBLISHED_MONTHS = 6;

/** The entry id of the message in a folder: always the same, so that a second attempt finds what a first has left. */
export function freeBusyMessageId(folder: Buffer): Buffer {
  const guid = createHash('sha256').update('LocalFreebusy').update(folder).digest().subarray(0, GUID_BYTES);
  return entryIdOf(storeGuidOf(folder), MAPI_MESSAGE, guid);
}

/** Properties of a new one. The one in its own folder also says how meeting requests are answered: by the user. */
export function freeBusyMessage(kind: 'own folder' | 'calendar'): Properties {
  const properties = new Map<PropertyTag, PropertyValue>([
    [tags.PR_MESSAGE_CLASS, 'IPM.Microsoft.ScheduleData.FreeBusy'],
    [tags.PR_SUBJECT, 'LocalFreebusy'],
    [tags.PR_SUBJECT_PREFIX, ''],
    [tags.PR_MESSAGE_FLAGS, MSGFLAG_READ | MSGFLAG_UNSENT],
    [tags.PR_SEARCH_KEY, newGuid()],
    [tags.PR_FREEBUSY_COUNT_MONTHS, PUBLISHED_MONTHS],
  ]);
  if (kind === 'own folder')
    for (const tag of [
      tags.PR_PROCESS_MEETING_REQUESTS,
      tags.PR_DECLINE_RECURRING_MEETING_REQUESTS,
      tags.PR_DECLINE_CONFLICTING_MEETING_REQUESTS,
    ])
      properties.set(tag, false);
  return properties;
}

/** PR_FREEBUSY_ENTRYIDS: the message in the calendar, the one in the folder, nothing, the folder. */
export const freeBusyEntryIds = (calendar: Buffer, freeBusyFolder: Buffer): Buffer[] => [
  freeBusyMessageId(calendar),
  freeBusyMessageId(freeBusyFolder),
  Buffer.alloc(0),
  freeBusyFolder,
];
