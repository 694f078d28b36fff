import { SYSTEM } from '../../directory/system-identity.ts';
import { entryIdOf } from '../../mapi/entry-id.ts';
import { NAMED_PROPERTIES, type NamedPropertyName } from '../../mapi/named-properties.ts';
import type { ObjectTree } from '../../mapi/object-tree.ts';
import { MAPI_MESSAGE } from '../../mapi/object-types.ts';
import type { PropertyTag } from '../../mapi/property.ts';
import { PR_BODY, PR_HTML } from '../../mapi/tags.ts';
import type { Actor } from '../../store/actor.ts';
import { deleteObjects } from '../../store/deletion.ts';
import { readDescendants } from '../../store/load.ts';
import { readMessageTree } from '../../store/message-tree.ts';
import type { Target } from '../../store/object-row.ts';
import { unpackProperties } from '../../store/property-document.ts';
import { saveExisting } from '../../store/save-existing.ts';
import { saveNewMessage } from '../../store/save-new.ts';
import { type SaveTree, saveTree } from '../../store/save-tree.ts';
import { findTarget, type LoadedTarget } from '../../store/target.ts';
import type { MeetingContext } from './meeting-processing.ts';

/** The server itself writes into calendars. */
const actorOf = ({ platform, now }: MeetingContext): Actor => ({
  platform: { ...platform, clock: { now: () => now } },
  database: platform.database,
  identity: SYSTEM,
});

/** Puts a new item into a calendar. */
export async function addItem(context: MeetingContext, calendar: Target, item: ObjectTree): Promise<void> {
  await saveNewMessage(actorOf(context), calendar, saveTree(item), {
    entryId: entryIdOf(calendar.store.guid, MAPI_MESSAGE),
    associated: false,
    syncId: 0,
  });
}

/** What its owner made of an item himself, and no update takes from him. */
const OWN: ReadonlySet<NamedPropertyName> = new Set(['PidNameKeywords', 'PidLidAppointmentColor']);

/** Makes an item that is there another: properties, people and attachments, in one transaction. */
export async function replaceItem(context: MeetingContext, id: number, item: ObjectTree): Promise<void> {
  const target = await findTarget(context.platform.database, { id });
  if (target && !target.object.deleted) await overwrite(context, target, item);
}

/** Changes an item; nothing where `change` makes nothing of it. */
export async function changeItem(
  context: MeetingContext,
  id: number,
  change: (item: ObjectTree) => ObjectTree | undefined,
): Promise<void> {
  const { platform } = context;
  const target = await findTarget(platform.database, { id });
  if (!target || target.object.deleted) return;
  const changed = change(await readMessageTree(platform, platform.database, target));
  if (changed) await overwrite(context, target, changed);
}

async function overwrite(context: MeetingContext, target: LoadedTarget, item: ObjectTree): Promise<void> {
  const { platform, tags: names } = context;
  const below = await readDescendants(platform.database, target.object.id);
  const { values, large } = unpackProperties(target.documents.props, target.documents.overflow);
  const removable = new Set<PropertyTag>([
    ...(Object.keys(NAMED_PROPERTIES) as NamedPropertyName[])
      .filter((name) => !OWN.has(name))
      .map((name) => names[name]),
    PR_BODY,
    PR_HTML,
  ]);
  const removed = [...values.keys(), ...large.keys()].filter((tag) => removable.has(tag) && !item.properties.has(tag));
  const gone = below
    .filter(({ o_parent_id }) => o_parent_id === target.object.id)
    .map((row): SaveTree => ({ ...EMPTY, id: row.o_id, kind: row.o_kind, deleted: true }));
  const tree = saveTree(item);
  await saveExisting(
    actorOf(context),
    target,
    { ...tree, id: target.object.id, removed, children: [...gone, ...tree.children] },
    { syncId: 0 },
  );
}

const EMPTY = { clientId: 0, removed: [], properties: [], children: [] };

/** Takes an item out of its calendar; its owner can restore it. */
export async function deleteItem(context: MeetingContext, id: number): Promise<void> {
  const target = await findTarget(context.platform.database, { id });
  if (!target?.object.entryId || target.object.deleted) return;
  await deleteObjects(
    actorOf(context),
    { entryIds: [target.object.entryId] },
    { hard: false, messages: true, folders: false, syncId: 0, checked: false },
  );
}
