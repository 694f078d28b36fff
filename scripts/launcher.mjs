// Who launched this process, and whether that one is still there.

import { spawnSync } from 'node:child_process';

const LOOK_MS = 500;

/**
 * Calls `gone` once the `npm` that runs this script is gone. npm puts a shell
 * between itself and a script, which dies of a SIGTERM without telling the
 * script, and npm itself can tell nobody of a SIGKILL. Without npm, nobody is
 * watched: a script may outlive the shell in which it was typed.
 */
export function whenNpmIsGone(gone) {
  if (!process.env.npm_lifecycle_event) return;
  const watched = launchers(process.ppid);
  const timer = setInterval(() => {
    if (process.ppid === watched[0] && watched.every(isRunning)) return;
    clearInterval(timer);
    gone();
  }, LOOK_MS);
  timer.unref();
}

/** The process with this id and, if it is npm's shell, npm behind it. */
function launchers(pid) {
  const { status, stdout } = spawnSync('ps', ['-o', 'ppid=,args=', '-p', String(pid)], { encoding: 'utf8' });
  const match = status === 0 && /^\s*(\d+)\s+(?:\S*\/)?sh -c /.exec(stdout);
  return match ? [pid, Number(match[1])] : [pid];
}

function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
