import { MAPI_FOLDER, MAPI_MESSAGE } from '../../mapi/object-types.ts';
import { allows, type Grants, grantsOn, mayReadMessages } from '../access.ts';
import type { Actor } from '../actor.ts';
import type { Target } from '../object-row.ts';
import { findTarget } from '../target.ts';
import type { ObjectNotification } from './news.ts';

type Known = { readonly target: Target; readonly grants: Grants } | undefined;

/**
 * Of some notifications those that the actor may be told. Anybody may watch a
 * store, for its public folders; of what lies in the others he learns nothing,
 * and rights may have gone since the subscription began. Costs nothing in the
 * own store, else two statements for each folder.
 */
export async function tellable<T extends object>(
  actor: Actor,
  notifications: readonly (T | ObjectNotification)[],
): Promise<(T | ObjectNotification)[]> {
  const known = new Map<number, Promise<Known>>();
  const find = (id: number): Promise<Known> => {
    const found = known.get(id) ?? grantsOf(actor, id);
    known.set(id, found);
    return found;
  };
  const told: (T | ObjectNotification)[] = [];
  for (const notification of notifications)
    if (!('objectId' in notification) || (await mayBeTold(actor, notification, find))) told.push(notification);
  return told;
}

async function grantsOf({ database, identity, platform }: Actor, id: number): Promise<Known> {
  const target = await findTarget(database, { id });
  return target && { target, grants: await grantsOn(database, identity, target, platform.settings.hosted) };
}

async function mayBeTold(
  { identity }: Actor,
  { kind, objectId, storeOwnerId, folderIds }: ObjectNotification,
  find: (id: number) => Promise<Known>,
): Promise<boolean> {
  if (storeOwnerId === identity.principalId) return true;
  if (kind !== MAPI_MESSAGE && kind !== MAPI_FOLDER) return true;
  // Of a folder that is gone its parent decides; of a message its folder does, whether it is there or not.
  const itself = kind === MAPI_FOLDER ? await find(objectId) : undefined;
  if (itself) return allows(itself.grants, itself.target, 'see folder');
  for (const id of folderIds) {
    const folder = await find(id);
    if (!folder) continue;
    const may =
      kind === MAPI_MESSAGE
        ? mayReadMessages(folder.grants, folder.target)
        : allows(folder.grants, folder.target, 'see folder');
    if (may) return true;
  }
  return false;
}
