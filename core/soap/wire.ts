/**
 * The TypeScript shapes of what travels, derived from the catalogue.
 *
 * | on the wire | decoded |
 * |---|---|
 * | unsigned int, int, short, float, double | `number` |
 * | LONG64, ULONG64 | `bigint` |
 * | bool | `boolean` |
 * | string | `string` |
 * | base64Binary, entryId, xop attachment | `Buffer` |
 * | dateTime | `Date` |
 * | struct | object with the members' wire names |
 * | array, list | plain array |
 * | union | `{ name, value }`, `name` being the member's element name |
 * | a pointer that is absent or nil | the key is absent |
 *
 * `Wire<T>` is what a decoder returns: everything that isn't a pointer is there.
 * `Draft<T>` is what an encoder takes: what is missing is written as zero, or
 * left out if it is a pointer.
 */
import type { OperationName, operations, ScalarName, TypeName, types } from './catalogue/index.ts';

/** Binary data on its way out: at once, or piece by piece so that it need not fit in memory. */
export type AttachmentSource = Uint8Array | AsyncIterable<Uint8Array>;

interface Decoded {
  unsignedInt: number;
  int: number;
  short: number;
  float: number;
  double: number;
  long: bigint;
  unsignedLong: bigint;
  boolean: boolean;
  string: string;
  base64Binary: Buffer;
  entryId: Buffer;
  dateTime: Date;
  xopBinary: Buffer;
}

interface Encodable extends Omit<Decoded, 'long' | 'unsignedLong' | 'base64Binary' | 'entryId' | 'xopBinary'> {
  long: bigint | number;
  unsignedLong: bigint | number;
  base64Binary: Uint8Array;
  entryId: Uint8Array;
  xopBinary: AttachmentSource;
}

type Rows = typeof types;
type Operations = typeof operations;

type OptionalKeys<M> = { [K in keyof M]: M[K] extends `${string}?` ? K : never }[keyof M];

type WireOf<S> = S extends `${infer T}?`
  ? WireOf<T>
  : S extends `${infer T}[]`
    ? WireOf<T>[]
    : S extends ScalarName
      ? Decoded[S]
      : S extends TypeName
        ? WireRow<Rows[S]>
        : never;
type WireMembers<M> = { -readonly [K in Exclude<keyof M, OptionalKeys<M>>]: WireOf<M[K]> } & {
  -readonly [K in OptionalKeys<M>]?: WireOf<M[K]> | undefined;
};
type WireUnion<M> = { [K in keyof M]: { name: K; value: WireOf<M[K]> } }[keyof M];
type WireRow<R> = R extends { readonly struct: infer M }
  ? WireMembers<M>
  : R extends { readonly union: infer M }
    ? WireUnion<M>
    : R extends { readonly array: infer S }
      ? WireOf<S>[]
      : R extends { readonly list: infer S }
        ? WireOf<S>[]
        : never;

type DraftOf<S> = S extends `${infer T}?`
  ? DraftOf<T>
  : S extends `${infer T}[]`
    ? readonly DraftOf<T>[]
    : S extends ScalarName
      ? Encodable[S]
      : S extends TypeName
        ? DraftRow<Rows[S]>
        : never;
type DraftMembers<M> = { readonly [K in keyof M]?: DraftOf<M[K]> | undefined };
type DraftUnion<M> = { [K in keyof M]: { readonly name: K; readonly value: DraftOf<M[K]> } }[keyof M];
type DraftRow<R> = R extends { readonly struct: infer M }
  ? DraftMembers<M>
  : R extends { readonly union: infer M }
    ? DraftUnion<M>
    : R extends { readonly array: infer S }
      ? readonly DraftOf<S>[]
      : R extends { readonly list: infer S }
        ? readonly DraftOf<S>[]
        : never;

/** A decoded value of a type of the catalogue, e.g. `Wire<'propVal'>`. */
export type Wire<T extends TypeName | ScalarName> = WireOf<T>;

/** What an encoder takes for a type of the catalogue, e.g. `Draft<'propVal'>`. */
export type Draft<T extends TypeName | ScalarName> = DraftOf<T>;

/** The decoded parameters of an operation. */
export type Arguments<O extends OperationName> = WireMembers<Operations[O]['parameters']>;

/** The parameters of an operation as a client gives them. */
export type ArgumentsDraft<O extends OperationName> = DraftMembers<Operations[O]['parameters']>;

type CodeOnly<A> = A extends 'result' | 'er' ? { [K in A]: number } : never;

/** The decoded answer of an operation, as a client sees it. */
export type Result<O extends OperationName> = Operations[O]['answer'] extends infer A
  ? A extends TypeName
    ? WireOf<A>
    : CodeOnly<A>
  : never;

/** The answer of an operation as a server gives it: what is missing is zero, empty or absent. */
export type Answer<O extends OperationName> = Operations[O]['answer'] extends infer A
  ? A extends TypeName
    ? DraftOf<A>
    : CodeOnly<A>
  : never;
