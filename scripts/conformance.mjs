// `npm run conformance`: replays the recorded traffic of the genuine client
// against a throw-away instance and holds the result against the floors in
// test/conformance-floors.json. With --raise, floors rise to what was reached.
// Other arguments go to replay.mjs.

import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { bootstrap, main, ROOT, run, SetUpError } from './bootstrap.mjs';
import { judge, raise } from './conformance-floors.mjs';

const REPLAY = path.join(ROOT, '..', 'shared', 'conformance', 'replay.mjs');
const FLOORS = path.join(ROOT, 'test', 'conformance-floors.json');
const START_TIMEOUT_MS = 120_000;

/** The genuine server needs a minute; a replay that waits for what never comes must not last forever. */
const REPLAY_TIMEOUT_MS = 15 * 60_000;

main(async () => {
  if (!existsSync(REPLAY)) {
    console.log('There is no conformance folder beside this checkout; nothing to replay.');
    return 0;
  }
  const node = await bootstrap((line) => console.error(line));
  const args = process.argv.slice(2);
  const raising = args.includes('--raise');
  const folder = mkdtempSync(path.join(tmpdir(), 'kgc-conformance-'));
  try {
    const instance = await startInstance(node, folder);
    try {
      const report = path.join(folder, 'report.json');
      const replayArgs = ['--url', instance.url, '--setup', '--operations', '--json', report];
      // Exit code 1 says that something did not match; the floors decide what that means.
      const command = [REPLAY, ...replayArgs, ...args.filter((arg) => arg !== '--raise')];
      const code = await run(node, command, { timeout: REPLAY_TIMEOUT_MS });
      if (code > 1 || !existsSync(report)) throw new SetUpError(`The replay ended with exit code ${code}.`);
      return conclude(JSON.parse(readFileSync(report, 'utf8')), raising);
    } finally {
      await instance.stop();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

async function startInstance(node, folder) {
  const readyFile = path.join(folder, 'ready.json');
  const args = ['--ephemeral', '--trusted-port', '0', '--ready-file', readyFile];
  const child = spawn(node, [path.join(ROOT, 'local', 'start.ts'), ...args], {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  let running = true;
  exited.then(() => {
    running = false;
  });
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!existsSync(readyFile)) {
    if (!running) throw new SetUpError('The instance ended while starting.');
    if (Date.now() > deadline) {
      child.kill('SIGTERM');
      throw new SetUpError(`The instance was not ready after ${START_TIMEOUT_MS / 1000} s.`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    url: JSON.parse(readFileSync(readyFile, 'utf8')).soap.trustedUrl,
    async stop() {
      child.kill('SIGTERM');
      await exited;
    },
  };
}

function conclude(report, raising) {
  const floors = JSON.parse(readFileSync(FLOORS, 'utf8'));
  const { rows, ok } = judge(report.transcripts, floors);
  const line = (...cells) =>
    console.log(
      cells[0].padEnd(30) +
        cells
          .slice(1)
          .map((cell) => String(cell).padStart(10))
          .join(''),
    );
  console.log();
  line('transcript', 'matched', 'of', 'percent', 'floor', '');
  for (const row of rows)
    line(row.name, row.matched, row.of, row.percent.toFixed(1), row.floor, row.ok ? 'ok' : 'BELOW');
  if (raising) {
    const raised = raise(rows, floors);
    writeFileSync(FLOORS, `${JSON.stringify(raised, null, 2)}\n`);
    console.log(`\nFloors raised in ${path.relative(ROOT, FLOORS)}.`);
  }
  const below = rows.filter((row) => !row.ok).length;
  console.log(ok ? '\nNo transcript is below its floor.' : `\n${below} transcripts are below their floors.`);
  return ok ? 0 : 1;
}
