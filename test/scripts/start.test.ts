import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Endpoints } from '../../local/instance/endpoints.ts';
import { aFolder } from '../local/a-cloud.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const START = fileURLToPath(new URL('../../scripts/start.mjs', import.meta.url));

/** Waits longer than elsewhere: everything starts here, and other tests run at the same time. */
async function until(condition: () => boolean, what: string): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!condition()) {
    if (Date.now() > deadline) assert.fail(`not within a minute: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function start(args: readonly string[]) {
  const child: ChildProcess = spawn(process.execPath, [START, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const said = { out: '', error: '' };
  child.stdout!.on('data', (chunk: Buffer) => {
    said.out += chunk.toString();
  });
  child.stderr!.on('data', (chunk: Buffer) => {
    said.error += chunk.toString();
  });
  return { child, said, exited: once(child, 'exit') as Promise<[number | null, string | null]> };
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

suite('npm start', { concurrency: true }, () => {
  test('writes the ready file once everything answers, and ends in order when it is told to', async () => {
    using folder = aFolder();
    const readyFile = path.join(folder.path, 'ready.json');
    const { child, said, exited } = start(['--ephemeral', '--trusted-port', '0', '--ready-file', readyFile]);
    await until(() => existsSync(readyFile) || child.exitCode !== null, `it is ready: ${said.error}`);
    assert.equal(statSync(readyFile).mode & 0o777, 0o600);
    const endpoints = JSON.parse(readFileSync(readyFile, 'utf8')) as Endpoints;
    const response = await fetch(endpoints.soap.trustedUrl!, { method: 'POST', body: 'no soap' });
    assert.ok(response.status === 400 || response.status === 500);
    assert.match(await response.text(), /Fault/);
    child.kill('SIGTERM');
    assert.deepEqual(await exited, [0, null], said.error);
    assert.match(said.out, /SOAP \(MAPI clients\) +http:\/\/127\.0\.0\.1:\d+\//);
    assert.ok(!existsSync(endpoints.data));
    assert.ok(!isRunning(endpoints.pid));
  });

  test('ends everything when the launcher is killed', async () => {
    using folder = aFolder();
    const readyFile = path.join(folder.path, 'ready.json');
    const { child, said } = start(['--ephemeral', '--ready-file', readyFile]);
    await until(() => existsSync(readyFile) || child.exitCode !== null, `it is ready: ${said.error}`);
    const endpoints = JSON.parse(readFileSync(readyFile, 'utf8')) as Endpoints;
    child.kill('SIGKILL');
    await until(() => !isRunning(endpoints.pid), 'the instance has ended');
    assert.ok(!existsSync(endpoints.database.socket));
  });

  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    test(`ends everything when npm gets a ${signal}, which it may pass on to nobody`, async () => {
      using folder = aFolder();
      const readyFile = path.join(folder.path, 'ready.json');
      const args = ['start', '--silent', '--', '--ephemeral', '--ready-file', readyFile];
      const npm = spawn('npm', args, { cwd: ROOT, stdio: 'ignore' });
      await until(() => existsSync(readyFile) || npm.exitCode !== null, 'it is ready');
      const endpoints = JSON.parse(readFileSync(readyFile, 'utf8')) as Endpoints;
      npm.kill(signal);
      await until(() => !isRunning(endpoints.pid), 'the instance has ended');
      assert.ok(!existsSync(endpoints.data));
    });
  }

  test('tells what is wrong with its command line, and helps', async () => {
    const wrong = start(['--prot', '1']);
    assert.deepEqual(await wrong.exited, [2, null]);
    assert.match(wrong.said.error, /Unknown option '--prot'/);
    const help = start(['--help']);
    assert.deepEqual(await help.exited, [0, null]);
    assert.match(help.said.out, /usage: npm start/);
  });
});
