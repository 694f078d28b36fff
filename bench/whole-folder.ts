/**
 * What tables take that look at a whole folder: rows in categories, a row for
 * each value of a property, and all rows of a few columns, as the IMAP gateway
 * reads them.
 *
 *     node bench/whole-folder.ts [--rounds 3] [--sizes 10000,100000]
 *
 * Calls go through the operation frame to a real database on this machine.
 * Prints for each size the median in ms and the statements.
 */
import { parseArgs } from 'node:util';
import { MAPI_MESSAGE } from '../core/mapi/object-types.ts';
import { type PropertyTag, withType } from '../core/mapi/property.ts';
import { MV_FLAG, MV_INSTANCE, PT_UNICODE } from '../core/mapi/property-types.ts';
import { TABLE_SORT_ASCEND, TABLE_SORT_DESCEND } from '../core/mapi/sort-order.ts';
import * as tags from '../core/mapi/tags.ts';
import type { Draft } from '../core/soap/index.ts';
import { openSite } from '../test/core/operations/site.ts';
import { fillFolder } from './filled-folder.ts';

const { values: options } = parseArgs({
  options: { rounds: { type: 'string', default: '3' }, sizes: { type: 'string', default: '10000,100000' } },
});
const rounds = Number(options.rounds);

await using site = await openSite({});
const client = await site.client();
const { database } = site.platform;

type Sort = NonNullable<Draft<'tableMultiRequest'>['lpSort']>;
const COLUMNS = [tags.PR_INSTANCE_KEY, tags.PR_SUBJECT, tags.PR_SENDER_NAME, tags.PR_MESSAGE_FLAGS];
const byReceived = { ulPropTag: tags.PR_MESSAGE_DELIVERY_TIME, ulOrder: TABLE_SORT_DESCEND };
const inCategories = (ulPropTag: PropertyTag, ulExpanded: number): Sort => ({
  sSortOrder: [{ ulPropTag, ulOrder: TABLE_SORT_ASCEND }, byReceived],
  ulCategories: 1,
  ulExpanded,
});
/** One row for each of the values that only a few messages have. */
const instances = withType(0x8200_0000, PT_UNICODE | MV_FLAG | MV_INSTANCE);

const SCENARIOS: readonly [name: string, columns: readonly PropertyTag[], sort: Sort][] = [
  ['by sender, collapsed', COLUMNS, inCategories(tags.PR_SENDER_NAME, 0)],
  ['by sender, expanded', COLUMNS, inCategories(tags.PR_SENDER_NAME, 1)],
  ['by importance, collapsed', COLUMNS, inCategories(tags.PR_IMPORTANCE, 0)],
  ['a row for each value', [...COLUMNS, instances], { sSortOrder: [byReceived], ulCategories: 0, ulExpanded: 0 }],
];

for (const [index, size] of options.sizes.split(',').map(Number).entries()) {
  const folder = await fillFolder(database, 1_000_000 * (index + 1), size);
  await database.query('ANALYZE TABLE object');
  console.log(`${`50 of ${size}`.padEnd(28)}${'ms'.padStart(10)}${'statements'.padStart(12)}`);
  for (const [name, columns, sort] of SCENARIOS) {
    const times: number[] = [];
    let statements = 0;
    for (let round = 0; round < rounds; round++) {
      const before = database.roundTrips;
      const started = performance.now();
      await firstPage(folder, columns, sort);
      times.push(performance.now() - started);
      statements = database.roundTrips - before;
    }
    const median = times.sort((one, other) => one - other)[rounds >> 1]!;
    console.log(`${name.padEnd(28)}${median.toFixed(0).padStart(10)}${String(statements).padStart(12)}`);
  }
}

async function firstPage(sEntryId: Buffer, columns: readonly PropertyTag[], lpSort: Sort): Promise<void> {
  const { ulTableId = 0 } = await client.call('tableOpen', {
    sEntryId,
    ulTableType: 1,
    ulType: MAPI_MESSAGE,
    ulFlags: 0,
  });
  const { sRowSet = [] } = await client.call('tableMulti', {
    sRequest: { ulTableId, ulFlags: 0, lpSetColumns: [...columns], lpSort, lpQueryRows: { ulCount: 50, ulFlags: 0 } },
  });
  if (sRowSet.length === 0) throw new Error('the table has no rows');
  await client.call('tableClose', { ulTableId });
}
