/** Rights on folders, in words and as they are read and written. */
import {
  ACCESS_TYPE_GRANT,
  ecRightsAll,
  ecRightsContact,
  ecRightsCreate,
  ecRightsCreateSubfolder,
  ecRightsDeleteAny,
  ecRightsDeleteOwned,
  ecRightsEditAny,
  ecRightsEditOwned,
  ecRightsFolderAccess,
  ecRightsFolderVisible,
  ecRightsReadAny,
  RIGHT_AUTOUPDATE_DENIED,
  RIGHT_DELETED,
  RIGHT_MODIFY,
  RIGHT_NEW,
} from '../../core/mapi/rights.ts';
import type { Session } from '../connection/session.ts';
import { UsageError } from '../errors.ts';

const REVIEWER = ecRightsReadAny | ecRightsFolderVisible;
const AUTHOR = REVIEWER | ecRightsCreate | ecRightsEditOwned | ecRightsDeleteOwned;
const EDITOR = AUTHOR | ecRightsEditAny | ecRightsDeleteAny;

/**
 * Roles as clients name them (MS-OXCPERM 2.2.7), the first name of a value being
 * the one that is shown; then what kopano-mailbox-permissions calls them.
 */
export const ROLES: Readonly<Record<string, number>> = {
  owner: ecRightsAll,
  'publishing-editor': EDITOR | ecRightsCreateSubfolder,
  editor: EDITOR,
  'publishing-author': AUTHOR | ecRightsCreateSubfolder,
  author: AUTHOR,
  'non-editing-author': REVIEWER | ecRightsCreate | ecRightsDeleteOwned,
  reviewer: REVIEWER,
  contributor: ecRightsCreate | ecRightsFolderVisible,
  visible: ecRightsFolderVisible,
  none: 0,
  fullcontrol: ecRightsAll,
  secretary: EDITOR,
  readonly: REVIEWER,
  norights: ecRightsFolderVisible,
  denied: 0,
};

/** Single rights. */
export const RIGHTS: Readonly<Record<string, number>> = {
  read: ecRightsReadAny,
  create: ecRightsCreate,
  'edit-own': ecRightsEditOwned,
  'delete-own': ecRightsDeleteOwned,
  'edit-all': ecRightsEditAny,
  'delete-all': ecRightsDeleteAny,
  'create-subfolders': ecRightsCreateSubfolder,
  'folder-owner': ecRightsFolderAccess,
  'folder-contact': ecRightsContact,
  'folder-visible': ecRightsFolderVisible,
};

/** For help texts. */
export const ROLE_NAMES = Object.keys(ROLES).slice(0, Object.keys(ROLES).indexOf('fullcontrol')).join(', ');
export const RIGHT_NAMES = Object.keys(RIGHTS).join(', ');

/** `editor`, `read,create,edit-own`, or `0x41b`. */
export function parseRights(text: string): number {
  const role = ROLES[text.toLowerCase()];
  if (role !== undefined) return role;
  if (/^0x[0-9a-f]{1,4}$/i.test(text)) return Number.parseInt(text, 16) & ecRightsAll;
  return text
    .toLowerCase()
    .split(',')
    .map((name) => {
      const right = RIGHTS[name.trim()];
      if (right === undefined)
        throw new UsageError(`'${name}' is no role and no right.`, {
          hint: `a role (${ROLE_NAMES}), or some of ${RIGHT_NAMES}`,
        });
      return right;
    })
    .reduce((all, right) => all | right, 0);
}

/** The role, or the single rights. */
export function rightsText(rights: number): string {
  const [role] = Object.entries(ROLES).find(([, value]) => value === (rights & ecRightsAll)) ?? [];
  return role ?? rightNames(rights).join(',');
}

export const rightNames = (rights: number): string[] =>
  Object.entries(RIGHTS)
    .filter(([, right]) => (rights & right) !== 0)
    .map(([name]) => name);

/** Somebody with rights on a folder. */
export interface Grant {
  readonly id: number;
  readonly entryId: Buffer;
  readonly rights: number;
}

/** Who has rights on a folder or store by its own list; without an entry, the folder above decides. */
export async function readRights(session: Session, folderId: Buffer): Promise<Grant[]> {
  const { pRightsArray = [] } = await session.call('getRights', { sEntryId: folderId, ulType: ACCESS_TYPE_GRANT });
  return pRightsArray.map(({ ulUserid, sUserId, ulRights }) => ({ id: ulUserid, entryId: sUserId, rights: ulRights }));
}

/** Gives rights, whatever somebody had before. */
export async function writeRights(session: Session, folderId: Buffer, grants: readonly Grant[]): Promise<void> {
  const known = new Set((await readRights(session, folderId)).map(({ id }) => id));
  await change(session, folderId, grants, ({ id }) => (known.has(id) ? RIGHT_MODIFY : RIGHT_NEW));
}

/** Takes entries from the list. */
export async function removeRights(session: Session, folderId: Buffer, grants: readonly Grant[]): Promise<void> {
  await change(session, folderId, grants, () => RIGHT_DELETED);
}

async function change(
  session: Session,
  folderId: Buffer,
  grants: readonly Grant[],
  stateOf: (grant: Grant) => number,
): Promise<void> {
  if (grants.length === 0) return;
  await session.call('setRights', {
    sEntryId: folderId,
    lpsrightsArray: grants.map((grant) => ({
      ulUserid: grant.id,
      sUserId: grant.entryId,
      ulType: ACCESS_TYPE_GRANT,
      ulRights: grant.rights,
      ulState: stateOf(grant) | RIGHT_AUTOUPDATE_DENIED,
    })),
  });
}
