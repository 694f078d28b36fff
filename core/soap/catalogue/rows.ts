/**
 * How the catalogue is written: what a row of the type table and a row of the
 * operation table may say. The rows themselves are in the files beside this one.
 *
 * A *spec* names the type of a member: `'unsignedInt'`, `'propValArray'`. A
 * trailing `?` says that the member is a pointer: it may be absent, whereas any
 * other member always has a value (absent on the wire means zero, empty). A
 * trailing `[]` says that the values stand in place as a run of `item` elements
 * (only `saveObject` has that).
 */

/** The simple types. `entryId` is a binary that the catalogue names for what it means. */
export const scalars = [
  'unsignedInt',
  'int',
  'short',
  'float',
  'double',
  'long',
  'unsignedLong',
  'boolean',
  'string',
  'base64Binary',
  'entryId',
  'dateTime',
  'xopBinary',
] as const;

export type ScalarName = (typeof scalars)[number];

/** A type name, perhaps with a trailing `?` or `[]`; that it exists is checked at compile time in `index.ts`. */
export type Spec = string;

/** A sequence of named members, in wire order. */
export interface StructRow {
  readonly struct: Readonly<Record<string, Spec>>;
}

/** One of several members; the element's name on the wire tells which. */
export interface UnionRow {
  readonly union: Readonly<Record<string, Spec>>;
}

/** A SOAP-encoded array: `item` elements, announced by `SOAP-ENC:arrayType="<arrayType>[n]"`. */
export interface ArrayRow {
  readonly array: Spec;
  readonly arrayType: string;
  /**
   * `bare`: the genuine server writes an empty array of this type without the
   * attribute (observed on 11.0.2), because it has no memory allocated for it.
   * Otherwise `[]` is written with `[0]`, and only a missing array is bare.
   */
  readonly empty?: 'bare';
}

/** A plain run of `item` elements, without an arrayType. */
export interface ListRow {
  readonly list: Spec;
}

export type TypeRow = StructRow | UnionRow | ArrayRow | ListRow;

/** One operation. Its key in the table is the name of the request element. */
export interface OperationRow {
  /** Whether the first parameter must be a live session. */
  readonly session: boolean;
  /**
   * Whether a successful call changes stored data: stores, directory, sync states.
   * What belongs to the calling session alone (open tables, subscriptions,
   * bookmarks) doesn't count.
   */
  readonly write: boolean;
  /** Parameters in wire order. */
  readonly parameters: Readonly<Record<string, Spec>>;
  /**
   * Either a struct type, which is also the name of the response element, or the
   * name (`result`, `er`) of the one unsigned integer that `<operation>Response` holds.
   */
  readonly answer: string;
}
