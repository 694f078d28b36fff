import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deliveryStorm } from './delivery-storm.ts';

test('each mail is in its places once, and forwarded once, however often functions are killed', async () => {
  const report = await deliveryStorm({ mails: 80, consumers: 2, kills: 3 });
  assert.equal(report.kills, 3);
});
