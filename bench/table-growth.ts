/**
 * Whether a page of a table costs the same in any folder: opens a contents
 * table and reads the first 50 rows of 20 columns, in folders of 100, 10,000
 * and 100,000 messages.
 *
 *     node bench/table-growth.ts [--rounds 21] [--latency 8] [--sizes 100,10000,100000]
 *
 * Calls go through the operation frame to a real database on this machine,
 * `--latency` adds milliseconds to every statement, as in the cloud. Prints the
 * median of tableOpen + tableMulti in ms, the statements of both together, and
 * how much slower the largest folder is than the smallest; ends with 1 where
 * that is more than 1.5 times or more than 5 statements, or the next page more
 * than 3.
 */
import { parseArgs } from 'node:util';
import { MAPI_MESSAGE } from '../core/mapi/object-types.ts';
import type { PropertyTag } from '../core/mapi/property.ts';
import { BMR_EQZ, RES_BITMASK } from '../core/mapi/restriction.ts';
import { TABLE_SORT_ASCEND, TABLE_SORT_DESCEND } from '../core/mapi/sort-order.ts';
import * as tags from '../core/mapi/tags.ts';
import type { Wire } from '../core/soap/index.ts';
import { openSite } from '../test/core/operations/site.ts';
import { fillFolder } from './filled-folder.ts';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '21' },
    latency: { type: 'string', default: '0' },
    sizes: { type: 'string', default: '100,10000,100000' },
  },
});
const ROUNDS = Number(options.rounds);
const SIZES = options.sizes.split(',').map(Number);
const PAGE = 50;
const MOST_GROWTH = 1.5;
const MOST_STATEMENTS = 5;
const MOST_OF_NEXT_PAGE = 3;

/** What a mail client shows of a folder. */
const COLUMNS: readonly PropertyTag[] = [
  tags.PR_ENTRYID,
  tags.PR_PARENT_ENTRYID,
  tags.PR_INSTANCE_KEY,
  tags.PR_SOURCE_KEY,
  tags.PR_SUBJECT,
  tags.PR_NORMALIZED_SUBJECT,
  tags.PR_SENDER_NAME,
  tags.PR_SENT_REPRESENTING_NAME,
  tags.PR_SENT_REPRESENTING_EMAIL_ADDRESS,
  tags.PR_DISPLAY_TO,
  tags.PR_MESSAGE_DELIVERY_TIME,
  tags.PR_CLIENT_SUBMIT_TIME,
  tags.PR_LAST_MODIFICATION_TIME,
  tags.PR_MESSAGE_CLASS,
  tags.PR_MESSAGE_FLAGS,
  tags.PR_MESSAGE_SIZE,
  tags.PR_IMPORTANCE,
  tags.PR_HASATTACH,
  tags.PR_FLAG_STATUS,
  tags.PR_BODY,
];

const unread: Wire<'restrictTable'> = {
  ulType: RES_BITMASK,
  lpBitmask: { ulType: BMR_EQZ, ulPropTag: tags.PR_MESSAGE_FLAGS, ulMask: 1 },
};

const SCENARIOS: readonly [name: string, tag: PropertyTag, order: number, restriction?: Wire<'restrictTable'>][] = [
  ['received, newest first', tags.PR_MESSAGE_DELIVERY_TIME, TABLE_SORT_DESCEND],
  ['received, oldest first', tags.PR_MESSAGE_DELIVERY_TIME, TABLE_SORT_ASCEND],
  ['received, only unread', tags.PR_MESSAGE_DELIVERY_TIME, TABLE_SORT_DESCEND, unread],
  ['sent', tags.PR_CLIENT_SUBMIT_TIME, TABLE_SORT_DESCEND],
  ['subject', tags.PR_SUBJECT, TABLE_SORT_ASCEND],
  ['sender', tags.PR_SENDER_NAME, TABLE_SORT_ASCEND],
  ['size, largest first', tags.PR_MESSAGE_SIZE, TABLE_SORT_DESCEND],
  ['importance, highest first', tags.PR_IMPORTANCE, TABLE_SORT_DESCEND],
  ['flags', tags.PR_MESSAGE_FLAGS, TABLE_SORT_ASCEND],
  ['class', tags.PR_MESSAGE_CLASS, TABLE_SORT_ASCEND],
  ['has attachment first', tags.PR_HASATTACH, TABLE_SORT_DESCEND],
];

await using site = await openSite({}, Number(options.latency));
const client = await site.client();
const { database } = site.platform;

const folders = new Map<number, Buffer>();
for (const [index, size] of SIZES.entries()) {
  process.stderr.write(`filling a folder with ${size} messages … `);
  const started = performance.now();
  folders.set(size, await fillFolder(database, 1_000_000 * (index + 1), size));
  process.stderr.write(`${((performance.now() - started) / 1000).toFixed(1)} s\n`);
}
await database.query('ANALYZE TABLE object');

let failed = false;
const heading = SIZES.map((size) => `${size} messages`.padStart(16)).join('');
console.log(
  `${'first 50 rows by'.padEnd(28)}${heading}${'growth'.padStart(9)}${'open+read'.padStart(11)}${'next page'.padStart(11)}`,
);
for (const [name, tag, order, restriction] of SCENARIOS) {
  const results = [];
  for (const size of SIZES) results.push(await measure(folders.get(size)!, tag, order, restriction));
  const growth = results.at(-1)!.ms / results[0]!.ms;
  const statements = Math.max(...results.map(({ opened }) => opened));
  const next = Math.max(...results.map(({ next }) => next));
  const over = growth > MOST_GROWTH || statements > MOST_STATEMENTS || next > MOST_OF_NEXT_PAGE;
  failed ||= over;
  const times = results.map(({ ms }) => `${ms.toFixed(1)} ms`.padStart(16)).join('');
  console.log(
    `${name.padEnd(28)}${times}${`${growth.toFixed(2)} ×`.padStart(9)}${String(statements).padStart(11)}${String(next).padStart(11)}${over ? '  over' : ''}`,
  );
}
process.exitCode = failed ? 1 : 0;

/** Median time of opening and reading, and the statements of that and of the next page. */
async function measure(
  folder: Buffer,
  tag: PropertyTag,
  ulOrder: number,
  lpRestrict?: Wire<'restrictTable'>,
): Promise<{ ms: number; opened: number; next: number }> {
  const times: number[] = [];
  let opened = 0;
  let next = 0;
  for (let round = 0; round < ROUNDS + 2; round++) {
    const before = database.roundTrips;
    const started = performance.now();
    const { ulTableId = 0 } = await client.call('tableOpen', {
      sEntryId: folder,
      ulTableType: 1,
      ulType: MAPI_MESSAGE,
      ulFlags: 0,
    });
    const { sRowSet = [] } = await client.call('tableMulti', {
      sRequest: {
        ulTableId,
        ulFlags: 0,
        lpSetColumns: [...COLUMNS],
        lpSort: { sSortOrder: [{ ulPropTag: tag, ulOrder }], ulCategories: 0, ulExpanded: 0 },
        lpRestrict,
        lpQueryRows: { ulCount: PAGE, ulFlags: 0 },
      },
    });
    // The first rounds warm up: statements are prepared, pages are read from disk.
    if (round >= 2) times.push(performance.now() - started);
    opened = database.roundTrips - before;
    if (sRowSet.length === 0) throw new Error('the table has no rows');
    await client.call('tableQueryRows', { ulTableId, ulRowCount: PAGE, ulFlags: 0 });
    next = database.roundTrips - before - opened;
    await client.call('tableClose', { ulTableId });
  }
  return { ms: times.sort((one, other) => one - other)[times.length >> 1]!, opened, next };
}
