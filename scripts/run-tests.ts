/** Runs test files at the same time on one shared database server, shows each test, and closes with the counts. */
import { globSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { startSharedTestDatabase } from '../local/database/ephemeral.ts';

const root = new URL('..', import.meta.url).pathname;

/** A file waits for the database half of its time; one more than there are cores keeps them busy. */
const concurrency = availableParallelism() + 1;

const files = process.argv.length > 2 ? process.argv.slice(2) : globSync('test/**/*.test.ts', { cwd: root });

await using database = await startSharedTestDatabase((line) => console.log(line));
Object.assign(process.env, database.environment);

let counts = { passed: 0, failed: 0, skipped: 0 };
let success = true;
const events = run({ files: files.sort(), concurrency, cwd: root });
events.on('test:summary', (summary) => {
  // There is a summary for each file and one, without a file, for all of them.
  if (summary.file !== undefined) return;
  success = summary.success;
  const { tests, passed, skipped, todo } = summary.counts;
  counts = { passed, skipped: skipped + todo, failed: tests - passed - skipped - todo };
});
// A file may fail although all its tests pass, by what happens after them. The report tells that far above, or not at all.
const afterwards: string[] = [];
events.on('test:diagnostic', ({ message, file }) => {
  if (message.includes('asynchronous activity')) afterwards.push(`${file}: ${message}`);
});
events.on('test:fail', ({ name, details: { error } }) => {
  const { exitCode, signal, failureType } = error as Error & Partial<Record<string, unknown>>;
  if (exitCode !== undefined || signal) afterwards.push(`${name} ended with ${signal ?? exitCode} (${failureType})`);
});
for await (const text of events.compose(new spec())) process.stdout.write(text as string);

for (const line of afterwards) process.stdout.write(`${line}\n`);
process.stdout.write(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`);
process.exitCode = success ? 0 : 1;
