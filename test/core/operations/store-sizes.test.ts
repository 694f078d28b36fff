import assert from 'node:assert/strict';
import test from 'node:test';
import { assertCountersRight } from '../store/recount.ts';
import { aService } from './a-service.ts';
import { assertObjectSizesRight, StoreTraffic } from './store-traffic.ts';

// 10,000 of them: node bench/store-sizes.ts
test('store sizes equal a recount after 80 random operations', async () => {
  await using service = await aService();
  const traffic = await StoreTraffic.begin(service, 'anna', 20_261_125);
  for (let done = 0; done < 80; done++) await traffic.act();
  await assertCountersRight(service.server.platform.database);
  assert.ok((await assertObjectSizesRight(service.server.platform.database)) > 0);
  assert.deepEqual(service.errors, []);
});
