/**
 * What it takes to find somebody in a large address book: a page of those whose
 * names or addresses hold what was typed, and the row that a list jumps to.
 *
 *     node bench/address-book.ts [--people 22000] [--rounds 5]
 *
 * Calls go through the operation frame to a real database on this machine.
 * Prints the median in ms and the statements of each.
 */
import { parseArgs } from 'node:util';
import { ACTIVE_USER } from '../core/directory/object-class.ts';
import { encodeAddressBookEntryId, NO_EXTERNAL_ID } from '../core/mapi/address-book-entry-id.ts';
import { MAPI_ABCONT, MAPI_MAILUSER } from '../core/mapi/object-types.ts';
import type { PropertyTag } from '../core/mapi/property.ts';
import { FL_IGNORECASE, FL_SUBSTRING, RELOP_GE, RES_CONTENT, RES_OR, RES_PROPERTY } from '../core/mapi/restriction.ts';
import { TABLE_SORT_ASCEND } from '../core/mapi/sort-order.ts';
import * as tags from '../core/mapi/tags.ts';
import type { Wire } from '../core/soap/index.ts';
import { openSite } from '../test/core/operations/site.ts';

const { values: options } = parseArgs({
  options: { people: { type: 'string', default: '22000' }, rounds: { type: 'string', default: '5' } },
});
const rounds = Number(options.rounds);
const people = Number(options.people);
const PER_STATEMENT = 1_000;

await using site = await openSite({});
const client = await site.client();
const { database } = site.platform;
for (let start = 0; start < people; start += PER_STATEMENT) {
  await database.batch(
    `INSERT INTO principal (class, external_id, name, name_key, full_name, email, details)
     VALUES (${ACTIVE_USER}, :name, :name, :name, :full, :email, :details)`,
    Array.from({ length: Math.min(PER_STATEMENT, people - start) }, (_, index) => {
      const n = start + index;
      const surname = `${'bcdfgklmnprstvwz'[(n * 7) % 16]}${'aeiou'[(n * 3) % 5]}${'lmnrst'[n % 6]}er${n % 997}`;
      const details = { properties: { '3a18001f': `Department ${n % 40}`, '3a11001f': surname } };
      return {
        name: `user${n}`,
        full: `${surname}, ${n % 5 === 0 ? 'Jürgen' : 'Anna'}`,
        email: `${surname}.${n}@example.org`,
        details: JSON.stringify(details),
      };
    }),
  );
}
await database.query('ANALYZE TABLE principal');

const byName = {
  sSortOrder: [{ ulPropTag: tags.PR_DISPLAY_NAME, ulOrder: TABLE_SORT_ASCEND }],
  ulCategories: 0,
  ulExpanded: 0,
};

const GLOBAL_ADDRESS_BOOK = encodeAddressBookEntryId({ objectType: MAPI_ABCONT, id: 1, externalId: NO_EXTERNAL_ID });
const text = (ulPropTag: PropertyTag, value: string) => ({
  ulPropTag,
  Value: { name: 'lpszA' as const, value },
});
const contains = (tag: PropertyTag, value: string): Wire<'restrictTable'> => ({
  ulType: RES_CONTENT,
  lpContent: { ulFuzzyLevel: FL_SUBSTRING | FL_IGNORECASE, ulPropTag: tag, lpProp: text(tag, value) },
});
const typed = (value: string): Wire<'restrictTable'> => ({
  ulType: RES_OR,
  lpOr: [tags.PR_DISPLAY_NAME, tags.PR_SMTP_ADDRESS, tags.PR_ACCOUNT, tags.PR_SURNAME, tags.PR_DEPARTMENT_NAME].map(
    (tag) => contains(tag, value),
  ),
});

print('first page', await measure(() => page(undefined)));
print('first page, with what was typed', await measure(() => page(typed('er771'))));
print('jump to a letter', await measure(jump));

async function open(): Promise<number> {
  const { ulTableId = 0 } = await client.call('tableOpen', {
    sEntryId: GLOBAL_ADDRESS_BOOK,
    ulTableType: 2,
    ulType: MAPI_MAILUSER,
    ulFlags: 0,
  });
  return ulTableId;
}

async function page(lpRestrict: Wire<'restrictTable'> | undefined): Promise<void> {
  const ulTableId = await open();
  const { sRowSet = [] } = await client.call('tableMulti', {
    sRequest: {
      ulTableId,
      ulFlags: 0,
      lpSetColumns: [tags.PR_ENTRYID, tags.PR_DISPLAY_NAME, tags.PR_SMTP_ADDRESS],
      lpSort: byName,
      ...(lpRestrict && { lpRestrict }),
      lpQueryRows: { ulCount: 50, ulFlags: 0 },
    },
  });
  if (sRowSet.length === 0) throw new Error('nobody was found');
  await client.call('tableClose', { ulTableId });
}

async function jump(): Promise<void> {
  const ulTableId = await open();
  await client.call('tableMulti', {
    sRequest: { ulTableId, ulFlags: 0, lpSetColumns: [tags.PR_DISPLAY_NAME], lpSort: byName },
  });
  const lpsRestrict: Wire<'restrictTable'> = {
    ulType: RES_PROPERTY,
    lpProp: { ulType: RELOP_GE, ulPropTag: tags.PR_DISPLAY_NAME, lpProp: text(tags.PR_DISPLAY_NAME, 'T') },
  };
  const { result = 0 } = await client.call('tableFindRow', { ulTableId, ulBookmark: 0, ulFlags: 0, lpsRestrict });
  if (result !== 0) throw new Error(`no row was found: 0x${result.toString(16)}`);
  await client.call('tableClose', { ulTableId });
}

async function measure(once: () => Promise<void>): Promise<{ ms: number; statements: number }> {
  const times: number[] = [];
  let statements = 0;
  for (let round = 0; round < rounds; round++) {
    const before = database.roundTrips;
    const started = performance.now();
    await once();
    times.push(performance.now() - started);
    statements = database.roundTrips - before;
  }
  return { ms: times.sort((one, other) => one - other)[rounds >> 1]!, statements };
}

function print(what: string, { ms, statements }: { ms: number; statements: number }): void {
  console.log(`${what.padEnd(34)}${ms.toFixed(0).padStart(8)} ms${String(statements).padStart(6)} statements`);
}
