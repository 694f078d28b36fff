import { type PropertyTag, propertyId, propertyTag } from './property.ts';
import {
  PT_BINARY,
  PT_BOOLEAN,
  PT_DOUBLE,
  PT_LONG,
  PT_MV_LONG,
  PT_MV_UNICODE,
  PT_SHORT,
  PT_SYSTIME,
  PT_UNICODE,
} from './property-types.ts';

/** A property that has a name instead of an id (MS-OXCPRPT 1.3.4); each server gives it an id of its own. */
export interface NamedProperty {
  readonly guid: Buffer;
  /** Names are a number … */
  readonly number?: number;
  /** … or a string. */
  readonly name?: string;
  readonly type: number;
}

/** Property sets (MS-OXPROPS 1.3.2), as their bytes lie on the wire. */
const setOf = (guid: string): Buffer => Buffer.from(guid, 'hex');
export const PSETID_COMMON = setOf('0820060000000000c000000000000046');
export const PSETID_APPOINTMENT = setOf('0220060000000000c000000000000046');
export const PSETID_ADDRESS = setOf('0420060000000000c000000000000046');
export const PSETID_MEETING = setOf('90dad86e0b451b1098da00aa003f1305');
export const PSETID_TASK = setOf('0320060000000000c000000000000046');
export const PS_PUBLIC_STRINGS = setOf('2903020000000000c000000000000046');
/** What the genuine CalDAV gateway keeps of a calendar besides MAPI's own properties (observed on 11.0.2). */
export const PSETID_KOPANO_CALDAV = setOf('8760537781cbc94d9958ea4c51be3486');

const numbered =
  (guid: Buffer) =>
  (number: number, type: number): NamedProperty => ({ guid, number, type });
const common = numbered(PSETID_COMMON);
const appointment = numbered(PSETID_APPOINTMENT);
const address = numbered(PSETID_ADDRESS);
const meeting = numbered(PSETID_MEETING);
const task = numbered(PSETID_TASK);
const calDav = numbered(PSETID_KOPANO_CALDAV);

/** The named properties that mail and calendars have, by their canonical names (MS-OXPROPS). */
export const NAMED_PROPERTIES = {
  PidLidReminderDelta: common(0x8501, PT_LONG),
  PidLidReminderTime: common(0x8502, PT_SYSTIME),
  PidLidReminderSet: common(0x8503, PT_BOOLEAN),
  PidLidPrivate: common(0x8506, PT_BOOLEAN),
  PidLidSideEffects: common(0x8510, PT_LONG),
  PidLidSmartNoAttach: common(0x8514, PT_BOOLEAN),
  PidLidCommonStart: common(0x8516, PT_SYSTIME),
  PidLidCommonEnd: common(0x8517, PT_SYSTIME),
  PidLidTaskMode: common(0x8518, PT_LONG),
  PidLidContacts: common(0x853a, PT_MV_UNICODE),
  PidLidReminderSignalTime: common(0x8560, PT_SYSTIME),

  /** Named dispidSendAsICAL by the genuine clients. */
  PidLidSendMeetingAsIcal: appointment(0x8200, PT_BOOLEAN),
  PidLidAppointmentSequence: appointment(0x8201, PT_LONG),
  PidLidAppointmentSequenceTime: appointment(0x8202, PT_SYSTIME),
  PidLidAppointmentLastSequence: appointment(0x8203, PT_LONG),
  PidLidBusyStatus: appointment(0x8205, PT_LONG),
  PidLidLocation: appointment(0x8208, PT_UNICODE),
  PidLidAppointmentStartWhole: appointment(0x820d, PT_SYSTIME),
  PidLidAppointmentEndWhole: appointment(0x820e, PT_SYSTIME),
  PidLidAppointmentDuration: appointment(0x8213, PT_LONG),
  PidLidAppointmentColor: appointment(0x8214, PT_LONG),
  /** Whether it takes whole days. */
  PidLidAppointmentSubType: appointment(0x8215, PT_BOOLEAN),
  PidLidAppointmentRecur: appointment(0x8216, PT_BINARY),
  PidLidAppointmentStateFlags: appointment(0x8217, PT_LONG),
  PidLidResponseStatus: appointment(0x8218, PT_LONG),
  PidLidAppointmentReplyTime: appointment(0x8220, PT_SYSTIME),
  PidLidRecurring: appointment(0x8223, PT_BOOLEAN),
  PidLidIntendedBusyStatus: appointment(0x8224, PT_LONG),
  PidLidExceptionReplaceTime: appointment(0x8228, PT_SYSTIME),
  PidLidFInvited: appointment(0x8229, PT_BOOLEAN),
  PidLidAppointmentReplyName: appointment(0x8230, PT_UNICODE),
  PidLidRecurrenceType: appointment(0x8231, PT_LONG),
  PidLidRecurrencePattern: appointment(0x8232, PT_UNICODE),
  PidLidTimeZoneStruct: appointment(0x8233, PT_BINARY),
  PidLidTimeZoneDescription: appointment(0x8234, PT_UNICODE),
  PidLidClipStart: appointment(0x8235, PT_SYSTIME),
  PidLidClipEnd: appointment(0x8236, PT_SYSTIME),
  PidLidAllAttendeesString: appointment(0x8238, PT_UNICODE),
  PidLidToAttendeesString: appointment(0x823b, PT_UNICODE),
  PidLidCcAttendeesString: appointment(0x823c, PT_UNICODE),
  PidLidNetShowUrl: appointment(0x8248, PT_UNICODE),
  PidLidAppointmentProposedStartWhole: appointment(0x8250, PT_SYSTIME),
  PidLidAppointmentProposedEndWhole: appointment(0x8251, PT_SYSTIME),
  PidLidAppointmentProposedDuration: appointment(0x8256, PT_LONG),
  PidLidAppointmentCounterProposal: appointment(0x8257, PT_BOOLEAN),
  PidLidAppointmentTimeZoneDefinitionStartDisplay: appointment(0x825e, PT_BINARY),
  PidLidAppointmentTimeZoneDefinitionEndDisplay: appointment(0x825f, PT_BINARY),
  PidLidAppointmentTimeZoneDefinitionRecur: appointment(0x8260, PT_BINARY),

  PidLidAttendeeCriticalChange: meeting(0x0001, PT_SYSTIME),
  PidLidWhere: meeting(0x0002, PT_UNICODE),
  PidLidGlobalObjectId: meeting(0x0003, PT_BINARY),
  PidLidIsSilent: meeting(0x0004, PT_BOOLEAN),
  PidLidIsRecurring: meeting(0x0005, PT_BOOLEAN),
  PidLidIsException: meeting(0x000a, PT_BOOLEAN),
  PidLidStartRecurrenceDate: meeting(0x000d, PT_LONG),
  PidLidStartRecurrenceTime: meeting(0x000e, PT_LONG),
  PidLidEndRecurrenceDate: meeting(0x000f, PT_LONG),
  PidLidEndRecurrenceTime: meeting(0x0010, PT_LONG),
  PidLidDayInterval: meeting(0x0011, PT_SHORT),
  PidLidWeekInterval: meeting(0x0012, PT_SHORT),
  PidLidMonthInterval: meeting(0x0013, PT_SHORT),
  PidLidYearInterval: meeting(0x0014, PT_SHORT),
  PidLidDayOfWeekMask: meeting(0x0015, PT_LONG),
  PidLidDayOfMonthMask: meeting(0x0016, PT_LONG),
  PidLidMonthOfYearMask: meeting(0x0017, PT_LONG),
  PidLidOldRecurrenceType: meeting(0x0018, PT_SHORT),
  PidLidDayOfWeekStart: meeting(0x0019, PT_SHORT),
  PidLidOwnerCriticalChange: meeting(0x001a, PT_SYSTIME),
  PidLidCleanGlobalObjectId: meeting(0x0023, PT_BINARY),
  PidLidMeetingType: meeting(0x0026, PT_LONG),
  PidLidOldWhenStartWhole: meeting(0x0029, PT_SYSTIME),

  PidLidTaskStatus: task(0x8101, PT_LONG),
  PidLidPercentComplete: task(0x8102, PT_DOUBLE),
  PidLidTaskStartDate: task(0x8104, PT_SYSTIME),
  PidLidTaskDueDate: task(0x8105, PT_SYSTIME),
  PidLidTaskDateCompleted: task(0x810f, PT_SYSTIME),
  PidLidTaskRecurrence: task(0x8116, PT_BINARY),
  PidLidTaskComplete: task(0x811c, PT_BOOLEAN),
  PidLidTaskFRecurring: task(0x8126, PT_BOOLEAN),

  PidLidFileUnder: address(0x8005, PT_UNICODE),
  PidLidAddressBookProviderEmailList: address(0x8028, PT_MV_LONG),
  PidLidAddressBookProviderArrayType: address(0x8029, PT_LONG),
  PidLidHtml: address(0x802b, PT_UNICODE),
  PidLidWorkAddressStreet: address(0x8045, PT_UNICODE),
  PidLidWorkAddressCity: address(0x8046, PT_UNICODE),
  PidLidWorkAddressState: address(0x8047, PT_UNICODE),
  PidLidWorkAddressPostalCode: address(0x8048, PT_UNICODE),
  PidLidWorkAddressCountry: address(0x8049, PT_UNICODE),
  PidLidInstantMessagingAddress: address(0x8062, PT_UNICODE),
  PidLidEmail1DisplayName: address(0x8080, PT_UNICODE),
  PidLidEmail1AddressType: address(0x8082, PT_UNICODE),
  PidLidEmail1EmailAddress: address(0x8083, PT_UNICODE),
  PidLidEmail1OriginalDisplayName: address(0x8084, PT_UNICODE),
  PidLidEmail1OriginalEntryId: address(0x8085, PT_BINARY),
  PidLidEmail2DisplayName: address(0x8090, PT_UNICODE),
  PidLidEmail2AddressType: address(0x8092, PT_UNICODE),
  PidLidEmail2EmailAddress: address(0x8093, PT_UNICODE),
  PidLidEmail2OriginalDisplayName: address(0x8094, PT_UNICODE),
  PidLidEmail2OriginalEntryId: address(0x8095, PT_BINARY),
  PidLidEmail3DisplayName: address(0x80a0, PT_UNICODE),
  PidLidEmail3AddressType: address(0x80a2, PT_UNICODE),
  PidLidEmail3EmailAddress: address(0x80a3, PT_UNICODE),
  PidLidEmail3OriginalDisplayName: address(0x80a4, PT_UNICODE),
  PidLidEmail3OriginalEntryId: address(0x80a5, PT_BINARY),

  PidNameKeywords: { guid: PS_PUBLIC_STRINGS, name: 'Keywords', type: PT_MV_UNICODE },

  /** X-MOZ-LASTACK. */
  dispidMozLastAck: calDav(0x0001, PT_SYSTIME),
  /** X-MOZ-GENERATION. */
  dispidMozGen: calDav(0x0002, PT_LONG),
  /** X-MOZ-SEND-INVITATIONS. */
  dispidMozSendInvite: calDav(0x0004, PT_BOOLEAN),
  /** The UID as the calendar had it, by which CalDAV finds it. */
  dispidApptTsRef: calDav(0x0025, PT_BINARY),
} as const satisfies Record<string, NamedProperty>;

/** Canonical name of one of {@link NAMED_PROPERTIES}. */
export type NamedPropertyName = keyof typeof NAMED_PROPERTIES;

/** The tags that a server gave to {@link NAMED_PROPERTIES}. */
export type NamedTags = Readonly<Record<NamedPropertyName, PropertyTag>>;

/**
 * Ranges of numbers whose property ids the genuine clients have built in: they never ask the
 * server for these, so that on every server a name of them has the same id (observed on 11.0.2).
 * Ids of all other names are the server's.
 */
const FIXED_RANGES: readonly {
  readonly guid: Buffer;
  readonly first: number;
  readonly last: number;
  readonly id: number;
}[] = [
  { guid: PSETID_APPOINTMENT, first: 0x8200, last: 0x826f, id: 0x8000 },
  { guid: PSETID_TASK, first: 0x8100, last: 0x813f, id: 0x8070 },
  { guid: setOf('0420060000000000c000000000000046'), first: 0x8000, last: 0x80ef, id: 0x80b0 },
  { guid: PSETID_COMMON, first: 0x8500, last: 0x85ff, id: 0x81a0 },
  { guid: setOf('0a20060000000000c000000000000046'), first: 0x8700, last: 0x871f, id: 0x82a0 },
  { guid: setOf('0b20060000000000c000000000000046'), first: 0x8800, last: 0x881f, id: 0x82c0 },
  { guid: setOf('0e20060000000000c000000000000046'), first: 0x8b00, last: 0x8b1f, id: 0x82e0 },
  { guid: setOf('1320060000000000c000000000000046'), first: 0x8d00, last: 0x8d1f, id: 0x8300 },
  { guid: setOf('1420060000000000c000000000000046'), first: 0x8f00, last: 0x8f1f, id: 0x8320 },
  { guid: PSETID_MEETING, first: 0x0000, last: 0x003f, id: 0x8340 },
  { guid: setOf('c8d8ae634940754bbc8896df9d723f2f'), first: 0x0002, last: 0x0002, id: 0x8380 },
];

/** Ids from this on are the server's own. */
export const FIRST_SERVER_NAMED_ID = 0x8500;

/** The property id that a name has on every server; undefined for names that a server gives ids to. */
export function fixedIdOf({ guid, number }: Pick<NamedProperty, 'guid' | 'number'>): number | undefined {
  if (number === undefined) return undefined;
  const range = FIXED_RANGES.find(
    ({ guid: set, first, last }) => number >= first && number <= last && set.equals(guid),
  );
  return range && range.id + number - range.first;
}

/** The name of a property id that is the same on every server. */
export function fixedNameOf(id: number): { readonly guid: Buffer; readonly number: number } | undefined {
  const range = FIXED_RANGES.find(({ first, last, id: begin }) => id >= begin && id <= begin + last - first);
  return range && { guid: range.guid, number: range.first + id - range.id };
}

/** The names to ask a server for, in the order in which {@link namedTagsFromIds} takes the answer. */
export const namedProperties: readonly NamedProperty[] = Object.values(NAMED_PROPERTIES).filter(
  (property: NamedProperty) => fixedIdOf(property) === undefined,
);

/** Tags of the property ids that a server gave to {@link namedProperties}, in their order, and of those that are the same everywhere. */
export function namedTagsFromIds(ids: readonly number[]): NamedTags {
  const given = ids.values();
  const entries = Object.entries(NAMED_PROPERTIES).map(([name, property]): [string, PropertyTag] => {
    const id = fixedIdOf(property) ?? given.next().value;
    if (id === undefined) throw new RangeError(`the server gave no id to ${name}`);
    return [name, propertyTag(id, property.type)];
  });
  return Object.fromEntries(entries) as NamedTags;
}

const nameKey = ({ guid, number, name }: { guid?: Buffer; number?: number; name?: string }): string =>
  `${guid?.toString('hex')}:${number ?? name}`;

/** A tag that no object has: of a name that nobody asked for. */
const NOBODYS_TAG: PropertyTag = 0;

/** The tags by the names of those tags that an object has; the others stand for nothing. */
export function namedTagsFromNames(
  names: Iterable<readonly [PropertyTag, { readonly guid?: Buffer; readonly number?: number; readonly name?: string }]>,
): NamedTags {
  const ids = new Map(Array.from(names, ([tag, name]) => [nameKey(name), propertyId(tag)]));
  const entries = Object.entries(NAMED_PROPERTIES).map(([canonical, property]): [string, PropertyTag] => {
    const id = fixedIdOf(property) ?? ids.get(nameKey(property));
    return [canonical, id === undefined ? NOBODYS_TAG : propertyTag(id, property.type)];
  });
  return Object.fromEntries(entries) as NamedTags;
}
