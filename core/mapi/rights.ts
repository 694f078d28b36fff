/** Rights on folders, as bits of PR_RIGHTS and ACLs (MS-OXCPERM 2.2.7; values observed on 11.0.2). */
export const ecRightsReadAny = 0x00000001;
export const ecRightsCreate = 0x00000002;
export const ecRightsEditOwned = 0x00000008;
export const ecRightsDeleteOwned = 0x00000010;
export const ecRightsEditAny = 0x00000020;
export const ecRightsDeleteAny = 0x00000040;
export const ecRightsCreateSubfolder = 0x00000080;
export const ecRightsFolderAccess = 0x00000100;
export const ecRightsContact = 0x00000200;
export const ecRightsFolderVisible = 0x00000400;
/** What owners and administrators have (observed in PR_RIGHTS on 11.0.2: 1531). */
export const ecRightsAll = 0x000005fb;
/** What Everyone gets on a new public store. */
export const ecRightsDefaultPublic = ecRightsReadAny | ecRightsFolderVisible;

/** Kinds of ACL entries. Denied ones are kept for clients; the deepest grant decides. */
export const ACCESS_TYPE_DENIED = 1;
export const ACCESS_TYPE_GRANT = 2;

/** What a client did to an entry that it sends with setRights. */
export const RIGHT_NORMAL = 0x00;
export const RIGHT_NEW = 0x01;
export const RIGHT_MODIFY = 0x02;
export const RIGHT_DELETED = 0x04;
/** Write the complementary denied entry too. */
export const RIGHT_AUTOUPDATE_DENIED = 0x08;

/** Bits of PR_ACCESS (MS-OXCPRPT 2.2.1.1). */
export const MAPI_ACCESS_MODIFY = 0x01;
export const MAPI_ACCESS_READ = 0x02;
export const MAPI_ACCESS_DELETE = 0x04;
export const MAPI_ACCESS_CREATE_HIERARCHY = 0x08;
export const MAPI_ACCESS_CREATE_CONTENTS = 0x10;
export const MAPI_ACCESS_CREATE_ASSOCIATED = 0x20;
/** PR_ACCESS_LEVEL of what may be changed. */
export const MAPI_MODIFY = 1;

/** All bits that ACL entries may have. */
export const ecRightsAllMask = 0x000015fb;

/** The denied entry that goes with granted rights: their complement, "any" implying "own" (observed on 11.0.2). */
export function deniedRights(granted: number): number {
  let denied = granted ^ ecRightsAllMask;
  if (granted & ecRightsEditAny) denied &= ~ecRightsEditOwned;
  else if (granted & ecRightsEditOwned) denied = (denied & ~ecRightsEditOwned) | ecRightsEditAny;
  if (granted & ecRightsDeleteAny) denied &= ~ecRightsDeleteOwned;
  else if (granted & ecRightsDeleteOwned) denied = (denied & ~ecRightsDeleteOwned) | ecRightsDeleteAny;
  return denied >>> 0;
}
