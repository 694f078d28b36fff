import { isRefused } from './connection/refused-error.ts';

/** Whether a call was done; false if the server refused it with one of these codes, which here means that nothing was to do. */
export async function doneUnless(calling: Promise<unknown>, ...codes: readonly number[]): Promise<boolean> {
  try {
    await calling;
    return true;
  } catch (error) {
    if (isRefused(error, ...codes)) return false;
    throw error;
  }
}
