import { KopanoError } from '../../mapi/error.ts';
import { KCERR_INVALID_TYPE, KCERR_NOT_FOUND, KCERR_OBJECT_DELETED } from '../../mapi/error-codes.ts';
import type { StreamedChild, StreamedMessage, StreamedName, StreamedProperty } from '../../mapi/message-stream.ts';
import { MAPI_ATTACH, MAPI_FOLDER, MAPI_MESSAGE } from '../../mapi/object-types.ts';
import { type Property, type PropertyTag, propertyTag, propertyType, unicodeTag } from '../../mapi/property.ts';
import { PR_ATTACH_DATA_BIN } from '../../mapi/tags.ts';
import type { Actor } from '../actor.ts';
import { draftOf } from '../merge.ts';
import { NAMED_PROPERTY_BASE, numbersOfNames } from '../named-properties.ts';
import { isFolderMessage, type Target } from '../object-row.ts';
import { saveExisting } from '../save-existing.ts';
import { saveNewMessage } from '../save-new.ts';
import type { SaveTree } from '../save-tree.ts';
import type { LoadedTarget } from '../target.ts';

/** A message as it came by stream. */
export interface ImportedMessage {
  readonly message: StreamedMessage;
  /** PR_CONFLICT_ITEMS: versions that lost against this one. */
  readonly conflictItems?: Property | undefined;
  readonly syncId: number;
}

/** Saves a new message in a folder. The caller has checked access. */
export async function importNewMessage(
  actor: Actor,
  folder: Target,
  imported: ImportedMessage,
  place: { readonly entryId: Buffer; readonly associated: boolean },
): Promise<void> {
  if (folder.object.kind !== MAPI_FOLDER) throw new KopanoError(KCERR_INVALID_TYPE, 'only folders hold new messages');
  const tree = await treeOf(actor, imported);
  await saveNewMessage(actor, folder, tree, { ...place, syncId: imported.syncId });
}

/**
 * Puts what came by stream in the place of a message: it keeps its ids, and
 * nothing of what it was. The caller has checked access.
 */
export async function replaceMessage(actor: Actor, existing: LoadedTarget, imported: ImportedMessage): Promise<void> {
  if (!isFolderMessage(existing)) throw new KopanoError(KCERR_NOT_FOUND, 'there is no such message');
  if (existing.object.deleted) throw new KopanoError(KCERR_OBJECT_DELETED, 'the message is deleted');
  const tree = await treeOf(actor, imported);
  const kept = new Set(tree.properties.map(({ tag }) => tag));
  const before = await draftOf(actor.platform, existing.documents.props, existing.documents.overflow);
  const removed = [...before.values.keys(), ...before.large.keys()].filter((tag) => !kept.has(tag));
  const children = await actor.database.query<{ id: number; kind: number }>(
    'SELECT id, kind FROM object WHERE parent_id = :id ORDER BY id',
    { id: existing.object.id },
  );
  const gone = children.map(({ id, kind }): SaveTree => ({ ...EMPTY, id, kind, deleted: true }));
  await saveExisting(
    actor,
    existing,
    { ...tree, id: existing.object.id, removed, children: [...gone, ...tree.children] },
    { syncId: imported.syncId },
  );
}

const EMPTY: SaveTree = { clientId: 0, id: 0, kind: 0, deleted: false, removed: [], properties: [], children: [] };

async function treeOf(actor: Actor, { message, conflictItems }: ImportedMessage): Promise<SaveTree> {
  const numbers = await numbersFor(actor, message);
  const tree = messageTree(message, numbers);
  return conflictItems ? { ...tree, properties: [...tree.properties, conflictItems] } : tree;
}

type Numbers = ReadonlyMap<string, number>;

const nameKey = ({ guid, number, name }: StreamedName): string =>
  `${guid.toString('hex')} ${number === undefined ? `text ${name}` : `number ${number}`}`;

/** Numbers of the names in a stream, here; made where they are new. */
async function numbersFor(actor: Actor, message: StreamedMessage): Promise<Numbers> {
  const names = new Map<string, StreamedName>();
  const visit = ({ properties, children }: StreamedMessage): void => {
    for (const list of [properties, ...children.map((child) => child.properties)])
      for (const { named } of list) if (named) names.set(nameKey(named), named);
    for (const { embedded } of children) if (embedded) visit(embedded.message);
  };
  visit(message);
  if (names.size === 0) return new Map();
  const numbers = await numbersOfNames(actor.platform.database, [...names.values()], true);
  return new Map([...names.keys()].map((key, index) => [key, numbers[index]!]));
}

const messageTree = (message: StreamedMessage, numbers: Numbers): SaveTree => ({
  ...EMPTY,
  kind: MAPI_MESSAGE,
  properties: localProperties(message.properties, numbers),
  children: message.children.map((child) => childTree(child, numbers)),
});

function childTree(child: StreamedChild, numbers: Numbers): SaveTree {
  const properties = localProperties(child.properties, numbers);
  if (child.kind !== MAPI_ATTACH) return { ...EMPTY, kind: child.kind, properties };
  const { data, embedded } = child;
  // An attachment that holds a message has no data of its own.
  if (data && (data.length > 0 || !embedded)) properties.push({ tag: PR_ATTACH_DATA_BIN, value: data });
  const children = embedded ? [messageTree(embedded.message, numbers)] : [];
  return { ...EMPTY, kind: MAPI_ATTACH, properties, children };
}

const localProperties = (properties: readonly StreamedProperty[], numbers: Numbers): Property[] =>
  properties.map(({ tag, value, named }) => ({ tag: unicodeTag(localTag(tag, named, numbers)), value }));

const localTag = (tag: PropertyTag, named: StreamedName | undefined, numbers: Numbers): PropertyTag =>
  named ? propertyTag(NAMED_PROPERTY_BASE + numbers.get(nameKey(named))!, propertyType(tag)) : tag;
