import * as values from '../../mapi/calendar-values.ts';
import { fileTimeFromMilliseconds } from '../../mapi/file-time.ts';
import { MSGFLAG_READ } from '../../mapi/message-flags.ts';
import type { NamedTags } from '../../mapi/named-properties.ts';
import type { ObjectTree } from '../../mapi/object-tree.ts';
import { MAPI_ATTACH, MAPI_MAILUSER, MAPI_MESSAGE } from '../../mapi/object-types.ts';
import type { Properties, PropertyTag, ReadonlyProperties } from '../../mapi/property.ts';
import { MAPI_TO } from '../../mapi/recipient-types.ts';
import * as tags from '../../mapi/tags.ts';
import { REPRESENTING_TAGS } from '../header-properties.ts';
import { RECIPIENT_TAGS } from '../recipients.ts';
import { numberIn, stringIn } from './property-values.ts';

/** What a message has of its way here, which a calendar item hasn't. */
const OF_MAIL: ReadonlySet<PropertyTag> = new Set([
  tags.PR_TRANSPORT_MESSAGE_HEADERS,
  tags.PR_READ_RECEIPT_REQUESTED,
  tags.PR_REPORT_ENTRYID,
  tags.PR_REPORT_NAME,
  tags.PR_MESSAGE_FLAGS,
  tags.PR_ICON_INDEX,
  tags.PR_SEARCH_KEY,
  tags.PR_PROCESSED,
]);

const SIDE_EFFECTS =
  values.SIDE_OPEN_TO_DELETE |
  values.SIDE_COERCE_TO_INBOX |
  values.SIDE_OPEN_TO_COPY |
  values.SIDE_OPEN_TO_MOVE |
  values.SIDE_OPEN_FOR_CONTEXT_MENU;

/**
 * The calendar item of a meeting request (MS-OXOCAL 3.1.4.7.2), as the genuine client
 * makes it of one that is accepted, or of one that isn't answered yet.
 *
 * @param self the owner's row of the address book
 */
export function calendarItem(
  request: ObjectTree,
  status: 'accepted' | 'not answered',
  { self, now, names }: { readonly self: ReadonlyProperties; readonly now: number; readonly names: NamedTags },
): ObjectTree {
  const properties: Properties = new Map([...request.properties].filter(([tag]) => !OF_MAIL.has(tag)));
  const intended = numberIn(properties, names.PidLidIntendedBusyStatus) ?? values.BUSY_BUSY;
  const repeats = properties.get(names.PidLidRecurring) === true;
  const busy = status === 'not answered' && intended !== values.BUSY_FREE ? values.BUSY_TENTATIVE : intended;
  properties
    .set(tags.PR_MESSAGE_CLASS, values.CLASS_APPOINTMENT)
    .set(tags.PR_MESSAGE_FLAGS, MSGFLAG_READ)
    .set(tags.PR_ICON_INDEX, repeats ? values.ICON_RECURRING_APPOINTMENT : values.ICON_MEETING)
    .set(names.PidLidSideEffects, SIDE_EFFECTS)
    .set(names.PidLidBusyStatus, busy)
    .set(names.PidLidAppointmentStateFlags, values.ASF_MEETING | values.ASF_RECEIVED)
    .set(names.PidLidResponseStatus, status === 'accepted' ? values.RESPONSE_ACCEPTED : values.RESPONSE_NOT_RESPONDED);
  if (status === 'accepted') {
    properties.set(names.PidLidAppointmentReplyTime, fileTimeFromMilliseconds(now));
    const name = stringIn(self, tags.PR_DISPLAY_NAME);
    if (name !== undefined) properties.set(names.PidLidAppointmentReplyName, name);
  }
  return { kind: MAPI_MESSAGE, properties, children: withOrganizer(request) };
}

/** The people of a request with who invites, first, and its attachments. */
function withOrganizer({ properties, children }: ObjectTree): ObjectTree[] {
  const people = children.filter(({ kind }) => kind !== MAPI_ATTACH);
  const flags = (row: ObjectTree): number => numberIn(row.properties, tags.PR_RECIPIENT_FLAGS) ?? 0;
  if (people.some((row) => flags(row) & values.RECIPIENT_ORGANIZER)) return [...children];
  const organizer: Properties = new Map<PropertyTag, number>([
    [tags.PR_RECIPIENT_TYPE, MAPI_TO],
    [tags.PR_RECIPIENT_FLAGS, values.RECIPIENT_ORGANIZER | values.RECIPIENT_SENDABLE],
    [tags.PR_RECIPIENT_TRACKSTATUS, values.RESPONSE_NONE],
    [tags.PR_OBJECT_TYPE, MAPI_MAILUSER],
    [tags.PR_DISPLAY_TYPE, 0],
  ]) as Properties;
  for (const role of ['name', 'addressType', 'address', 'entryId', 'searchKey'] as const) {
    const value = properties.get(REPRESENTING_TAGS[role]);
    if (value !== undefined) organizer.set(RECIPIENT_TAGS[role], value);
  }
  if (!organizer.has(RECIPIENT_TAGS.address)) return [...children];
  const rows = [{ kind: MAPI_MAILUSER, properties: organizer, children: [] }, ...people].map((row, index) => ({
    ...row,
    properties: new Map([...row.properties, [tags.PR_ROWID, index]]),
  }));
  return [...rows, ...children.filter(({ kind }) => kind === MAPI_ATTACH)];
}
