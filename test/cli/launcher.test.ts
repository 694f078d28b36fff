import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const KGC = fileURLToPath(new URL('../../cli/kgc.mjs', import.meta.url));

function run(program: string, cwd: string, env: Readonly<Record<string, string>> = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, '--server', './x.sock', 'user', 'list'], {
    cwd,
    env: { PATH: process.env.PATH, ...env },
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

test('without the packages, kgc says how to install them', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'kgc-test-'));
  try {
    mkdirSync(path.join(folder, 'cli'));
    const copy = path.join(folder, 'cli', 'kgc.mjs');
    copyFileSync(KGC, copy);
    const { status, stderr } = run(copy, folder);
    assert.equal(status, 1);
    assert.match(stderr, /Try: cd .* && npm ci/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a link to kgc does, and paths mean the folder in which the command was typed, by npm too', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'kgc-test-'));
  try {
    const link = path.join(folder, 'kgc');
    symlinkSync(KGC, link);
    const here = run(link, folder);
    assert.equal(here.status, 1);
    assert.match(here.stderr, new RegExp(`${path.join(folder, 'x.sock')} can't be reached: there is no such socket`));
    const byNpm = run(KGC, tmpdir(), { npm_lifecycle_event: 'kgc', INIT_CWD: folder });
    assert.equal(byNpm.stderr, here.stderr);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
