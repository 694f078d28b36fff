/**
 * What searches cost: begins searches of a folder of messages, reads the first
 * rows of what they found, and once more after a message changed.
 *
 *     node bench/search-growth.ts [--sizes 1000,10000,100000] [--latency 8]
 *
 * Calls go through the operation frame to a real database on this machine,
 * `--latency` adds milliseconds to every statement, as in the cloud. Prints ms
 * and statements of beginning (until the search is complete), of opening and
 * reading 50 rows, of the same after a change, and what was found.
 */
import { parseArgs } from 'node:util';
import { FOLDER_SEARCH, MAPI_MESSAGE } from '../core/mapi/object-types.ts';
import { BMR_EQZ, FL_IGNORECASE, FL_SUBSTRING, RES_BITMASK, RES_CONTENT, RES_OR } from '../core/mapi/restriction.ts';
import { SEARCH_REBUILD } from '../core/mapi/search-flags.ts';
import { TABLE_SORT_DESCEND } from '../core/mapi/sort-order.ts';
import * as tags from '../core/mapi/tags.ts';
import type { Wire } from '../core/soap/index.ts';
import { openSite } from '../test/core/operations/site.ts';
import { fillFolder } from './filled-folder.ts';

const { values: options } = parseArgs({
  options: {
    sizes: { type: 'string', default: '1000,10000,100000' },
    latency: { type: 'string', default: '0' },
  },
});

const contains = (tag: number, text: string): Wire<'restrictTable'> => ({
  ulType: RES_CONTENT,
  lpContent: {
    ulFuzzyLevel: FL_SUBSTRING | FL_IGNORECASE,
    ulPropTag: tag,
    lpProp: { ulPropTag: tag, Value: { name: 'lpszA', value: text } },
  },
});

/** What people search for. */
const SEARCHES: readonly (readonly [string, Wire<'restrictTable'>])[] = [
  ['unread', { ulType: RES_BITMASK, lpBitmask: { ulType: BMR_EQZ, ulPropTag: tags.PR_MESSAGE_FLAGS, ulMask: 1 } }],
  ['subject', contains(tags.PR_SUBJECT, 'subject 77')],
  [
    'subject, body, names',
    {
      ulType: RES_OR,
      lpOr: [tags.PR_SUBJECT, tags.PR_BODY, tags.PR_DISPLAY_TO, tags.PR_SENDER_NAME].map((tag) =>
        contains(tag, '4711'),
      ),
    },
  ],
  ['body, in all messages', contains(tags.PR_BODY, 'lazy DOG')],
];

await using site = await openSite({}, Number(options.latency));
const client = await site.client();
const { database } = site.platform;
console.log(
  `${'search'.padEnd(24)}${'messages'.padStart(9)}${'found'.padStart(8)}${'begin'.padStart(18)}${'open and read'.padStart(18)}${'after a change'.padStart(18)}`,
);
for (const [index, size] of options.sizes.split(',').map(Number).entries()) {
  const folderId = 1_000_000 * (index + 1);
  const folder = await fillFolder(database, folderId, size);
  await database.query('ANALYZE TABLE object');
  const { sRootId } = await client.call('getStore', {});
  for (const [name, restriction] of SEARCHES) {
    const created = await client.call('createFolder', {
      sParentId: Buffer.from(sRootId!),
      ulType: FOLDER_SEARCH,
      szName: `${name} ${size}`,
      fOpenIfExists: false,
      sOrigSourceKey: Buffer.alloc(0),
      ulSyncId: 0,
    });
    const sEntryId = Buffer.from(created.sEntryId!);
    const begun = await measured(async () => {
      await client.call('tableSetSearchCriteria', {
        sEntryId,
        lpRestrict: restriction,
        lpFolders: [folder],
        ulFlags: 0,
      });
      while (((await client.call('tableGetSearchCriteria', { sEntryId })).ulFlags ?? 0) & SEARCH_REBUILD);
    });
    const read = await measured(() => firstRows(sEntryId!));
    await database.execute(
      `INSERT INTO \`change\` (store_id, folder_id, object_id, kind, event, at)
       SELECT store_id, parent_id, id, kind, 16, UTC_TIMESTAMP(3) FROM object WHERE id = :id`,
      { id: folderId + 1 },
    );
    const again = await measured(() => firstRows(sEntryId!));
    const found = await firstRows(sEntryId!);
    console.log(
      `${name.padEnd(24)}${String(size).padStart(9)}${String(found).padStart(8)}${begun.padStart(18)}${read.padStart(18)}${again.padStart(18)}`,
    );
  }
}

async function measured(work: () => Promise<unknown>): Promise<string> {
  const before = database.roundTrips;
  const started = performance.now();
  await work();
  return `${(performance.now() - started).toFixed(0)} ms / ${database.roundTrips - before}`;
}

/** Opens the contents table, reads the first rows by time, and answers how many rows there are. */
async function firstRows(folder: Buffer): Promise<number> {
  const { ulTableId = 0 } = await client.call('tableOpen', {
    sEntryId: folder,
    ulTableType: 1,
    ulType: MAPI_MESSAGE,
    ulFlags: 0,
  });
  await client.call('tableMulti', {
    sRequest: {
      ulTableId,
      ulFlags: 0,
      lpSetColumns: [tags.PR_ENTRYID, tags.PR_SUBJECT, tags.PR_SENDER_NAME, tags.PR_MESSAGE_DELIVERY_TIME],
      lpSort: {
        sSortOrder: [{ ulPropTag: tags.PR_MESSAGE_DELIVERY_TIME, ulOrder: TABLE_SORT_DESCEND }],
        ulCategories: 0,
        ulExpanded: 0,
      },
      lpQueryRows: { ulCount: 50, ulFlags: 0 },
    },
  });
  const { ulCount = 0 } = await client.call('tableGetRowCount', { ulTableId });
  return ulCount;
}
