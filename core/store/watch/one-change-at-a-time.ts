import { fnevObjectModified } from '../../mapi/change-types.ts';
import { MAPI_MESSAGE } from '../../mapi/object-types.ts';
import type { Found } from './look.ts';
import type { Listener } from './subscriptions.ts';

/** Of more news than this, all are told at once. */
export const FEW = 16;
/** So long after a message was told of, its next change is kept back, in ms: about what a client's save takes. */
const OPENING_MS = 30;
/** Messages that were told of last in this process, by listener: an optimisation, of which nothing depends. */
const lastTold = new Map<string, { readonly at: number; readonly subjects: ReadonlySet<string> }>();
const MOST_LISTENERS = 1_000;

const subjectOf = ({ connection, object_id }: Found): string => `${connection} ${object_id}`;
const isMessageChange = ({ kind, event }: Found): boolean =>
  kind === MAPI_MESSAGE && (event & fnevObjectModified) !== 0;

/**
 * The news up to the next change of a message of which they, or the answer just before, have told already; the rest
 * comes a little later. Clients open what they are told of, and so find it as it was told: the original lets them wait
 * for a save that is under way.
 */
export function oneChangeAtATime(listener: Listener, rows: readonly Found[]): readonly Found[] {
  if (rows.length > FEW) return rows;
  const name = String(listener.group);
  const before = lastTold.get(name);
  const told = new Set(before && Date.now() - before.at < OPENING_MS ? before.subjects : []);
  const next = rows.findIndex((row) => {
    const again = isMessageChange(row) && told.has(subjectOf(row));
    told.add(subjectOf(row));
    return again;
  });
  // A change is told to all connections in one answer.
  const now = next < 0 ? rows : rows.filter((row) => row.id < rows[next]!.id);
  const messages = now.filter(({ kind }) => kind === MAPI_MESSAGE);
  if (messages.length > 0) {
    lastTold.delete(name);
    lastTold.set(name, { at: Date.now(), subjects: new Set(messages.map(subjectOf)) });
    if (lastTold.size > MOST_LISTENERS) lastTold.delete(lastTold.keys().next().value!);
  }
  return now;
}
