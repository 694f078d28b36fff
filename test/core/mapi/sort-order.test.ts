import assert from 'node:assert/strict';
import test from 'node:test';
import { propertyTag } from '../../../core/mapi/property.ts';
import {
  MV_INSTANCE,
  PT_BINARY,
  PT_CURRENCY,
  PT_LONG,
  PT_MV_LONG,
  PT_UNICODE,
} from '../../../core/mapi/property-types.ts';
import {
  compareByKey,
  MAX_SORT_KEYS,
  requireSoundSortOrder,
  TABLE_SORT_ASCEND,
  TABLE_SORT_DESCEND,
} from '../../../core/mapi/sort-order.ts';

const ascending = (type: number) => ({ tag: propertyTag(0x8000, type), order: TABLE_SORT_ASCEND });
const descending = (type: number) => ({ tag: propertyTag(0x8000, type), order: TABLE_SORT_DESCEND });

test('what is missing comes first, or last when descending', () => {
  assert.ok(compareByKey(ascending(PT_LONG), undefined, 0) < 0);
  assert.ok(compareByKey(descending(PT_LONG), undefined, 0) > 0);
  assert.equal(compareByKey(ascending(PT_LONG), undefined, undefined), 0);
});

test('numbers sort unsigned, binaries by content, texts whatever their case, currencies not at all', () => {
  assert.ok(compareByKey(ascending(PT_LONG), 1, 0xffffffff) < 0);
  assert.ok(compareByKey(ascending(PT_BINARY), Buffer.from('b'), Buffer.from('aa')) > 0);
  assert.ok(compareByKey(ascending(PT_BINARY), Buffer.from('a'), Buffer.from('aa')) < 0);
  assert.equal(Math.abs(compareByKey(descending(PT_UNICODE), 'ABC', 'abc')), 0);
  assert.equal(compareByKey(ascending(PT_CURRENCY), 1n, 2n), 0);
});

test('several values at once cannot be sorted by, single ones of them can', () => {
  assert.throws(() => requireSoundSortOrder([ascending(PT_MV_LONG)]), { code: 0x8000000f });
  requireSoundSortOrder([ascending(PT_MV_LONG | MV_INSTANCE)]);
});

test('as many sort keys as allowed are accepted, one more is refused', () => {
  const keys = (count: number) => Array.from({ length: count }, () => ascending(PT_LONG));
  requireSoundSortOrder(keys(MAX_SORT_KEYS));
  assert.throws(() => requireSoundSortOrder(keys(MAX_SORT_KEYS + 1)), { code: 0x8000000f });
});
