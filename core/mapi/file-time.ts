/** FILETIME: 100 ns intervals since 1601-01-01 UTC (MS-DTYP 2.3.3). */
const EPOCH_DIFFERENCE_MS = 11_644_473_600_000n;
const TICKS_PER_MS = 10_000n;

/** FILETIME of milliseconds since 1970. */
export const fileTimeFromMilliseconds = (milliseconds: number): bigint =>
  (BigInt(Math.trunc(milliseconds)) + EPOCH_DIFFERENCE_MS) * TICKS_PER_MS;

/** FILETIME of whole seconds, as the server stamps objects (observed on 11.0.2: creation and modification times have no fraction). */
export const fileTimeFromClock = (milliseconds: number): bigint =>
  fileTimeFromMilliseconds(Math.floor(milliseconds / 1000) * 1000);

export const fileTimeFromDate = (date: Date): bigint => fileTimeFromMilliseconds(date.getTime());

export const millisecondsFromFileTime = (fileTime: bigint): number =>
  Number(fileTime / TICKS_PER_MS - EPOCH_DIFFERENCE_MS);

export const dateFromFileTime = (fileTime: bigint): Date => new Date(millisecondsFromFileTime(fileTime));
