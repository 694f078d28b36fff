import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aFolder } from '../a-cloud.ts';
import { assertNothingLost } from './kill-report.ts';
import { killRun } from './kill-run.ts';

test('kill -9 of the dagent and of everything in the middle of deliveries loses no mail and doubles none', async () => {
  using folder = aFolder();
  const report = await killRun({ data: folder.path, mails: 60, victims: ['dagent', 'everything'] });
  assert.equal(report.accepted.length, 60);
  assertNothingLost(report);
});
