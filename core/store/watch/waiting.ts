import { hintOrTime, hintsSoFar } from '../../platform/change-hints.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Statements } from '../../platform/database.ts';
import { lookForNews, type Notification, type Tellers } from './news.ts';
import type { Listener } from './subscriptions.ts';

/** How long a poll waits: well below the 29 s of the gateway. */
const WAIT_MS = 25_000;
/** First and longest pause between looks; a fresh waiter is answered fast, an idle one costs little. */
const FIRST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 500;
const LENGTHENING = 1.4;
/** After so many hints in a row that led to nothing, hints are no longer worth a look of their own. */
const VAIN_HINTS = 10;

/**
 * Waits until something happened that may be told, or time is up (then there is nothing); undefined if the session
 * ended meanwhile.
 */
export async function awaitNotifications<T>(
  statements: Statements,
  listener: Listener,
  tellers: Tellers<T>,
  tellable: (found: readonly (T | Notification)[]) => Promise<(T | Notification)[]>,
  clock: Clock,
): Promise<(T | Notification)[] | undefined> {
  const deadline = Date.now() + WAIT_MS;
  let vain = 0;
  for (let pause = FIRST_PAUSE_MS; ; ) {
    const since = hintsSoFar();
    const { news, isAlive, storeIds, note } = await lookForNews(statements, listener, tellers, clock.now());
    if (!isAlive) return undefined;
    const [notifications] = await Promise.all([tellable(news), note()]);
    if (notifications.length > 0 || Date.now() + pause >= deadline) return notifications;
    const hinted = await hintOrTime(vain < VAIN_HINTS ? storeIds : [], pause, since);
    if (hinted) vain += 1;
    else {
      vain = 0;
      pause = Math.min(LONGEST_PAUSE_MS, pause * LENGTHENING);
    }
  }
}
