// What `npm start`, `npm test` and `npm run conformance` do before anything of
// the project can run: any Node from 20 on, nothing installed yet.

import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** The Node that runs the project; it comes as an npm package, so that an older one is enough to begin with. */
export const NODE = path.join(ROOT, 'node_modules', 'node', 'bin', 'node');

const OLDEST_NODE = 20;

/** Two starts in a clean clone must not install at once; one that died leaves its lock for at most so long. */
const LOCK = path.join(ROOT, '.local', 'installing');
const LOCK_TIMEOUT_MS = 15 * 60_000;

/** The set-up can't go on; the message says what to do. */
export class SetUpError extends Error {}

/** Installs what is missing and answers the path of the project's own Node. */
export async function bootstrap(say) {
  const [major] = process.versions.node.split('.').map(Number);
  if (major < OLDEST_NODE)
    throw new SetUpError(`Node ${process.versions.node} is too old; this needs Node ${OLDEST_NODE} or newer.`);
  if (!isInstalled()) await withLock(() => isInstalled() || install(say));
  return NODE;
}

/** Whether node_modules holds what the lockfile asks for. npm notes beside the packages what it has installed. */
export function isInstalled(root = ROOT) {
  const wanted = readLock(path.join(root, 'package-lock.json'));
  const present = readLock(path.join(root, 'node_modules', '.package-lock.json'));
  if (!wanted || !present) return false;
  for (const [place, { version, integrity, optional, devOptional }] of Object.entries(wanted)) {
    if (place === '') continue;
    const found = present[place];
    // Packages for other systems than this one stay away.
    if (!found && (optional || devOptional)) continue;
    if (found?.version !== version || found.integrity !== integrity) return false;
    if (!existsSync(path.join(root, place))) return false;
  }
  return runs(path.join(root, 'node_modules', 'node', 'bin', 'node'));
}

function readLock(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

function runs(program) {
  return spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0;
}

async function install(say) {
  say('Installing npm packages (npm ci) …');
  const code = await run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
  if (code !== 0) throw new SetUpError(`npm ci failed with exit code ${code}.`);
  if (!isInstalled()) {
    throw new SetUpError(
      'npm ci has run, but Node 24 did not come with it. Are install scripts of npm packages switched off (ignore-scripts)?',
    );
  }
}

async function withLock(work) {
  const deadline = Date.now() + LOCK_TIMEOUT_MS;
  mkdirSync(path.dirname(LOCK), { recursive: true });
  while (!take(LOCK)) {
    if (Date.now() > deadline)
      throw new SetUpError(`Another installation seems to hang; if none runs, remove ${LOCK}.`);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  try {
    return await work();
  } finally {
    rmSync(LOCK, { recursive: true, force: true });
  }
}

function take(lock) {
  try {
    mkdirSync(lock);
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    const stale = existsSync(lock) && Date.now() - statSync(lock).mtimeMs > LOCK_TIMEOUT_MS;
    if (stale) rmSync(lock, { recursive: true, force: true });
    return false;
  }
}

/** Runs a program in the project's folder with this terminal and answers its exit code. */
export function run(program, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: ROOT, stdio: 'inherit', ...options });
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(signal ? 128 : code));
  });
}

/** Runs a script's main function, and tells a set-up error without a stack. */
export function main(work) {
  work().then(
    (code) => process.exit(code),
    (error) => {
      console.error(error instanceof SetUpError ? error.message : error);
      process.exit(1);
    },
  );
}
