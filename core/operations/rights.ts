import { ACTIVE_USER, CONTAINER_COMPANY, DISTLIST_SECURITY } from '../directory/object-class.ts';
import { findPrincipal, isReferenced, type Principal, principalEntryId } from '../directory/principal.ts';
import { decodeAddressBookEntryId, NO_EXTERNAL_ID } from '../mapi/address-book-entry-id.ts';
import { objectTypeOf } from '../mapi/entry-id.ts';
import { KopanoError } from '../mapi/error.ts';
import { KCERR_INVALID_PARAMETER, KCERR_INVALID_TYPE, KCERR_NOT_FOUND } from '../mapi/error-codes.ts';
import { MAPI_FOLDER, MAPI_MESSAGE, MAPI_STORE } from '../mapi/object-types.ts';
import { RIGHT_AUTOUPDATE_DENIED, RIGHT_DELETED, RIGHT_NORMAL } from '../mapi/rights.ts';
import type { Draft, Wire } from '../soap/index.ts';
import { type AclChange, changeAcl, readAcl } from '../store/acl.ts';
import type { TargetName } from '../store/target.ts';
import { type Context, type Operations, onTarget } from './context.ts';
import { required, requireNeed, requireTarget } from './target.ts';

const named = (entryId: Buffer): TargetName | undefined =>
  objectTypeOf(entryId) === undefined ? undefined : { entryId };

/** The access list of a folder, to whom may see the folder. */
const getRights = onTarget<'getRights'>(
  (args) => named(args.sEntryId),
  async (context, args) => {
    const target = requireTarget(context);
    await requireNeed(context, target, 'see folder');
    const entries = await readAcl(context.database, target.object.id, args.ulType);
    const pRightsArray: Draft<'rights'>[] = [];
    for (const entry of entries) {
      const principal = await principalOf(context, { ulUserid: entry.principalId, sUserId: Buffer.alloc(0) });
      // Entries of principals who are gone mean nothing any more.
      if (principal)
        pRightsArray.push({
          ulUserid: principal.id,
          ulType: entry.type,
          ulRights: entry.rights,
          ulState: RIGHT_NORMAL,
          sUserId: principalEntryId(principal),
        });
    }
    return pRightsArray.length > 0 ? { pRightsArray } : { pRightsArray: [] };
  },
);

/** Changes the access list of a folder; entries may name users, security groups and companies. */
const setRights = onTarget<'setRights'>(
  (args) => named(args.sEntryId),
  async (context, args) => {
    const target = requireTarget(context);
    const entries = required(args.lpsrightsArray, 'lpsrightsArray');
    // A message has the rights of its folder: who created it must not give himself more.
    if (target.object.kind !== MAPI_FOLDER && target.object.kind !== MAPI_STORE)
      throw new KopanoError(KCERR_INVALID_TYPE, 'only stores and folders have access lists');
    await requireNeed(context, target, 'manage folder');
    const changes: AclChange[] = [];
    for (const entry of entries) {
      const principal = await principalOf(context, entry);
      if (!principal) throw new KopanoError(KCERR_NOT_FOUND, 'a principal of the access list does not exist');
      const adds = (entry.ulState & ~(RIGHT_DELETED | RIGHT_AUTOUPDATE_DENIED)) !== 0;
      if (adds && !MAY_HAVE_RIGHTS.has(principal.class)) continue;
      changes.push({ principalId: principal.id, type: entry.ulType, rights: entry.ulRights, state: entry.ulState });
    }
    if (entries.length > 0 && changes.length === 0)
      throw new KopanoError(KCERR_INVALID_PARAMETER, 'nobody on the list may have rights');
    await changeAcl(context.database, target.object.id, changes);
    return {};
  },
);

const MAY_HAVE_RIGHTS: ReadonlySet<number> = new Set([ACTIVE_USER, DISTLIST_SECURITY, CONTAINER_COMPANY]);

const principalOf = (
  { database }: Context,
  { ulUserid, sUserId }: Pick<Wire<'rights'>, 'ulUserid' | 'sUserId'>,
): Promise<Principal | undefined> =>
  findPrincipal(database, [
    isReferenced(sUserId.length > 0 ? decodeAddressBookEntryId(sUserId) : { id: ulUserid, externalId: NO_EXTERNAL_ID }),
  ]);

/** Who created an object, for stores whose they are; to whom may see it. */
const getOwner = onTarget<'getOwner'>(
  (args) => named(args.sEntryId),
  async (context) => {
    const target = requireTarget(context);
    await requireNeed(context, target, target.object.kind === MAPI_MESSAGE ? 'read' : 'see folder');
    const owner = await principalOf(context, { ulUserid: target.object.ownerId, sUserId: Buffer.alloc(0) });
    if (!owner) throw new KopanoError(KCERR_NOT_FOUND, 'the owner does not exist any more');
    return { ulOwner: owner.id, sOwner: principalEntryId(owner) };
  },
);

export const rights = { getRights, setRights, getOwner } satisfies Partial<Operations>;
