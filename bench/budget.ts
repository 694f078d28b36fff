import type { OperationName } from '../core/soap/index.ts';

/** What a user does, in operations, and how many statements it may cost. */
export interface BudgetRow {
  /** The operations that it consists of; empty for what comes in another way. */
  readonly operations: readonly OperationName[];
  /** Statements on a warm function, begin and commit among them. */
  readonly statements: number;
}

/** The round-trip budget of the design, which bench/round-trips.ts holds and docs/protocol.md prints. */
export const BUDGET = {
  logon: { operations: ['logon'], statements: 3 },
  getStore: { operations: ['getStore'], statements: 2 },
  'any call: session check (getStoreType)': { operations: ['getStoreType'], statements: 1 },
  'saveObject, new message, 40 properties, 3 recipients': { operations: ['saveObject'], statements: 7 },
  'loadObject of a message with recipients and attachments': { operations: ['loadObject'], statements: 3 },
  'tableOpen + tableMulti (columns, sort, restriction, 50 rows)': {
    operations: ['tableOpen', 'tableMulti'],
    statements: 5,
  },
  'tableQueryRows, next page': { operations: ['tableQueryRows'], statements: 3 },
  'setReadFlags of 100 messages': { operations: ['setReadFlags'], statements: 10 },
  'deleteObjects of 100 messages': { operations: ['deleteObjects'], statements: 10 },
  'getChanges of a folder': { operations: ['getChanges'], statements: 4 },
  'delivery of one mail to one user': { operations: [], statements: 10 },
} as const satisfies Record<string, BudgetRow>;

export type Budgeted = keyof typeof BUDGET;
