import * as values from '../../mapi/calendar-values.ts';
import type { ObjectTree } from '../../mapi/object-tree.ts';
import { MAPI_DISTLIST, MAPI_MAILUSER } from '../../mapi/object-types.ts';
import type { ReadonlyProperties } from '../../mapi/property.ts';
import { MAPI_BCC, MAPI_CC, MAPI_TO } from '../../mapi/recipient-types.ts';
import { PR_MESSAGE_CLASS, PR_RECIPIENT_FLAGS, PR_RECIPIENT_TRACKSTATUS, PR_RECIPIENT_TYPE } from '../../mapi/tags.ts';
import type { Mailbox } from '../address.ts';
import { mailboxOf, RECIPIENT_WHO } from '../render/entry-addresses.ts';
import { sendersOf } from '../render/header-fields.ts';
import type { ComponentContext } from './component-fields.ts';
import { numberIn } from './property-values.ts';
import type { JCal } from './zone-component.ts';

/** ROLE (RFC 5545 3.2.16). */
const ROLES: ReadonlyMap<number, string> = new Map([
  [MAPI_TO, 'REQ-PARTICIPANT'],
  [MAPI_CC, 'OPT-PARTICIPANT'],
  [MAPI_BCC, 'NON-PARTICIPANT'],
]);
/** PARTSTAT (RFC 5545 3.2.12). */
const PART_STATS: ReadonlyMap<number, string> = new Map([
  [values.RESPONSE_TENTATIVE, 'TENTATIVE'],
  [values.RESPONSE_ACCEPTED, 'ACCEPTED'],
  [values.RESPONSE_DECLINED, 'DECLINED'],
]);

/** ORGANIZER and ATTENDEE of a message. */
export function peopleFields(message: ObjectTree, context: ComponentContext): JCal[] {
  const { properties } = message;
  if (context.method === 'REPLY' || context.method === 'COUNTER') return answerFields(message, context);
  const isMeeting = (numberIn(properties, context.tags.PidLidAppointmentStateFlags) ?? 0) & values.ASF_MEETING;
  if (context.method === 'PUBLISH' && !isMeeting) return [];
  const organizer = organizerOf(message, context);
  const attendees = attendeeFields(message, organizer?.address, context);
  return [...(organizer ? [person('organizer', organizer, {})] : []), ...attendees];
}

const isPerson = ({ kind }: ObjectTree): boolean => kind === MAPI_MAILUSER || kind === MAPI_DISTLIST;
const isOrganizer = (row: ObjectTree): boolean =>
  ((numberIn(row.properties, PR_RECIPIENT_FLAGS) ?? 0) & values.RECIPIENT_ORGANIZER) !== 0;

function organizerOf(message: ObjectTree, { addresses }: ComponentContext): Mailbox | undefined {
  const { from } = sendersOf(message.properties, addresses);
  if (from?.address) return from;
  const row = message.children.find((child) => isPerson(child) && isOrganizer(child));
  const named = row && mailboxOf(row.properties, RECIPIENT_WHO, addresses);
  return named?.address ? named : undefined;
}

/** Who is invited; of an exception, its own people. */
export function attendeeFields(
  message: ObjectTree,
  organizer: string | undefined,
  { addresses }: ComponentContext,
): JCal[] {
  return message.children
    .filter((child) => isPerson(child) && !isOrganizer(child))
    .flatMap((row): JCal[] => {
      const mailbox = mailboxOf(row.properties, RECIPIENT_WHO, addresses);
      const role = ROLES.get(numberIn(row.properties, PR_RECIPIENT_TYPE) ?? MAPI_TO);
      if (!mailbox?.address || role === undefined || mailbox.address.toLowerCase() === organizer?.toLowerCase())
        return [];
      const status = numberIn(row.properties, PR_RECIPIENT_TRACKSTATUS) ?? values.RESPONSE_NONE;
      const partstat = PART_STATS.get(status);
      return [
        person('attendee', mailbox, {
          role,
          ...(row.kind === MAPI_DISTLIST && { cutype: 'GROUP' }),
          ...(partstat === undefined ? { partstat: 'NEEDS-ACTION', rsvp: 'TRUE' } : { partstat }),
        }),
      ];
    });
}

/** An answer names who answers, and whom. */
function answerFields(message: ObjectTree, { addresses }: ComponentContext): JCal[] {
  const { from, sender } = sendersOf(message.properties, addresses);
  const row = message.children.find(
    (child) => isPerson(child) && numberIn(child.properties, PR_RECIPIENT_TYPE) !== MAPI_BCC,
  );
  const organizer = row && mailboxOf(row.properties, RECIPIENT_WHO, addresses);
  const sentBy =
    sender?.address && from?.address && sender.address !== from.address ? { 'sent-by': mailTo(sender.address) } : {};
  return [
    ...(organizer?.address ? [person('organizer', organizer, {})] : []),
    ...(from?.address ? [person('attendee', from, { partstat: answerOf(message.properties), ...sentBy })] : []),
  ];
}

function answerOf(properties: ReadonlyProperties): string {
  const messageClass = String(properties.get(PR_MESSAGE_CLASS) ?? '').toLowerCase();
  if (messageClass.startsWith(values.CLASS_RESPONSE_DECLINED.toLowerCase())) return 'DECLINED';
  return messageClass.startsWith(values.CLASS_RESPONSE_TENTATIVE.toLowerCase()) ? 'TENTATIVE' : 'ACCEPTED';
}

const mailTo = (address: string): string => `mailto:${address.replace(/[\p{C}\s]+/gu, '')}`;

function person(field: string, { name, address }: Mailbox, parameters: Readonly<Record<string, string>>): JCal {
  const cn = name.replace(/[\p{C}"]+/gu, ' ').trim();
  return [field, { ...(cn && cn !== address && { cn }), ...parameters }, 'cal-address', mailTo(address)];
}
