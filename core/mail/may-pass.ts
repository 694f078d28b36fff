import { DatabaseUnavailableError } from '../platform/database.ts';

/** Whether it may go better when the mail comes again: the database, the bucket or the queue had a bad moment. */
export const mayPass = (error: unknown): boolean =>
  error instanceof DatabaseUnavailableError || (error as { $fault?: string } | undefined)?.$fault !== undefined;
