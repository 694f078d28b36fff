/** Classes of principals, as on the wire (`ulObjClass`): a type in the high half, a kind in the low half. */
import { MAPI_ABCONT, MAPI_DISTLIST, MAPI_MAILUSER } from '../mapi/object-types.ts';

const TYPE_SHIFT = 16;
const classOf = (type: number, kind: number): number => (type << TYPE_SHIFT) | kind;

export const OBJECTTYPE_MAILUSER = 1;
export const OBJECTTYPE_DISTLIST = 3;
export const OBJECTTYPE_CONTAINER = 4;

/** A user who can log on. */
export const ACTIVE_USER = classOf(OBJECTTYPE_MAILUSER, 1);
/** A mailbox that others open. */
export const NONACTIVE_USER = classOf(OBJECTTYPE_MAILUSER, 2);
export const NONACTIVE_ROOM = classOf(OBJECTTYPE_MAILUSER, 3);
export const NONACTIVE_EQUIPMENT = classOf(OBJECTTYPE_MAILUSER, 4);
/** An address of the outside world, without store or login name. */
export const NONACTIVE_CONTACT = classOf(OBJECTTYPE_MAILUSER, 5);
/** A group that only gets mail. */
export const DISTLIST_GROUP = classOf(OBJECTTYPE_DISTLIST, 1);
/** A group that gets mail and rights. */
export const DISTLIST_SECURITY = classOf(OBJECTTYPE_DISTLIST, 2);
export const DISTLIST_DYNAMIC = classOf(OBJECTTYPE_DISTLIST, 3);
/** A tenant. */
export const CONTAINER_COMPANY = classOf(OBJECTTYPE_CONTAINER, 1);
export const CONTAINER_ADDRESSLIST = classOf(OBJECTTYPE_CONTAINER, 2);

const KINDS: ReadonlySet<number> = new Set([
  ACTIVE_USER,
  NONACTIVE_USER,
  NONACTIVE_ROOM,
  NONACTIVE_EQUIPMENT,
  NONACTIVE_CONTACT,
  DISTLIST_GROUP,
  DISTLIST_SECURITY,
  DISTLIST_DYNAMIC,
  CONTAINER_COMPANY,
  CONTAINER_ADDRESSLIST,
]);

export const isObjectClass = (value: number): boolean => KINDS.has(value);
export const objectTypeOf = (objectClass: number): number => objectClass >>> TYPE_SHIFT;
export const isMailUser = (objectClass: number): boolean => objectTypeOf(objectClass) === OBJECTTYPE_MAILUSER;
export const isDistributionList = (objectClass: number): boolean => objectTypeOf(objectClass) === OBJECTTYPE_DISTLIST;

const MAPI_TYPES: Readonly<Record<number, number>> = {
  [OBJECTTYPE_MAILUSER]: MAPI_MAILUSER,
  [OBJECTTYPE_DISTLIST]: MAPI_DISTLIST,
  [OBJECTTYPE_CONTAINER]: MAPI_ABCONT,
};

/** The MAPI type that stands in the entry ids of a class. */
export const mapiTypeOf = (objectClass: number): number => MAPI_TYPES[objectTypeOf(objectClass)] ?? MAPI_MAILUSER;

/** SQL that is true for the classes of a type; the type is a constant of this file, never input. */
export const isOfTypeSql = (column: string, type: number): string =>
  `${column} BETWEEN ${classOf(type, 0)} AND ${classOf(type + 1, 0) - 1}`;
