import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { suite, test } from 'node:test';
// @ts-expect-error: the scripts are plain JavaScript without declarations.
import { isInstalled } from '../../scripts/bootstrap.mjs';
import { aFolder } from '../local/a-cloud.ts';

type Packages = Record<string, { version: string; integrity?: string; optional?: boolean }>;

const wanted: Packages = {
  '': { version: '1.0.0' },
  'node_modules/node': { version: '24.0.0', integrity: 'sha512-node' },
  'node_modules/a': { version: '1.0.0', integrity: 'sha512-a' },
  'node_modules/other-system': { version: '1.0.0', optional: true },
};

/** A project folder after `npm ci` on this system. */
function aProject() {
  const folder = aFolder();
  const write = (file: string, packages: Packages) => {
    mkdirSync(path.dirname(path.join(folder.path, file)), { recursive: true });
    writeFileSync(path.join(folder.path, file), JSON.stringify({ packages }));
  };
  const node = path.join(folder.path, 'node_modules/node/bin/node');
  mkdirSync(path.dirname(node), { recursive: true });
  writeFileSync(node, '#!/bin/sh\n');
  chmodSync(node, 0o755);
  mkdirSync(path.join(folder.path, 'node_modules/a'));
  write('package-lock.json', wanted);
  const { '': _root, 'node_modules/other-system': _absent, ...present } = wanted;
  write('node_modules/.package-lock.json', present);
  return { path: folder.path, node, write, present, [Symbol.dispose]: () => folder[Symbol.dispose]() };
}

suite('node_modules', () => {
  test('is up to date when it holds what the lockfile asks for; packages of other systems may be absent', () => {
    using project = aProject();
    assert.equal(isInstalled(project.path), true);
  });

  test('is stale when it is missing, or a package is missing or of another version', () => {
    using project = aProject();
    project.write('package-lock.json', { ...wanted, 'node_modules/a': { version: '1.0.1', integrity: 'sha512-b' } });
    assert.equal(isInstalled(project.path), false);
    project.write('package-lock.json', { ...wanted, 'node_modules/b': { version: '1.0.0' } });
    assert.equal(isInstalled(project.path), false);
    project.write('package-lock.json', wanted);
    rmSync(path.join(project.path, 'node_modules/a'), { recursive: true });
    assert.equal(isInstalled(project.path), false);
    rmSync(path.join(project.path, 'node_modules'), { recursive: true });
    assert.equal(isInstalled(project.path), false);
  });

  test('is stale when its Node doesn’t run', () => {
    using project = aProject();
    writeFileSync(project.node, '#!/bin/sh\nexit 1\n');
    assert.equal(isInstalled(project.path), false);
  });
});
