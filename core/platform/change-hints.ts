/*
 * Hints that something changed in a store, so that those who wait for news look at once instead of a little later.
 * They are only hints: what happened stands in the database, whoever misses a hint finds it by looking.
 *
 * Promptness matters beyond comfort. Clients load an object anew when they are told of a change to it; told late, in
 * the midst of their next change, they lose that one (kopano-storeadm making a mailbox, observed with client 11.0.2).
 */

type Waiter = () => void;

/** Stands for all stores. */
export const ANY_STORE = 0;

const waiters = new Map<number, Set<Waiter>>();
/** The newest hint on each store, by its number; forgotten when there are many, which only costs a few looks. */
const newest = new Map<number, number>();
const MOST_STORES = 10_000;
let count = 0;
const listeners = new Set<(storeIds: readonly number[]) => void>();

/** Tells that stores changed, and those that pass it on to other processes. */
export function hintChange(storeIds: readonly number[]): void {
  takeHint(storeIds);
  for (const listener of listeners) listener(storeIds);
}

/** Takes a hint of another process. */
export function takeHint(storeIds: readonly number[]): void {
  count += 1;
  if (newest.size > MOST_STORES) newest.clear();
  for (const id of [...storeIds, ANY_STORE]) {
    newest.set(id, count);
    for (const wake of [...(waiters.get(id) ?? [])]) wake();
  }
}

/** How many hints there were, to be asked before a look. */
export const hintsSoFar = (): number => count;

/** Hears of the changes made in this process. */
export function onHint(listener: (storeIds: readonly number[]) => void): void {
  listeners.add(listener);
}

/** A listener that hears at once of the first change, and of those in the pause after it when that is over, together. */
export function inBundles(
  pauseMs: number,
  listener: (storeIds: readonly number[]) => void,
): (storeIds: readonly number[]) => void {
  let bundle: Set<number> | undefined;
  const pauseOver = (): void => {
    const storeIds = [...bundle!];
    bundle = undefined;
    if (storeIds.length > 0) tell(storeIds);
  };
  const tell = (storeIds: readonly number[]): void => {
    bundle = new Set();
    setTimeout(pauseOver, pauseMs).unref();
    listener(storeIds);
  };
  return (storeIds) => {
    if (!bundle) return tell(storeIds);
    for (const id of storeIds) bundle.add(id);
  };
}

/**
 * Waits for a hint on one of some stores, at most so many milliseconds; not at all if there was one after `since`.
 * Answers whether there was one.
 */
export function hintOrTime(storeIds: readonly number[], milliseconds: number, since: number): Promise<boolean> {
  if (storeIds.some((id) => (newest.get(id) ?? 0) > since)) return Promise.resolve(true);
  return new Promise((resolve) => {
    const done = (hinted: boolean): void => {
      clearTimeout(timer);
      for (const id of storeIds) {
        const set = waiters.get(id);
        set?.delete(wake);
        if (set?.size === 0) waiters.delete(id);
      }
      resolve(hinted);
    };
    const wake = (): void => done(true);
    const timer = setTimeout(() => done(false), milliseconds);
    for (const id of storeIds) {
      const set = waiters.get(id) ?? new Set();
      waiters.set(id, set.add(wake));
    }
  });
}
