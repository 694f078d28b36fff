const MINUTE = 60_000;
/** Pauses after a failure: a busy provider gets a second chance soon, one that is out of order isn't pestered. */
const PAUSES_MINUTES = [1, 2, 5, 10, 15, 30, 60];

/** Tries until a job is a dead letter: about a day, for people sleep, too. */
export const ATTEMPTS = 28;

/** When a job that failed that many times before is tried again, in ms from now. */
export const pauseAfter = (attempt: number): number =>
  (PAUSES_MINUTES[Math.min(attempt, PAUSES_MINUTES.length - 1)] ?? 60) * MINUTE;
