import * as values from '../../mapi/calendar-values.ts';
import { fileTimeFromMilliseconds } from '../../mapi/file-time.ts';
import type { NamedPropertyName, NamedTags } from '../../mapi/named-properties.ts';
import type { ObjectTree } from '../../mapi/object-tree.ts';
import { MAPI_MAILUSER, MAPI_MESSAGE } from '../../mapi/object-types.ts';
import type { Properties, PropertyTag, PropertyValue, ReadonlyProperties } from '../../mapi/property.ts';
import { MAPI_TO } from '../../mapi/recipient-types.ts';
import {
  PR_BODY,
  PR_CONVERSATION_TOPIC,
  PR_DISPLAY_TO,
  PR_END_DATE,
  PR_MESSAGE_CLASS,
  PR_OBJECT_TYPE,
  PR_OWNER_APPT_ID,
  PR_RECIPIENT_TYPE,
  PR_ROWID,
  PR_START_DATE,
  PR_SUBJECT,
} from '../../mapi/tags.ts';
import { displayName, type Mailbox } from '../address.ts';
import { emptyAddressBook, knownRole, recipientDisplay, roleProperties } from '../address-book.ts';
import { REPRESENTING_TAGS, SENDER_TAGS } from '../header-properties.ts';
import { RECIPIENT_TAGS } from '../recipients.ts';
import { subjectProperties } from '../subject.ts';
import { stringIn } from './property-values.ts';

/** What may be answered. */
export type Answer = 'accept' | 'tentative' | 'decline';

const ANSWERS: Readonly<Record<Answer, { messageClass: string; prefix: string }>> = {
  accept: { messageClass: values.CLASS_RESPONSE_ACCEPTED, prefix: 'Accepted' },
  tentative: { messageClass: values.CLASS_RESPONSE_TENTATIVE, prefix: 'Tentative' },
  decline: { messageClass: values.CLASS_RESPONSE_DECLINED, prefix: 'Declined' },
};

/** What an answer repeats of the request (MS-OXOCAL 2.2.7). */
const REPEATED: readonly NamedPropertyName[] = [
  'dispidApptTsRef',
  'PidLidGlobalObjectId',
  'PidLidCleanGlobalObjectId',
  'PidLidAppointmentStartWhole',
  'PidLidAppointmentEndWhole',
  'PidLidAppointmentDuration',
  'PidLidAppointmentSubType',
  'PidLidAppointmentSequence',
  'PidLidAppointmentRecur',
  'PidLidBusyStatus',
  'PidLidCommonEnd',
  'PidLidCommonStart',
  'PidLidExceptionReplaceTime',
  'PidLidIsException',
  'PidLidIsRecurring',
  'PidLidLocation',
  'PidLidOwnerCriticalChange',
  'PidLidRecurrencePattern',
  'PidLidRecurrenceType',
  'PidLidRecurring',
  'PidLidStartRecurrenceTime',
  'PidLidEndRecurrenceTime',
  'PidLidTimeZoneDescription',
  'PidLidTimeZoneStruct',
  'PidLidWhere',
];

/**
 * The answer of an invited to a meeting request, ready to be rendered or put
 * into the outbox.
 *
 * @param self the answerer's row of the address book
 * @param organizer whom to answer
 * @param text why, if anything is to be said
 */
export function meetingResponse(
  request: ObjectTree,
  answer: Answer,
  people: { readonly self: ReadonlyProperties; readonly organizer: Mailbox },
  { tags, now, text = '' }: { readonly tags: NamedTags; readonly now: number; readonly text?: string },
): ObjectTree {
  const { messageClass, prefix } = ANSWERS[answer];
  const { self, organizer } = people;
  const subject = stringIn(request.properties, PR_SUBJECT) ?? '';
  const copied = [...REPEATED.map((name) => tags[name]), PR_START_DATE, PR_END_DATE, PR_OWNER_APPT_ID].flatMap(
    (tag): [PropertyTag, PropertyValue][] => {
      const value = request.properties.get(tag);
      return value === undefined ? [] : [[tag, value]];
    },
  );
  const properties: Properties = new Map([
    ...copied,
    ...subjectProperties(`${prefix}: ${subject}`, stringIn(request.properties, PR_CONVERSATION_TOPIC) ?? subject),
    ...knownRole(self, SENDER_TAGS),
    ...knownRole(self, REPRESENTING_TAGS),
    [PR_MESSAGE_CLASS, messageClass],
    [PR_BODY, text],
    [PR_DISPLAY_TO, displayName(organizer)],
    [tags.PidLidAttendeeCriticalChange, fileTimeFromMilliseconds(now)],
    [tags.PidLidAppointmentReplyTime, fileTimeFromMilliseconds(now)],
    [tags.PidLidResponseStatus, values.RESPONSE_NONE],
    [tags.PidLidAppointmentStateFlags, 0],
    [tags.PidLidIntendedBusyStatus, values.BUSY_NOT_INTENDED],
    [tags.PidLidSendMeetingAsIcal, true],
    [tags.PidLidFInvited, false],
  ]);
  const row: Properties = new Map([
    ...roleProperties(organizer, RECIPIENT_TAGS, emptyAddressBook),
    ...recipientDisplay(organizer, emptyAddressBook),
    [PR_RECIPIENT_TYPE, MAPI_TO],
    [PR_OBJECT_TYPE, MAPI_MAILUSER],
    [PR_ROWID, 0],
  ]);
  return { kind: MAPI_MESSAGE, properties, children: [{ kind: MAPI_MAILUSER, properties: row, children: [] }] };
}
