import assert from 'node:assert/strict';
import { test } from 'node:test';
import { operations } from '../../../core/operations/index.ts';
import { operations as catalogue } from '../../../core/soap/index.ts';

/** Operations that answer KCERR_NOT_IMPLEMENTED. Take a name from the list when its operation is there; never add one. */
const MISSING: readonly string[] = [];

test('the list of missing operations is exact, so that it can only shrink', () => {
  const missing = Object.keys(catalogue).filter((name) => !(name in operations));
  assert.deepEqual(missing.sort(), [...MISSING].sort());
});
