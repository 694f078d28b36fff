import { ADMIN_LEVEL_SYSADMIN } from '../directory/identity.ts';
import { KopanoError } from '../mapi/error.ts';
import { KCERR_UNKNOWN_INSTANCE_ID } from '../mapi/error-codes.ts';
import { instanceNumberOf } from '../mapi/instance-id.ts';
import type { PropertyTag, PropertyValue } from '../mapi/property.ts';
import { PR_ATTACH_DATA_BIN, PR_EC_IMAP_EMAIL } from '../mapi/tags.ts';
import { allows, grantsOn } from './access.ts';
import type { Actor } from './actor.ts';
import { type LargeValue, unpackProperties } from './property-document.ts';
import type { SaveTree } from './save-tree.ts';
import { serverGuid } from './server-guid.ts';
import { findTarget } from './target.ts';

/** Attachment data that a client named by an instance id. */
export interface Instance {
  readonly number: number;
  readonly tag: PropertyTag;
  readonly value?: PropertyValue;
  readonly large?: LargeValue;
}

/** The properties whose data has instance ids. */
export const INSTANCE_TAGS: readonly PropertyTag[] = [PR_ATTACH_DATA_BIN, PR_EC_IMAP_EMAIL];

/**
 * Finds the data of an instance id. A caller who can't read any object with the
 * data is told the same as for an id that doesn't exist.
 */
export async function findInstance(actor: Actor, instanceId: Buffer): Promise<Instance> {
  const number = instanceNumberOf(instanceId, await serverGuid(actor.platform.database));
  const holders = await actor.database.query<{ id: number }>(
    'SELECT id FROM object WHERE instance_id = :number ORDER BY id LIMIT 20',
    { number },
  );
  for (const { id } of holders) {
    const holder = await findTarget(actor.database, { id });
    if (!holder) continue;
    const { identity, platform } = actor;
    const grants = await grantsOn(actor.database, identity, holder, platform.settings.hosted);
    if (identity.adminLevel < ADMIN_LEVEL_SYSADMIN && !allows(grants, holder, 'read')) continue;
    const { values, large } = unpackProperties(holder.documents.props, holder.documents.overflow);
    for (const tag of INSTANCE_TAGS) {
      const value = values.get(tag);
      const elsewhere = large.get(tag);
      if (value !== undefined) return { number, tag, value };
      if (elsewhere) return { number, tag, large: elsewhere };
    }
  }
  throw new KopanoError(KCERR_UNKNOWN_INSTANCE_ID, 'no readable object has this instance');
}

/** All instances that a save names, found. */
export async function findInstances(actor: Actor, tree: SaveTree): Promise<Map<SaveTree, Instance>> {
  const found = new Map<SaveTree, Instance>();
  const visit = async (node: SaveTree): Promise<void> => {
    if (node.instanceId && !node.deleted) found.set(node, await findInstance(actor, node.instanceId));
    for (const child of node.children) await visit(child);
  };
  await visit(tree);
  return found;
}
