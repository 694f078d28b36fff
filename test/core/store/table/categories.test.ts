import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import type { KopanoError } from '../../../../core/mapi/error.ts';
import { KCERR_INVALID_PARAMETER, KCERR_NOT_FOUND } from '../../../../core/mapi/error-codes.ts';
import { type PropertyTag, type PropertyValue, propertyTag } from '../../../../core/mapi/property.ts';
import { MV_INSTANCE, PT_MV_UNICODE } from '../../../../core/mapi/property-types.ts';
import { BMR_EQZ, RELOP_EQ, type Restriction } from '../../../../core/mapi/restriction.ts';
import {
  type SortKey,
  TABLE_SORT_ASCEND,
  TABLE_SORT_CATEG_MAX,
  TABLE_SORT_CATEG_MIN,
  TABLE_SORT_DESCEND,
} from '../../../../core/mapi/sort-order.ts';
import * as tags from '../../../../core/mapi/tags.ts';
import { Table } from '../../../../core/store/table/table.ts';
import { rowsOf } from '../../../../core/store/table/table-sources.ts';
import {
  decodeTableState,
  encodeTableState,
  openedTable,
  type TableState,
} from '../../../../core/store/table/table-state.ts';
import { aFolder, type Folder } from './a-folder.ts';

const SENDER = tags.PR_SENDER_NAME;
const TOPIC = tags.PR_CONVERSATION_TOPIC;
const SUBJECT = tags.PR_SUBJECT;
const DATE = tags.PR_MESSAGE_DELIVERY_TIME;
const KEYWORDS = propertyTag(0x8009, PT_MV_UNICODE);
const [EXPANDED, COLLAPSED, LEAF] = [3, 4, 1];
const [BEGINNING, CURRENT] = [0, 1];
const NOADVANCE = 1;
const COLUMNS = [
  tags.PR_ROW_TYPE,
  tags.PR_DEPTH,
  SENDER,
  TOPIC,
  SUBJECT,
  tags.PR_CONTENT_COUNT,
  tags.PR_CONTENT_UNREAD,
];

const up = (tag: PropertyTag): SortKey => ({ tag, order: TABLE_SORT_ASCEND });
const down = (tag: PropertyTag): SortKey => ({ tag, order: TABLE_SORT_DESCEND });

interface Mail {
  readonly sender?: string;
  readonly topic?: string;
  readonly subject: string;
  readonly date?: bigint;
  readonly read?: boolean;
  readonly keywords?: readonly string[];
}

let next = 100;
async function put(folder: Folder, mails: readonly Mail[]): Promise<number[]> {
  const messages = mails.map(({ sender, topic, subject, date, read, keywords }) => {
    const values: [PropertyTag, PropertyValue | undefined][] = [
      [SENDER, sender],
      [TOPIC, topic],
      [SUBJECT, subject],
      [DATE, date],
      [KEYWORDS, keywords as PropertyValue | undefined],
    ];
    const properties = new Map(values.filter((entry): entry is [PropertyTag, PropertyValue] => entry[1] !== undefined));
    return { id: next++, properties, messageFlags: read ? 1 : 0 };
  });
  await folder.put(messages);
  return messages.map(({ id }) => id);
}

/** A table whose state is packed and unpacked between any two calls, as between two machines. */
class Kept {
  readonly #folder: Folder;
  #state: TableState;

  constructor(folder: Folder, columns: readonly PropertyTag[] = COLUMNS) {
    this.#folder = folder;
    this.#state = openedTable({ kind: 'contents', place: folder.place }, 0, [...columns, tags.PR_INSTANCE_KEY]);
  }

  #table(state: TableState): Table {
    const { platform, database, identity } = this.#folder;
    return new Table(decodeTableState(encodeTableState(state)), (current) =>
      rowsOf({ platform, database, identity }, current),
    );
  }

  async use<T>(use: (table: Table) => Promise<T> | T): Promise<T> {
    const table = this.#table(this.#state);
    const result = await use(table);
    this.#state = table.state;
    return result;
  }

  sort(keys: readonly SortKey[], categories: number, expanded: number): Promise<void> {
    return this.use((table) => table.sort(keys, categories, expanded));
  }

  /** All rows, without moving; the instance key is the last column. */
  async all(): Promise<Row[]> {
    return rowsOfCells(await this.#table({ ...this.#state, position: 'start' }).queryRows(10_000, NOADVANCE));
  }

  /** What the rows show: a category by its value, an object by its subject, each as deep as it is. */
  async shown(): Promise<string[]> {
    return (await this.all()).map(told);
  }

  async next(most: number): Promise<string[]> {
    return rowsOfCells(await this.use((table) => table.queryRows(most, 0))).map(told);
  }

  async keyOf(shown: string): Promise<Buffer> {
    const row = (await this.all()).find((candidate) => told(candidate) === shown);
    assert.ok(row, `there is no row ${shown}`);
    return row.at(-1) as Buffer;
  }

  async expand(shown: string, most = 1000): Promise<{ rows: string[]; left: number }> {
    const key = await this.keyOf(shown);
    const { rows, left } = await this.use((table) => table.expand(key, most));
    return { rows: rowsOfCells(rows).map(told), left };
  }

  async collapse(shown: string): Promise<number> {
    const key = await this.keyOf(shown);
    return this.use((table) => table.collapse(key));
  }
}

type Row = readonly unknown[];

const rowsOfCells = (rows: Awaited<ReturnType<Table['queryRows']>>): Row[] =>
  rows.map((row) => row.map(({ value }) => (value === KCERR_NOT_FOUND ? undefined : value)));

/** "+ anna 3/1" is an expanded category of three messages, one of them unread, "- anna" a collapsed one. */
function told([type, depth, sender, topic, subject, count, unread]: Row): string {
  const indent = '  '.repeat(Number(depth));
  if (type === LEAF) return `${indent}${subject}`;
  assert.ok(type === EXPANDED || type === COLLAPSED);
  assert.equal(subject, undefined, 'a category has no properties of objects');
  const name = depth === 0 ? sender : `${sender} ${topic}`;
  return `${indent}${type === EXPANDED ? '+' : '-'} ${name} ${count}/${unread}`;
}

const refusedWith = (code: number) => (error: KopanoError) => error.code === code;

const MAILS: readonly Mail[] = [
  { sender: 'bert', topic: 'tea', subject: 'b1', date: 5n },
  { sender: 'Anna', topic: 'tea', subject: 'a1', date: 1n, read: true },
  { sender: 'anna', topic: 'milk', subject: 'a2', date: 9n },
  { sender: 'anna', topic: 'Tea', subject: 'a3', date: 2n },
];

async function aTable(mails = MAILS, columns?: readonly PropertyTag[]) {
  const folder = await aFolder();
  await put(folder, mails);
  return { folder, table: new Kept(folder, columns), [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}

test('what has the same value is in one category, whatever the case, with what is in it counted', async () => {
  await using scene = await aTable();
  const { table } = scene;
  await table.sort([up(SENDER), up(SUBJECT)], 1, 1);
  assert.deepEqual(await table.shown(), ['+ Anna 3/2', '  a1', '  a2', '  a3', '+ bert 1/1', '  b1']);
  await table.sort([down(SENDER), down(SUBJECT)], 1, 1);
  assert.deepEqual(await table.shown(), ['+ bert 1/1', '  b1', '+ Anna 3/2', '  a3', '  a2', '  a1']);
  await table.sort([up(SENDER), up(TOPIC), up(SUBJECT)], 2, 2);
  assert.deepEqual(await table.shown(), [
    '+ anna 3/2',
    '  + anna milk 1/1',
    '    a2',
    '  + anna tea 2/1',
    '    a1',
    '    a3',
    '+ bert 1/1',
    '  + bert tea 1/1',
    '    b1',
  ]);
});

test('as many levels are expanded at first as the order says', async () => {
  await using scene = await aTable();
  const { table } = scene;
  const keys = [up(SENDER), up(TOPIC), up(SUBJECT)];
  await table.sort(keys, 2, 0);
  assert.deepEqual(await table.shown(), ['- anna 3/2', '- bert 1/1']);
  await table.sort(keys, 2, 1);
  assert.deepEqual(await table.shown(), [
    '+ anna 3/2',
    '  - anna milk 1/1',
    '  - anna tea 2/1',
    '+ bert 1/1',
    '  - bert tea 1/1',
  ]);
});

test('expanding shows what is right below, gives its first rows and goes on after them', async () => {
  await using scene = await aTable();
  const { table } = scene;
  await table.sort([up(SENDER), up(SUBJECT)], 1, 0);
  assert.deepEqual(await table.expand('- Anna 3/2', 2), { rows: ['  a1', '  a2'], left: 1 });
  assert.deepEqual(await table.next(10), ['  a3', '- bert 1/1']);
  assert.deepEqual(await table.expand('+ Anna 3/2'), { rows: ['  a1', '  a2', '  a3'], left: 0 });
  assert.deepEqual(await table.next(10), ['- bert 1/1']);
  assert.deepEqual(await table.expand('- bert 1/1', 0), { rows: [], left: 1 });
  assert.deepEqual(await table.next(10), ['  b1']);
  await table.sort([up(SENDER), up(TOPIC), up(SUBJECT)], 2, 0);
  assert.deepEqual((await table.expand('- anna 3/2')).rows, ['  - anna milk 1/1', '  - anna tea 2/1']);
});

test('collapsing hides all below, which stays collapsed when it is expanded again', async () => {
  await using scene = await aTable();
  const { table } = scene;
  await table.sort([up(SENDER), up(TOPIC), up(SUBJECT)], 2, 2);
  assert.deepEqual(await table.next(3), ['+ anna 3/2', '  + anna milk 1/1', '    a2']);
  assert.equal(await table.collapse('+ anna 3/2'), 5);
  assert.deepEqual(await table.next(1), ['+ bert 1/1'], 'the next row was hidden');
  assert.deepEqual(await table.shown(), ['- anna 3/2', '+ bert 1/1', '  + bert tea 1/1', '    b1']);
  assert.deepEqual((await table.expand('- anna 3/2')).rows, ['  - anna milk 1/1', '  - anna tea 2/1']);
  assert.equal(await table.collapse('  - anna tea 2/1'), 2);
});

test('categories come and go with what is in them, and keep being expanded', async () => {
  await using scene = await aTable();
  const { folder, table } = scene;
  await table.sort([up(SENDER), up(SUBJECT)], 1, 0);
  await table.expand('- bert 1/1');
  await put(folder, [{ sender: 'bert', subject: 'b2' }, { sender: 'caro', subject: 'c1' }, { subject: 'nobody' }]);
  assert.deepEqual(await table.shown(), ['- undefined 1/1', '- Anna 3/2', '+ bert 2/2', '  b1', '  b2', '- caro 1/1']);
});

test('a category is ordered by the highest or lowest value in it', async () => {
  await using scene = await aTable();
  const { table } = scene;
  const latest = (sender: SortKey, order: number) => [sender, { tag: DATE, order }, down(DATE)];
  await table.sort(latest(up(SENDER), TABLE_SORT_CATEG_MAX), 1, 1);
  assert.deepEqual(await table.shown(), ['+ bert 1/1', '  b1', '+ Anna 3/2', '  a2', '  a3', '  a1']);
  await table.sort(latest(up(SENDER), TABLE_SORT_CATEG_MIN), 1, 1);
  assert.deepEqual(await table.shown(), ['+ Anna 3/2', '  a2', '  a3', '  a1', '+ bert 1/1', '  b1']);
  await table.sort(latest(down(SENDER), TABLE_SORT_CATEG_MAX), 1, 1);
  assert.deepEqual(await table.shown(), ['+ Anna 3/2', '  a2', '  a3', '  a1', '+ bert 1/1', '  b1']);
});

test('each value of a property is a category of its own', async () => {
  const mails = [
    { subject: 'one', keywords: ['red', 'blue'] },
    { subject: 'two', keywords: ['red'] },
  ];
  await using scene = await aTable(mails, COLUMNS.with(2, KEYWORDS | MV_INSTANCE));
  await scene.table.sort([up(KEYWORDS | MV_INSTANCE), up(SUBJECT)], 1, 1);
  assert.deepEqual(await scene.table.shown(), ['+ blue 1/1', '  one', '+ red 2/2', '  one', '  two']);
});

test('a restriction is about objects; searches and positions are about the rows that show', async () => {
  await using scene = await aTable();
  const { table } = scene;
  const unread: Restriction = { kind: 'bitmask', tag: tags.PR_MESSAGE_FLAGS, test: BMR_EQZ, mask: 1 };
  const isSubject = (value: string): Restriction => ({
    kind: 'property',
    relation: RELOP_EQ,
    tag: SUBJECT,
    value: { tag: SUBJECT, value },
  });
  await table.sort([up(SENDER)], 1, 1);
  await table.use((open) => open.restrict(unread));
  assert.deepEqual(await table.shown(), ['+ anna 2/2', '  a2', '  a3', '+ bert 1/1', '  b1']);
  await table.use((open) => open.find(isSubject('b1'), BEGINNING, 0));
  assert.deepEqual(await table.use((open) => open.rowCount()), { count: 5, row: 4 });
  assert.deepEqual(await table.use((open) => open.seek(CURRENT, -3)), { sought: -3 });
  assert.deepEqual(await table.next(1), ['  a2']);
  await table.collapse('+ anna 2/2');
  await assert.rejects(
    table.use((open) => open.find(isSubject('a2'), BEGINNING, 0)),
    refusedWith(KCERR_NOT_FOUND),
  );
});

test('another table is brought into the state of one, at the row that it was at', async () => {
  await using scene = await aTable();
  const { folder, table } = scene;
  const keys = [up(SENDER), up(TOPIC), up(SUBJECT)];
  await table.sort(keys, 2, 0);
  await table.expand('- anna 3/2');
  await table.expand('  - anna tea 2/1');
  const key = await table.keyOf('    a3');
  const state = await table.use((open) => open.collapseState(key));

  for (const expanded of [0, 1, 2]) {
    const other = new Kept(folder);
    await other.sort(keys, 2, expanded);
    const bookmark = await other.use((open) => open.restoreCollapseState(state));
    assert.deepEqual(await other.shown(), await table.shown());
    await other.use((open) => open.seek(bookmark, 0));
    assert.deepEqual(await other.next(1), ['    a3']);
  }
  await folder.remove([key.readUInt32LE(0)]);
  const bookmark = await table.use((open) => open.restoreCollapseState(state));
  await table.use((open) => open.seek(bookmark, 0));
  assert.deepEqual(await table.next(2), ['  + anna tea 1/0', '    a1']);
});

test('what is no category, or no state, is refused', async () => {
  await using scene = await aTable();
  const { table } = scene;
  const unknown = Buffer.alloc(8);
  const expand = (key: Buffer) => table.use((open) => open.expand(key, 1));
  await assert.rejects(expand(unknown), refusedWith(KCERR_NOT_FOUND), 'no categories at all');
  await table.sort([up(SENDER), up(TOPIC)], 2, 1);
  const inner = await table.keyOf('  - anna tea 2/1');
  await assert.rejects(expand(unknown), refusedWith(KCERR_NOT_FOUND));
  await assert.rejects(expand(Buffer.alloc(4)), refusedWith(KCERR_INVALID_PARAMETER));
  await table.collapse('+ anna 3/2');
  await assert.rejects(expand(inner), refusedWith(KCERR_NOT_FOUND), 'hidden');
  for (const state of [
    '',
    '{',
    'null',
    '{"expanded":[1],"collapsed":["x"]}',
    '{"expanded":[],"collapsed":[],"row":{}}',
  ])
    await assert.rejects(
      table.use((open) => open.restoreCollapseState(Buffer.from(state))),
      refusedWith(KCERR_INVALID_PARAMETER),
      state,
    );
});

test('random categories: pages make up the whole, counts add up, and a state brings everything back', async () => {
  await using folder = await aFolder();
  const word = fc.constantFrom(undefined, 'a', 'A', 'b', 'é', 'e\u0301', 'ss', 'ß', '');
  const mail = fc.record(
    { sender: word, topic: word, date: fc.constantFrom(undefined, 1n, 2n, 3n), read: fc.boolean() },
    { requiredKeys: [] },
  );
  const mails = fc.sample(mail, { numRuns: 40, seed: 11 });
  await put(
    folder,
    mails.map((each, index) => ({ ...each, subject: String(index % 7) }) as Mail),
  );
  const key = fc.record({
    tag: fc.constantFrom(SENDER, TOPIC, DATE, SUBJECT),
    order: fc.constantFrom(TABLE_SORT_ASCEND, TABLE_SORT_DESCEND, TABLE_SORT_CATEG_MAX, TABLE_SORT_CATEG_MIN),
  });
  const steps = fc.array(fc.record({ expand: fc.boolean(), category: fc.nat(1000), most: fc.nat(5) }), {
    maxLength: 5,
  });
  const columns = [tags.PR_ROW_TYPE, tags.PR_DEPTH, tags.PR_CONTENT_COUNT];
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(key, { minLength: 1, maxLength: 4, selector: ({ tag }) => tag }),
      fc.nat(3),
      fc.nat(3),
      steps,
      fc.integer({ min: 6, max: 30 }),
      async (keys, categories, expanded, changes, page) => {
        const [first, ...rest] = keys;
        const order = [{ tag: first!.tag, order: first!.order % 4 }, ...rest];
        const table = new Kept(folder, columns);
        await table.sort(order, categories, expanded);
        for (const { expand, category, most } of changes) {
          const headers = (await table.all()).filter(([type]) => type !== LEAF);
          const chosen = headers[category % Math.max(headers.length, 1)]?.at(-1) as Buffer | undefined;
          if (!chosen) break;
          await table.use(async (open) => {
            await (expand ? open.expand(chosen, most) : open.collapse(chosen));
          });
        }
        const all = await table.all();
        if (categories > 0) {
          const outermost = all.filter(([, depth]) => depth === 0);
          assert.equal(
            outermost.reduce((sum, [, , count]) => sum + Number(count), 0),
            mails.length,
            'each object is in one category',
          );
        }
        for (const [index, [type, depth, count]] of all.entries()) {
          if (type !== EXPANDED) continue;
          const end = all.findIndex((row, later) => later > index && Number(row[1]) <= Number(depth));
          const inside = all.slice(index + 1, end < 0 ? all.length : end);
          const below = Math.min(...inside.map(([, deep]) => Number(deep)));
          const right = inside.filter(([, deep]) => deep === below);
          assert.equal(
            right.reduce((sum, [kind, , number]) => sum + (kind === LEAF ? 1 : Number(number)), 0),
            count,
            'an expanded category shows all that is in it',
          );
        }

        await table.use((open) => open.seek(BEGINNING, 0));
        const read: Row[] = [];
        for (;;) {
          const rows = rowsOfCells(await table.use((open) => open.queryRows(page, 0)));
          if (rows.length === 0) break;
          read.push(...rows);
          const { row, count } = await table.use((open) => open.rowCount());
          assert.deepEqual([row, count], [read.length, all.length]);
        }
        assert.deepEqual(read, all);

        const state = await table.use((open) => open.collapseState(Buffer.alloc(8)));
        const other = new Kept(folder, columns);
        await other.sort(order, categories, 3 - expanded);
        await other.use((open) => open.restoreCollapseState(state));
        assert.deepEqual(await other.all(), all);
      },
    ),
    { numRuns: Number(process.env.RUNS ?? 15) },
  );
});
