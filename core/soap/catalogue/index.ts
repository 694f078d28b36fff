import { operations } from './operations/index.ts';
import type { OperationRow, ScalarName, TypeRow } from './rows.ts';
import { types } from './types.ts';

export type { ArrayRow, ListRow, OperationRow, ScalarName, Spec, StructRow, TypeRow, UnionRow } from './rows.ts';
export { scalars } from './rows.ts';
export { operations, types };

export type TypeName = keyof typeof types;
export type OperationName = keyof typeof operations;

type Bare<S> = S extends `${infer T}?` ? T : S extends `${infer T}[]` ? T : S;
type ValuesOf<T> = T[keyof T];
type SpecsOf<R> = R extends { readonly struct: infer M }
  ? ValuesOf<M>
  : R extends { readonly union: infer M }
    ? ValuesOf<M>
    : R extends { readonly array: infer S }
      ? S
      : R extends { readonly list: infer S }
        ? S
        : never;
type UsedNames =
  | Bare<ValuesOf<{ [K in TypeName]: SpecsOf<(typeof types)[K]> }>>
  | Bare<ValuesOf<{ [K in OperationName]: ValuesOf<(typeof operations)[K]['parameters']> }>>
  | Exclude<(typeof operations)[OperationName]['answer'], 'result' | 'er'>;

/** Fails to compile when a row names a type that has no row. */
type Unknown = Exclude<UsedNames, TypeName | ScalarName>;
const everyTypeIsKnown: [Unknown] extends [never] ? true : Unknown = true;
void everyTypeIsKnown;

/** The row of a type; `undefined` for a name that is none. */
export function typeRow(name: string): TypeRow | undefined {
  return Object.hasOwn(types, name) ? types[name as TypeName] : undefined;
}

/** The row of an operation; `undefined` for a name that is none. */
export function operationRow(name: string): OperationRow | undefined {
  return Object.hasOwn(operations, name) ? operations[name as OperationName] : undefined;
}

export function isOperationName(name: string): name is OperationName {
  return Object.hasOwn(operations, name);
}

/** Whether the operation answers with one bare code instead of a structure, and what that code is called. */
export function answersWithCodeOnly(row: OperationRow): row is OperationRow & { answer: 'result' | 'er' } {
  return row.answer === 'result' || row.answer === 'er';
}

/** The local name of the response element: `getPublicStore` answers with `getStoreResponse`. */
export function responseElement(operation: OperationName): string {
  const row: OperationRow = operations[operation];
  return answersWithCodeOnly(row) ? `${operation}Response` : row.answer;
}

/** The member of the answer that carries the operation's result code. */
export function codeMember(operation: OperationName): 'er' | 'result' {
  return operations[operation].answer === 'result' ? 'result' : 'er';
}
