import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { operations } from '../../core/soap/index.ts';
import { handWritten, PAGE, protocolPage } from '../../scripts/protocol-page.ts';

const page = readFileSync(PAGE, 'utf8');

test('docs/protocol.md is as `npm run protocol-page` writes it', () => {
  assert.equal(page, protocolPage(handWritten(page)));
});

test('the page lists every operation once', () => {
  const generated = page.slice(0, page.indexOf('## With several companies'));
  const listed = [...generated.matchAll(/^\| `([^`]+)` \|/gm)].map(([, name]) => name!);
  assert.deepEqual(listed.sort(), Object.keys(operations).sort());
});
