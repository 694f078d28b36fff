/** Whole messages, with all that is in and below them. */
import { KCERR_NOT_FOUND } from '../../core/mapi/error-codes.ts';
import type { ObjectTree } from '../../core/mapi/object-tree.ts';
import { MAPI_MESSAGE } from '../../core/mapi/object-types.ts';
import { type Properties, propertyType, unicodeTag } from '../../core/mapi/property.ts';
import { PT_ERROR, PT_OBJECT } from '../../core/mapi/property-types.ts';
import { PR_EC_IMAP_EMAIL } from '../../core/mapi/tags.ts';
import type { Draft, Wire } from '../../core/soap/index.ts';
import { fromWire, toWire } from '../../core/soap/wire-properties.ts';
import { isRefused } from '../connection/refused-error.ts';
import type { Session } from '../connection/session.ts';
import { loadObject } from './objects.ts';

/** A message with its recipients and attachments, and the values that don't come with it: long texts, files. */
export async function loadTree(session: Session, entryId: Buffer): Promise<ObjectTree> {
  const { saved } = await loadObject(session, entryId);
  return treeOf(session, entryId, saved, true);
}

async function treeOf(
  session: Session,
  entryId: Buffer,
  saved: Wire<'saveObject'>,
  isTop: boolean,
): Promise<ObjectTree> {
  const properties: Properties = new Map();
  for (const propVal of saved.modProps) {
    const property = fromWire(propVal);
    if (property) properties.set(unicodeTag(property.tag), property.value);
  }
  // The answer names all tags; what is too long for it is asked for one by one.
  for (const tag of saved.delProps.map(unicodeTag)) {
    if (properties.has(tag) || tag === PR_EC_IMAP_EMAIL || [PT_ERROR, PT_OBJECT].includes(propertyType(tag))) continue;
    const value = await loadValue(session, entryId, isTop ? 0 : saved.ulServerId, tag);
    if (value !== undefined) properties.set(tag, value);
  }
  const children: ObjectTree[] = [];
  for (const child of saved.children) children.push(await treeOf(session, entryId, child, false));
  return { kind: saved.ulObjType, properties, children };
}

async function loadValue(session: Session, sEntryId: Buffer, ulObjId: number, ulPropTag: number) {
  try {
    const { lpPropVal } = await session.call('loadProp', { sEntryId, ulObjId, ulPropTag });
    return lpPropVal && fromWire(lpPropVal)?.value;
  } catch (error) {
    // Some that are named aren't kept but computed elsewhere, or are gone by now.
    if (isRefused(error, KCERR_NOT_FOUND)) return undefined;
    throw error;
  }
}

/** Saves a message with all that is below it, under an entry id of the caller's choice. */
export async function saveTree(session: Session, folderId: Buffer, entryId: Buffer, tree: ObjectTree): Promise<void> {
  await session.call('saveObject', { sParentEntryId: folderId, sEntryId: entryId, lpsSaveObj: draftOf(tree) });
}

const draftOf = (tree: ObjectTree): Draft<'saveObject'> => ({
  ulObjType: tree.kind || MAPI_MESSAGE,
  modProps: [...tree.properties].map(([tag, value]) => toWire({ tag, value })),
  children: tree.children.map(draftOf),
});
