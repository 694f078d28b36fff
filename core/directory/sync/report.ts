import type { Kind } from '../ldap/directory-object.ts';

/** What a synchronisation does, or would do, to a principal. */
export type Action =
  | 'add'
  | 'change'
  | 'rename'
  | 'move'
  | 'deactivate'
  | 'activate'
  | 'remove'
  | 'return'
  | 'forget'
  | 'members';

/** A step of a plan. */
export interface Step {
  readonly action: Action;
  readonly kind: Kind;
  readonly name: string;
  /** What exactly, in words. */
  readonly detail: string;
}

/** Why something was not done; each raises the alarm. */
export type Trouble =
  /** More would be removed than the limits allow: nothing is removed. */
  | 'too many removals'
  /** More would be renamed than the limits allow: nobody is renamed. */
  | 'too many renames'
  /** An id belongs to somebody else now: the mailbox stays with the one who had it. */
  | 'id reused'
  /** Two entries have one id. */
  | 'id twice'
  /** A name is taken. */
  | 'name taken'
  /** A mail address is somebody's already. */
  | 'address taken'
  /** An entry can't become a principal. */
  | 'unusable entry'
  /** A part of an entry can't be taken over. */
  | 'unusable value';

export interface Held {
  readonly trouble: Trouble;
  /** What and why, in words. */
  readonly detail: string;
}

/** What a synchronisation did, or would do. */
export interface SyncReport {
  /** `busy`: another one runs; nothing was looked at. */
  readonly outcome: 'done' | 'planned' | 'busy';
  /** Everything was read, or what changed. */
  readonly read: 'everything' | 'changes' | 'nothing';
  /** Entries of the directory, by kind. */
  readonly found: Readonly<Partial<Record<Kind, number>>>;
  readonly counts: Readonly<Partial<Record<Action, number>>>;
  /** The first of all steps, at most {@link MOST_STEPS}. */
  readonly steps: readonly Step[];
  /** What was not done; the first of all, at most {@link MOST_STEPS}. */
  readonly held: readonly Held[];
  readonly heldCount: number;
}

/** Steps that are told; the counts are of all. */
export const MOST_STEPS = 2_000;
