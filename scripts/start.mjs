// `npm start`: installs what is missing, then starts the cloud on this machine
// under the project's own Node and stays with it.

import { spawn } from 'node:child_process';
import path from 'node:path';
import { bootstrap, main, ROOT } from './bootstrap.mjs';
import { whenNpmIsGone } from './launcher.mjs';

main(async () => {
  const node = await bootstrap((line) => console.error(line));
  return serve(node, process.argv.slice(2));
});

function serve(node, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(node, [path.join(ROOT, 'local', 'start.ts'), ...args], {
      // Where the command was typed: relative paths on the command line mean that.
      cwd: process.env.INIT_CWD ?? process.cwd(),
      // The channel tells the child when this process is gone, even by kill -9.
      stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    });
    // Ctrl-C reaches the child too; what comes to this process alone is passed on.
    process.on('SIGINT', () => {});
    for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
    whenNpmIsGone(() => child.kill('SIGTERM'));
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(signal ? 128 : code));
  });
}
