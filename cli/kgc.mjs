#!/usr/bin/env node
// `kgc`, the operator's command line, under whatever Node from 20 on: hands over
// to the project's own one, which runs TypeScript as it is.

import { spawn } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const modules = path.join(root, 'node_modules');
const node = path.join(modules, 'node', 'bin', 'node');
const main = path.join(root, 'cli', 'main.ts');

if (!existsSync(node) || !existsSync(path.join(modules, 'commander'))) {
  process.stderr.write(`kgc: The packages that it needs are not installed.\n  Try: cd ${root} && npm ci\n`);
  process.exit(1);
}

// npm runs scripts in the project's folder; paths on the command line mean the folder in which it was typed.
if (process.env.npm_lifecycle_event === 'kgc' && process.env.INIT_CWD) process.chdir(process.env.INIT_CWD);

if (realpathSync(process.execPath) === realpathSync(node)) {
  await import(main);
} else {
  const child = spawn(node, [main, ...process.argv.slice(2)], { stdio: 'inherit' });
  // Ctrl-C reaches the child too, which ends by itself; what comes to this process alone is passed on.
  process.on('SIGINT', () => {});
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.once('error', (error) => {
    process.stderr.write(`kgc: ${node} can't be run: ${error.message}\n  Try: cd ${root} && npm ci\n`);
    process.exit(1);
  });
  child.once('exit', (code, signal) => process.exit(signal ? 128 : code));
}
