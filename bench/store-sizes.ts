/**
 * Whether sizes and counters stay exact: a mailbox sees random operations of
 * clients, deliveries and administrators, and all sizes are compared with a recount again and again.
 *
 *     node bench/store-sizes.ts [--operations 10000] [--seed 1] [--each 500]
 */
import { parseArgs } from 'node:util';
import { aService } from '../test/core/operations/a-service.ts';
import { assertObjectSizesRight, StoreTraffic } from '../test/core/operations/store-traffic.ts';
import { assertCountersRight } from '../test/core/store/recount.ts';

const { values } = parseArgs({
  options: {
    operations: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
    each: { type: 'string', default: '500' },
  },
});
const [operations, seed, each] = [Number(values.operations), Number(values.seed), Number(values.each)];

await using service = await aService();
const { database } = service.server.platform;
const traffic = await StoreTraffic.begin(service, 'anna', seed);
for (let done = 1; done <= operations; done++) {
  await traffic.act();
  if (done % each !== 0 && done !== operations) continue;
  await assertCountersRight(database);
  const objects = await assertObjectSizesRight(database);
  const [store] = await database.query<{ size: number }>('SELECT size FROM store WHERE size > 0');
  console.log(`${done} operations: ${store?.size ?? 0} bytes in ${objects} objects, all as counted anew`);
}
if (service.errors.length > 0) throw new AggregateError(service.errors, 'operations failed unexpectedly');
console.log([...traffic.acts].map(([name, times]) => `${name} ${times}`).join(', '));
