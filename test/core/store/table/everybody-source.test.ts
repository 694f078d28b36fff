import assert from 'node:assert/strict';
import test from 'node:test';
import { ACTIVE_USER } from '../../../../core/directory/object-class.ts';
import { NO_EXTERNAL_ID } from '../../../../core/mapi/address-book-entry-id.ts';
import { MAPI_ABCONT, MAPI_MAILUSER } from '../../../../core/mapi/object-types.ts';
import { RELOP_GE, type Restriction } from '../../../../core/mapi/restriction.ts';
import { TABLE_SORT_ASCEND, TABLE_SORT_DESCEND } from '../../../../core/mapi/sort-order.ts';
import { PR_DISPLAY_NAME, PR_SMTP_ADDRESS } from '../../../../core/mapi/tags.ts';
import { addressBookEntries } from '../../../../core/store/table/address-book-source.ts';
import { EverybodySource, isIndexed } from '../../../../core/store/table/everybody-source.ts';
import { MemorySource } from '../../../../core/store/table/memory-source.ts';
import type { Position, RowSource, RowView } from '../../../../core/store/table/row-source.ts';
import { openSite } from '../../operations/site.ts';

const table = {
  container: { objectType: MAPI_ABCONT, id: 1, externalId: NO_EXTERNAL_ID },
  objectType: MAPI_MAILUSER,
  allLevels: false,
};
const views: readonly RowView[] = [
  { columns: [], sort: [] },
  { columns: [], sort: [{ tag: PR_DISPLAY_NAME, order: TABLE_SORT_ASCEND }] },
  { columns: [], sort: [{ tag: PR_DISPLAY_NAME, order: TABLE_SORT_DESCEND }] },
];

test('everybody is listed, counted, found and placed alike whether read along an index or all at once', async () => {
  await using site = await openSite();
  const { database } = site.platform;
  // Names that are equal, equal but for case, and in no order; every seventh is hidden.
  const people = Array.from({ length: 70 }, (_, n) => ({
    name: `user${n}`,
    full: ['Anna Berg', 'anna berg', `Zoe ${(n * 37) % 11}`, `Carl ${(n * 13) % 70}`, 'Ben'][n % 5]!,
    hidden: n % 7 === 0 ? 1 : 0,
  }));
  await database.batch(
    `INSERT INTO principal (class, external_id, name, name_key, full_name, email, hidden, details)
     VALUES (${ACTIVE_USER}, :name, :name, :name, :full, CONCAT(:name, '@example.org'), :hidden, '{}')`,
    people,
  );
  for (const adminLevel of [0, 2]) {
    const identity = { principalId: 3, companyId: 0, adminLevel, name: '', fullName: '', entryId: Buffer.alloc(0) };
    const reader = { platform: site.platform, database, identity };
    for (const view of views) {
      assert.ok(isIndexed(table, view));
      const indexed = new EverybodySource(reader, view);
      const whole = new MemorySource(view, addressBookEntries(reader, { kind: 'address book', table }, undefined));
      const listed = await idsOf(indexed, 9);
      assert.deepEqual(listed, await idsOf(whole, 1000));
      assert.equal(await indexed.count(), await whole.count());

      const from: Restriction = {
        kind: 'property',
        relation: RELOP_GE,
        tag: PR_DISPLAY_NAME,
        value: { tag: PR_DISPLAY_NAME, value: 'Ca' },
      };
      assert.match(String((await indexed.find(from, 'start', false))?.values[0] ?? 'Zoe'), /^[C-Z]/);
      for (const row of [0, 1, 17, listed.length - 1]) {
        const [here, there] = [await indexed.positionOf(row), await whole.positionOf(row)];
        assert.equal(await indexed.rowsBefore(here), row);
        for (const backward of [false, true])
          assert.equal((await indexed.find(from, here, backward))?.id, (await whole.find(from, there, backward))?.id);
        const key = (await indexed.locate(listed[row]!, 0))!;
        assert.equal((await indexed.before(key))?.id, listed[row - 1]);
      }
      assert.equal(await indexed.positionOf(listed.length), 'end');
      assert.equal(await indexed.rowsBefore('end'), listed.length);
      const some = await indexed.some([listed[5]!, listed[2]!, 999_999]);
      assert.deepEqual(
        some.map(({ key }) => key.id),
        [listed[2], listed[5]],
      );
      assert.match(String(some[0]!.value(PR_SMTP_ADDRESS)), /@/);
    }
  }
});

test('a page costs the same statements in an address book of any size', async () => {
  await using site = await openSite();
  const { database } = site.platform;
  const identity = { principalId: 3, companyId: 0, adminLevel: 0, name: '', fullName: '', entryId: Buffer.alloc(0) };
  const reader = { platform: site.platform, database, identity };
  const cost = async (): Promise<number> => {
    const before = database.roundTrips;
    await new EverybodySource(reader, views[1]!).read('start', 50);
    return database.roundTrips - before;
  };
  await database.batch(
    `INSERT INTO principal (class, external_id, name, name_key, full_name, email, details)
     VALUES (${ACTIVE_USER}, :name, :name, :name, :name, '', '{}')`,
    Array.from({ length: 3000 }, (_, n) => ({ name: `user${n}` })),
  );
  assert.equal(await cost(), 2);
});

async function idsOf(source: RowSource, most: number): Promise<number[]> {
  const ids: number[] = [];
  for (let position: Position = 'start'; position !== 'end'; ) {
    const page = await source.read(position, most);
    ids.push(...page.rows.map(({ key }) => key.id));
    position = page.next;
  }
  return ids;
}
