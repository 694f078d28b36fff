import type { ObjectTree } from '../mapi/object-tree.ts';
import type { Property, PropertyTag } from '../mapi/property.ts';

/** What a client wants saved: an object's differences, with those of the objects below it. */
export interface SaveTree {
  /** The client's own number for a child; comes back unchanged. */
  readonly clientId: number;
  /** Number of the object, 0 for a new one. */
  readonly id: number;
  /** MAPI_MESSAGE, MAPI_ATTACH, MAPI_MAILUSER … */
  readonly kind: number;
  /** Deletes the object (only below the top). */
  readonly deleted: boolean;
  readonly removed: readonly PropertyTag[];
  readonly properties: readonly Property[];
  readonly children: readonly SaveTree[];
  /** Attachment data that the server has already, named instead of sent. */
  readonly instanceId?: Buffer;
}

/** What the client is told of a saved object. */
export interface SavedObject {
  readonly clientId: number;
  readonly id: number;
  readonly kind: number;
  readonly properties: Property[];
  readonly children: SavedObject[];
  readonly instanceId?: Buffer;
}

/** A new object as it is saved, of what the server itself makes: deliveries, calendar items. */
export const saveTree = (tree: ObjectTree): SaveTree => ({
  clientId: 0,
  id: 0,
  kind: tree.kind,
  deleted: false,
  removed: [],
  properties: [...tree.properties].map(([tag, value]) => ({ tag, value })),
  children: tree.children.map(saveTree),
});
