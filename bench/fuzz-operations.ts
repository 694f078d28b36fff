/**
 * Sends hostile requests of an ordinary user to every operation, in process and
 * on a real database, and reports what must not happen: crashes, hangs, bare
 * errors, statements built from input, changes of other people's data.
 *
 *     node bench/fuzz-operations.ts --count 1000000 --seed 1
 *
 * Ends with exit code 1 if there was a finding.
 */
import { parseArgs } from 'node:util';
import { type FuzzReport, fuzz } from '../test/core/operations/fuzz/fuzz-run.ts';
import { aServer } from '../test/core/store/a-server.ts';

const { values: options } = parseArgs({
  options: {
    count: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
    concurrency: { type: 'string', default: '4' },
    /** After how many requests the rows of others are compared. */
    'digest-every': { type: 'string', default: '2000' },
  },
});

const begun = performance.now();
const summary = ({ requests, findings, slowestMs, slowest }: FuzzReport): string => {
  const seconds = (performance.now() - begun) / 1000;
  return `${requests} requests in ${seconds.toFixed(0)} s, ${findings.size} kinds of findings, slowest ${slowestMs.toFixed(0)} ms (${slowest})`;
};

const server = await aServer();
const report = await fuzz(server, {
  seed: Number(options.seed),
  count: Number(options.count),
  concurrency: Number(options.concurrency),
  digestEvery: Number(options['digest-every']),
  progress: (soFar) => console.log(summary(soFar)),
  onFinding: (what, example) =>
    console.log(`  FINDING ${what}
    ${example}`),
});
await server[Symbol.asyncDispose]();

console.log(summary(report));
console.log('answers:', Object.fromEntries([...report.answers].sort(([, one], [, other]) => other - one)));
console.log(
  `${report.vocabulary.shapes.size} different statements, with ${report.vocabulary.numbers.size} numbers: ${[...report.vocabulary.numbers].join(' ')}`,
);
for (const [what, { count, example }] of report.findings) console.log(`FINDING ${count} × ${what}\n    ${example}`);
process.exitCode = report.findings.size > 0 ? 1 : 0;
