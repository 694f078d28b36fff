import { ADMIN_LEVEL_NONE, ADMIN_LEVEL_SYSADMIN, type Identity } from '../directory/identity.ts';
import { GROUPS_OF_PRINCIPAL } from '../directory/membership.ts';
import { EVERYONE_ID, SYSTEM_ID } from '../directory/well-known.ts';
import { KopanoError } from '../mapi/error.ts';
import { KCERR_NO_ACCESS, KCERR_NOT_FOUND } from '../mapi/error-codes.ts';
import { MAPI_ATTACH, MAPI_FOLDER, MAPI_MESSAGE, MAPI_STORE, STORE_ARCHIVE } from '../mapi/object-types.ts';
import {
  ACCESS_TYPE_GRANT,
  ecRightsAll,
  ecRightsCreate,
  ecRightsCreateSubfolder,
  ecRightsDeleteAny,
  ecRightsDeleteOwned,
  ecRightsEditAny,
  ecRightsEditOwned,
  ecRightsFolderAccess,
  ecRightsFolderVisible,
  ecRightsReadAny,
  MAPI_ACCESS_CREATE_ASSOCIATED,
  MAPI_ACCESS_CREATE_CONTENTS,
  MAPI_ACCESS_CREATE_HIERARCHY,
  MAPI_ACCESS_DELETE,
  MAPI_ACCESS_MODIFY,
  MAPI_ACCESS_READ,
  MAPI_MODIFY,
} from '../mapi/rights.ts';
import type { Statements } from '../platform/database.ts';
import type { StoreRow, Target } from './object-row.ts';

/** What somebody wants to do with an object. */
export type Need = 'read' | 'create' | 'edit' | 'delete' | 'create folder' | 'see folder' | 'manage folder' | 'own';

/** Folders nested deeper than this inherit no rights (observed limit of 11.0.2). */
export const MAX_DEPTH = 64;

/** What a caller may do with an object, found out once per object. */
export interface Grants {
  /** Owner of the store, or administrator over the owner: everything is allowed. */
  readonly full: boolean;
  /** Created the object itself. */
  readonly creator: boolean;
  /** Bits of the ACLs that apply; ecRightsAll with `full`. */
  readonly rights: number;
}

const ALL: Grants = { full: true, creator: true, rights: ecRightsAll };

/** Whether the caller administers the principal whose store this is. */
const administers = (identity: Identity, store: StoreRow, hosted: boolean): boolean => {
  if (identity.adminLevel === ADMIN_LEVEL_NONE) return false;
  if (!hosted || identity.adminLevel >= ADMIN_LEVEL_SYSADMIN) return true;
  return identity.companyId !== 0 && identity.companyId === store.companyId;
};

/** Whether everything in a store is allowed to the caller. */
export const hasFullAccess = (identity: Identity, store: StoreRow, hosted: boolean): boolean =>
  identity.principalId === SYSTEM_ID ||
  (store.ownerId === identity.principalId && store.type !== STORE_ARCHIVE) ||
  administers(identity, store, hosted);

/**
 * Principal that a new object belongs to: the caller, but what administrators
 * create in somebody's folder belongs to whom the folder does (observed on 11.0.2).
 */
export const ownerOfNew = (identity: Identity, parent: Target, hosted: boolean): number =>
  identity.principalId === SYSTEM_ID || administers(identity, parent.store, hosted)
    ? parent.object.ownerId
    : identity.principalId;

/** Finds what the caller may do; costs a statement only in somebody else's store. */
export async function grantsOn(
  statements: Statements,
  identity: Identity,
  target: Target,
  hosted: boolean,
): Promise<Grants> {
  if (hasFullAccess(identity, target.store, hosted)) return ALL;
  const [row] = await statements.query<{ rights: number | string }>(
    `WITH RECURSIVE up (id, parent_id, depth) AS (
      SELECT id, parent_id, 0 FROM object WHERE id = :objectId
      UNION ALL
      SELECT o.id, o.parent_id, up.depth + 1 FROM object o JOIN up ON o.id = up.parent_id WHERE up.depth < ${MAX_DEPTH}
    )
    SELECT up.depth, CAST(BIT_OR(acl.rights) AS SIGNED) AS rights FROM up JOIN acl ON acl.object_id = up.id
    WHERE acl.type = ${ACCESS_TYPE_GRANT}
      AND (acl.principal_id IN (:principalId, :companyId, ${EVERYONE_ID}) OR acl.principal_id IN (${GROUPS_OF_PRINCIPAL}))
    GROUP BY up.depth ORDER BY up.depth LIMIT 1`,
    { objectId: target.object.id, principalId: identity.principalId, companyId: identity.companyId },
  );
  const ownsArchive = target.store.ownerId === identity.principalId;
  const rights = Number(row?.rights ?? 0) | (ownsArchive ? ecRightsReadAny | ecRightsFolderVisible : 0);
  return { full: false, creator: target.object.ownerId === identity.principalId, rights };
}

const isStoreOrRoot = (target: Target): boolean =>
  target.object.kind === MAPI_STORE || (target.object.kind === MAPI_FOLDER && target.parent?.kind === MAPI_STORE);

/** Whether the grants are enough for a need. */
export function allows(grants: Grants, target: Target, need: Need): boolean {
  if (grants.full) return true;
  if ((need === 'read' || need === 'see folder') && isStoreOrRoot(target)) return true;
  const archive = target.store.type === STORE_ARCHIVE;
  if (grants.creator && (need === 'see folder' || need === 'read' || (need === 'create' && !archive))) return true;
  const has = (bits: number): boolean => (grants.rights & bits) !== 0;
  switch (need) {
    case 'read':
      return has(ecRightsReadAny);
    case 'create':
      return has(ecRightsCreate);
    case 'edit':
      return has(ecRightsEditAny) || (grants.creator && has(ecRightsEditOwned));
    case 'delete':
      return has(ecRightsDeleteAny) || (grants.creator && has(ecRightsDeleteOwned));
    case 'create folder':
      return has(ecRightsCreateSubfolder);
    case 'see folder':
      return has(ecRightsFolderVisible);
    case 'manage folder':
      return (grants.creator && !archive) || has(ecRightsFolderAccess);
    case 'own':
      return grants.creator;
  }
}

/**
 * Whether the messages in a folder may be read. Anybody may open a root folder,
 * which says nothing of what lies in it.
 */
export const mayReadMessages = (grants: Grants, folder: Target): boolean =>
  allows(grants, { ...folder, object: { ...folder.object, kind: MAPI_MESSAGE } }, 'read');

const WRITES_INTO: ReadonlySet<Need> = new Set(['create', 'edit', 'create folder']);

/** Throws KCERR_NO_ACCESS unless the caller may; KCERR_NOT_FOUND for writes into what is deleted. */
export async function requireAccess(
  statements: Statements,
  identity: Identity,
  target: Target,
  need: Need,
  hosted: boolean,
): Promise<Grants> {
  const grants = await grantsOn(statements, identity, target, hosted);
  if (!allows(grants, target, need)) throw new KopanoError(KCERR_NO_ACCESS, `needs the right to ${need}`);
  if (WRITES_INTO.has(need) && (target.object.deleted || target.folder?.gone || target.parent?.gone))
    throw new KopanoError(KCERR_NOT_FOUND, 'the object or its folder is deleted');
  return grants;
}

/** PR_ACCESS of a folder or message. */
export function accessBits(grants: Grants, target: Target): number {
  const folder = target.object.kind === MAPI_FOLDER;
  if (grants.full) {
    const own = MAPI_ACCESS_READ | MAPI_ACCESS_MODIFY | MAPI_ACCESS_DELETE;
    return folder
      ? own | MAPI_ACCESS_CREATE_HIERARCHY | MAPI_ACCESS_CREATE_CONTENTS | MAPI_ACCESS_CREATE_ASSOCIATED
      : own;
  }
  const { rights, creator } = grants;
  const deletes = (rights & ecRightsDeleteAny) !== 0 || (creator && (rights & ecRightsDeleteOwned) !== 0);
  let access = rights & ecRightsReadAny ? MAPI_ACCESS_READ : 0;
  if (!folder) {
    if (rights & ecRightsEditAny || (creator && rights & ecRightsEditOwned)) access |= MAPI_ACCESS_MODIFY;
    return deletes ? access | MAPI_ACCESS_DELETE : access;
  }
  if (creator || rights & ecRightsFolderAccess) access |= MAPI_ACCESS_DELETE | MAPI_ACCESS_MODIFY;
  if (rights & ecRightsCreateSubfolder) access |= MAPI_ACCESS_CREATE_HIERARCHY;
  // Clients delete only where they see the right to create (observed on 11.0.2).
  if (rights & ecRightsCreate || deletes) access |= MAPI_ACCESS_CREATE_CONTENTS;
  if (rights & ecRightsFolderAccess) access |= MAPI_ACCESS_CREATE_ASSOCIATED;
  return access;
}

/** PR_ACCESS_LEVEL: MAPI_MODIFY where anything may be changed. */
export function accessLevel({ full, creator, rights }: Grants): number {
  const any = ecRightsCreate | ecRightsEditAny | ecRightsDeleteAny | ecRightsCreateSubfolder;
  const own = ecRightsEditOwned | ecRightsDeleteOwned;
  return full || rights & any || (creator && rights & own) ? MAPI_MODIFY : 0;
}

/** Whether an object lies inside a message, where access is that of the message. */
export const isInsideMessage = (target: Target): boolean =>
  target.parent?.kind === MAPI_MESSAGE || target.parent?.kind === MAPI_ATTACH;
