import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { MAPI_MESSAGE } from '../../../../core/mapi/object-types.ts';
import { type PropertyTag, type PropertyValue, propertyTag } from '../../../../core/mapi/property.ts';
import * as types from '../../../../core/mapi/property-types.ts';
import { BMR_EQZ, RELOP_EQ, RELOP_LT, type Restriction } from '../../../../core/mapi/restriction.ts';
import { compareByKey, type SortKey, TABLE_SORT_ASCEND, TABLE_SORT_DESCEND } from '../../../../core/mapi/sort-order.ts';
import * as tags from '../../../../core/mapi/tags.ts';
import { MessageSource } from '../../../../core/store/table/message-source.ts';
import type { Position, RowView } from '../../../../core/store/table/row-source.ts';
import { normalizedSubject } from '../../../../core/store/table/store-row.ts';
import { aFolder, entryIdOfNumber, type Folder, type RawMessage } from './a-folder.ts';

const CREATED = propertyTag(0x8001, types.PT_SYSTIME);
const KIND = propertyTag(0x8002, types.PT_LONG);
const DATA = propertyTag(0x8003, types.PT_BINARY);
const NAME = propertyTag(0x8004, types.PT_UNICODE);

const SORTED: readonly PropertyTag[] = [
  tags.PR_MESSAGE_DELIVERY_TIME,
  tags.PR_SUBJECT,
  tags.PR_IMPORTANCE,
  tags.PR_MESSAGE_SIZE,
  tags.PR_MESSAGE_FLAGS,
  tags.PR_HASATTACH,
  tags.PR_EC_IMAP_ID,
  tags.PR_NORMALIZED_SUBJECT,
  CREATED,
  KIND,
  DATA,
  NAME,
];

/** Few different values, so that many rows sort alike; texts without what databases and dictionaries disagree on. */
const optional = <T>(...values: T[]) => fc.constantFrom<(T | undefined)[]>(undefined, ...values);
const aMessage = fc
  .record({
    received: optional(1n, 132_000_000_000_000_001n, 132_000_000_000_000_002n),
    subject: optional('alpha', 'Beta', 'RE: beta', 'gamma', ''),
    importance: optional(0, 1, 2),
    created: optional(5n, 9_007_199_254_740_993n, 9_007_199_254_740_994n),
    kind: optional(1, 0xffffffff),
    data: optional(Buffer.from('a'), Buffer.from('aa'), Buffer.from('b')),
    name: optional('x', 'y', `long ${'text '.repeat(300)}`),
    messageFlags: fc.constantFrom(0, 1),
    size: fc.constantFrom(10, 20),
    hasAttach: fc.boolean(),
  })
  .map(({ messageFlags, size, hasAttach, ...values }) => {
    const named: [PropertyTag, PropertyValue | undefined][] = [
      [tags.PR_MESSAGE_DELIVERY_TIME, values.received],
      [tags.PR_SUBJECT, values.subject],
      [tags.PR_IMPORTANCE, values.importance],
      [CREATED, values.created],
      [KIND, values.kind],
      [DATA, values.data],
      [NAME, values.name],
    ];
    const properties = new Map(named.filter((entry): entry is [PropertyTag, PropertyValue] => entry[1] !== undefined));
    return { properties, messageFlags, size, hasAttach };
  });

/** Texts that columns cut, can't hold, or that JSON writes in another way. */
const anOddText = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    ' trailing ',
    '"quoted\\"',
    '\u0000\u0001\u001f\u007f',
    '\ufffd',
    'half \ud83e',
    '\u2028',
    '🦊'.repeat(99),
  ),
  fc.constantFrom(
    'x'.repeat(99),
    'x'.repeat(100),
    'x'.repeat(101),
    '🦊'.repeat(300),
    '"'.repeat(1_100),
    'y'.repeat(20_000),
  ),
  // So many of them that not all have room in one response.
  fc.constant('z'.repeat(15_000)),
  fc.string({ unit: 'grapheme', maxLength: 120 }),
);

const sortKey = fc.record({
  tag: fc.constantFrom(...SORTED),
  order: fc.constantFrom(TABLE_SORT_ASCEND, TABLE_SORT_DESCEND),
});

const UNREAD: Restriction = { kind: 'bitmask', tag: tags.PR_MESSAGE_FLAGS, test: BMR_EQZ, mask: 1 };
const restrictions: readonly (Restriction | undefined)[] = [
  undefined,
  UNREAD,
  { kind: 'exist', tag: KIND },
  { kind: 'content', tag: tags.PR_SUBJECT, fuzzyLevel: 0x10001, value: { tag: tags.PR_SUBJECT, value: 'ETA' } },
  {
    kind: 'and',
    parts: [
      UNREAD,
      { kind: 'property', tag: tags.PR_IMPORTANCE, relation: RELOP_LT, value: { tag: tags.PR_IMPORTANCE, value: 2 } },
    ],
  },
];

function cellOf(message: RawMessage, tag: PropertyTag): PropertyValue | undefined {
  switch (tag) {
    case tags.PR_MESSAGE_SIZE:
      return message.size;
    case tags.PR_MESSAGE_FLAGS:
      return message.messageFlags;
    case tags.PR_HASATTACH:
      return message.hasAttach;
    case tags.PR_EC_IMAP_ID:
      return message.id;
    case tags.PR_NORMALIZED_SUBJECT: {
      const subject = message.properties.get(tags.PR_SUBJECT) as string | undefined;
      return normalizedSubject(subject);
    }
    default:
      return message.properties.get(tag);
  }
}

/** The rows in the order that the genuine server has them in. */
function expectedOrder(
  list: readonly RawMessage[],
  sort: readonly SortKey[],
  restriction: Restriction | undefined,
): number[] {
  const rows = list.filter((message) => {
    const subject = message.properties.get(tags.PR_SUBJECT) as string | undefined;
    switch (restrictions.indexOf(restriction)) {
      case 1:
        return message.messageFlags === 0;
      case 2:
        return message.properties.has(KIND);
      case 3:
        return subject?.toLowerCase().includes('eta') ?? false;
      case 4:
        return (
          message.messageFlags === 0 && ((message.properties.get(tags.PR_IMPORTANCE) as number | undefined) ?? 9) < 2
        );
      default:
        return true;
    }
  });
  const compare = (one: RawMessage, other: RawMessage): number => {
    for (const key of sort) {
      const order = compareByKey(key, cellOf(one, key.tag), cellOf(other, key.tag));
      if (order !== 0) return order;
    }
    return sort.length === 0 ? other.id - one.id : one.id - other.id;
  };
  return [...rows].sort(compare).map(({ id }) => id);
}

const sourceOf = (folder: Folder, view: Partial<RowView>): MessageSource =>
  new MessageSource(folder.platform, folder.database, folder.place, { columns: [tags.PR_SUBJECT], sort: [], ...view });

test('pages, positions, counts and searches agree with a list sorted in memory', async () => {
  await using folder = await aFolder();
  const list: RawMessage[] = fc
    .sample(aMessage, { numRuns: 120, seed: 5 })
    .map((message, index) => ({ ...message, id: 100 + index }));
  await folder.put(list);
  await fc.assert(
    fc.asyncProperty(
      fc.array(sortKey, { maxLength: 3 }),
      fc.constantFrom(...restrictions),
      fc.integer({ min: 1, max: 40 }),
      fc.nat(130),
      async (sort, restriction, pageSize, place) => {
        const expected = expectedOrder(list, sort, restriction);
        const source = sourceOf(folder, { sort, restriction });

        const found: number[] = [];
        let pages = 0;
        for (let position: Position = 'start'; position !== 'end'; pages++) {
          const page = await source.read(position, pageSize);
          found.push(...page.rows.map(({ key }) => key.id));
          position = page.next;
          assert.ok(pages < 200, 'paging ends');
        }
        assert.deepEqual(found, expected);
        assert.equal(await source.count(), expected.length);

        const position = await source.positionOf(place);
        const here = Math.min(place, expected.length);
        assert.equal(await source.rowsBefore(position), here);
        const rest = await source.read(position, 3);
        assert.deepEqual(
          rest.rows.map(({ key }) => key.id),
          expected.slice(here, here + 3),
        );

        const wanted: Restriction = {
          kind: 'property',
          tag: tags.PR_MESSAGE_SIZE,
          relation: RELOP_EQ,
          value: { tag: tags.PR_MESSAGE_SIZE, value: 10 },
        };
        const isWanted = (id: number) => list[id - 100]!.size === 10;
        const after = expected.slice(here).find(isWanted);
        assert.equal((await source.find(wanted, position, false))?.id, after);
        const before = expected.slice(0, here + 1).findLast(isWanted);
        assert.equal((await source.find(wanted, position, true))?.id, before);
      },
    ),
    { numRuns: 60 },
  );
});

test('cells are what was saved, whatever else is read with them and however many rows there are', async () => {
  await using folder = await aFolder();
  /** So many that some of them lie elsewhere. */
  const many = Array.from({ length: 4_000 }, (_, index) => propertyTag(0x6000 + index, types.PT_LONG));
  const rich = 1_105;
  /** What columns repeat, but not quite as it is, now and then. */
  const texts = [tags.PR_SUBJECT, tags.PR_SENDER_NAME, tags.PR_SENT_REPRESENTING_NAME, tags.PR_MESSAGE_CLASS];
  const times = [tags.PR_CLIENT_SUBMIT_TIME, tags.PR_LAST_MODIFICATION_TIME];
  const odd = fc.record({
    texts: fc.array(fc.tuple(fc.constantFrom(...texts), anOddText), { maxLength: 2 }),
    times: fc.array(fc.tuple(fc.constantFrom(...times), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }))),
  });
  const oddities = fc.sample(odd, { numRuns: 1_300, seed: 8 });
  const list: RawMessage[] = fc.sample(aMessage, { numRuns: 1_300, seed: 7 }).map((message, index) => ({
    ...message,
    id: 100 + index,
    properties: new Map<PropertyTag, PropertyValue>([
      ...message.properties,
      ...(index % 2 === 0 ? [...oddities[index]!.texts, ...oddities[index]!.times] : []),
      ...(100 + index === rich ? many.map((tag) => [tag, tag & 0xffff] as const) : []),
    ]),
  }));
  await folder.put(list);
  const saved = (message: RawMessage, tag: PropertyTag): PropertyValue | undefined => {
    const value = cellOf(message, tag);
    if (tag === tags.PR_ENTRYID) return entryIdOfNumber(message.id);
    if (tag === tags.PR_PARENT_ENTRYID) return entryIdOfNumber(2);
    if (tag === tags.PR_CONTENT_UNREAD) return message.messageFlags ? 0 : 1;
    if (tag === tags.PR_OBJECT_TYPE) return MAPI_MESSAGE;
    return typeof value === 'string' ? value.toWellFormed() : value;
  };
  /** As tables show it. */
  const shown = (value: PropertyValue | undefined): PropertyValue | undefined =>
    typeof value === 'string' ? [...value].slice(0, 255).join('') : value;
  const placed = [tags.PR_ENTRYID, tags.PR_PARENT_ENTRYID, tags.PR_CONTENT_UNREAD, tags.PR_OBJECT_TYPE];
  const sort = [{ tag: tags.PR_EC_IMAP_ID, order: TABLE_SORT_ASCEND }];
  const check = async (columns: readonly PropertyTag[]): Promise<void> => {
    const { rows, next } = await sourceOf(folder, { sort, columns }).read('start', 2_000);
    assert.equal(next, 'end');
    assert.equal(rows.length, list.length);
    for (const [index, row] of rows.entries())
      for (const tag of columns)
        assert.deepEqual(row.value(tag), shown(saved(list[index]!, tag)), `${index} ${tag.toString(16)}`);
  };
  /** In full, as categories and rows for single values have them. */
  const checkWhole = async (columns: readonly PropertyTag[]): Promise<void> => {
    const rows = await sourceOf(folder, { columns: [], sort }).all(columns);
    assert.equal(rows.length, list.length);
    for (const [index, row] of rows.entries())
      for (const tag of columns)
        assert.deepEqual(row.whole(tag), saved(list[index]!, tag), `${index} ${tag.toString(16)} in full`);
  };
  const all = [...SORTED, ...texts, ...times, ...placed, ...many.filter((_, index) => index % 500 === 0)];
  await check(all);
  await checkWhole(all);
  for (const tag of all) {
    await check([tag]);
    await checkWhole([tag]);
  }
  const some = fc.uniqueArray(fc.constantFrom(...all), { minLength: 2, maxLength: 6 });
  await fc.assert(fc.asyncProperty(some, check), { numRuns: 25 });
  const repeated = fc.uniqueArray(fc.constantFrom(...texts, ...times), { minLength: 2, maxLength: 5 });
  await fc.assert(fc.asyncProperty(fc.oneof(some, repeated), checkWhole), { numRuns: 25 });
});

test('a position stays at its row while others come and go, and at its place when its row goes', async () => {
  await using folder = await aFolder();
  const numbered = (id: number, received: bigint): RawMessage => ({
    id,
    properties: new Map([[tags.PR_MESSAGE_DELIVERY_TIME, received]]),
  });
  await folder.put([numbered(101, 10n), numbered(102, 20n), numbered(103, 30n), numbered(104, 40n)]);
  const sort = [{ tag: tags.PR_MESSAGE_DELIVERY_TIME, order: TABLE_SORT_DESCEND }];
  const source = sourceOf(folder, { sort });
  const { rows, next } = await source.read('start', 2);
  assert.deepEqual(
    rows.map(({ key }) => key.id),
    [104, 103],
  );
  await folder.put([numbered(105, 50n), numbered(106, 15n)]);
  assert.equal(await source.rowsBefore(next), 3, 'a newer row came before');
  assert.deepEqual(
    (await source.read(next, 9)).rows.map(({ key }) => key.id),
    [102, 106, 101],
  );
  await folder.remove([102]);
  assert.deepEqual(
    (await source.read(next, 9)).rows.map(({ key }) => key.id),
    [106, 101],
  );
});

test('a page is one statement, however many rows sort alike at its end', async () => {
  await using folder = await aFolder();
  await folder.put(
    Array.from({ length: 300 }, (_, index) => ({
      id: 100 + index,
      properties: new Map([[tags.PR_IMPORTANCE, index % 2]]),
      hasAttach: index % 3 === 0,
    })),
  );
  for (const tag of [tags.PR_IMPORTANCE, tags.PR_HASATTACH, tags.PR_MESSAGE_DELIVERY_TIME]) {
    const database = folder.database.counted();
    const view = { columns: [tags.PR_SUBJECT, NAME], sort: [{ tag, order: TABLE_SORT_DESCEND }] };
    const source = new MessageSource(folder.platform, database, folder.place, view);
    const first = await source.read('start', 50);
    assert.equal(database.roundTrips, 1);
    await source.read(first.next, 50);
    assert.equal(database.roundTrips, 2);
  }
});

test('rows too large for one response come in several, in order and whole', async () => {
  await using folder = await aFolder();
  const large = (id: number): RawMessage => ({
    id,
    properties: new Map(
      Array.from({ length: 20 }, (_, index) => [
        propertyTag(0x8100 + index, types.PT_UNICODE),
        `${id} ${'"'.repeat(450)}`,
      ]),
    ),
  });
  await folder.put(Array.from({ length: 120 }, (_, index) => large(100 + index)));
  const columns = Array.from({ length: 20 }, (_, index) => propertyTag(0x8100 + index, types.PT_UNICODE));
  const { rows, next } = await sourceOf(folder, { columns }).read('start', 4_294_967_295);
  assert.deepEqual(
    rows.map(({ key }) => key.id),
    Array.from({ length: 120 }, (_, index) => 219 - index),
  );
  assert.equal(next, 'end');
  assert.ok(String(rows[5]!.value(columns[19]!)).startsWith('214 '));
});

test('cells are cut to 255 characters and 511 bytes, unless the table was opened without a cap', async () => {
  await using folder = await aFolder();
  const text = `${'😀'.repeat(300)}${'x'.repeat(30_000)}`;
  const bytes = Buffer.alloc(40_000, 7);
  await folder.put([
    {
      id: 100,
      properties: new Map<PropertyTag, PropertyValue>([
        [NAME, text],
        [DATA, bytes],
        [tags.PR_SUBJECT, 'x'.repeat(400)],
      ]),
    },
  ]);
  const columns = [NAME, DATA, tags.PR_SUBJECT];
  const capped = (await sourceOf(folder, { columns }).read('start', 1)).rows[0]!;
  assert.equal(capped.value(NAME), '😀'.repeat(255));
  assert.equal((capped.value(DATA) as Buffer).length, 511);
  assert.equal(capped.value(tags.PR_SUBJECT), 'x'.repeat(255));
  const view = { columns, sort: [] };
  const whole = (await new MessageSource(folder.platform, folder.database, folder.place, view, true).read('start', 1))
    .rows[0]!;
  assert.equal(whole.value(NAME), text);
  assert.deepEqual(whole.value(DATA), bytes);
});

test('properties that had no room in the row are found all the same', async () => {
  await using folder = await aFolder();
  const many = new Map<PropertyTag, PropertyValue>();
  for (let id = 0x8100; id < 0x8100 + 60; id++) many.set(propertyTag(id, types.PT_UNICODE), `${id} ${'y'.repeat(700)}`);
  await folder.put([
    { id: 100, properties: many },
    { id: 101, properties: new Map() },
  ]);
  const columns = [...many.keys()];
  const row = (await sourceOf(folder, { columns }).read('start', 5)).rows.find(({ key }) => key.id === 100)!;
  for (const tag of columns) assert.equal(row.value(tag), (many.get(tag) as string).slice(0, 255));
  for (const tag of columns) {
    const source = sourceOf(folder, { restriction: { kind: 'exist', tag } });
    assert.equal(await source.count(), 1, tag.toString(16));
    assert.deepEqual(
      (await source.read('start', 5)).rows.map(({ key }) => key.id),
      [100],
    );
  }
});
