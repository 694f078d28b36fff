import { NotInFlightError } from './queue-store.ts';
import { SqsError } from './sqs-error.ts';
import { type Input, text } from './sqs-input.ts';

/** Entries of one batch call (Amazon SQS message quotas). */
const MAX_BATCH_ENTRIES = 10;

/** The entries of a batch call, by the rules for all of them. */
export function batchEntries(input: Input): Input[] {
  const entries = (input.Entries ?? []) as Input[];
  if (entries.length === 0)
    throw new SqsError('EmptyBatchRequest', 'There should be at least one entry in the request.');
  if (entries.length > MAX_BATCH_ENTRIES) {
    throw new SqsError(
      'TooManyEntriesInBatchRequest',
      `Maximum number of entries per request are ${MAX_BATCH_ENTRIES}.`,
    );
  }
  if (new Set(entries.map((entry) => entry.Id)).size < entries.length) {
    throw new SqsError('BatchEntryIdsNotDistinct', 'Two or more batch entries have the same Id.');
  }
  return entries;
}

/** Runs each entry of a batch; one that fails doesn't keep the others from succeeding. */
export function eachEntry(entries: readonly Input[], work: (entry: Input) => object): object {
  const Successful: object[] = [];
  const Failed: object[] = [];
  for (const entry of entries) {
    const Id = text(entry, 'Id');
    try {
      Successful.push({ Id, ...work(entry) });
    } catch (error) {
      const failure = error instanceof NotInFlightError ? new SqsError('MessageNotInflight', error.message) : error;
      if (!(failure instanceof SqsError)) throw failure;
      Failed.push({ Id, SenderFault: true, Code: failure.code, Message: failure.message });
    }
  }
  return { Successful, Failed };
}
