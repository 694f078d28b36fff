import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import test from 'node:test';
import { KCERR_TOO_COMPLEX } from '../../../../core/mapi/error-codes.ts';
import { propertyTag } from '../../../../core/mapi/property.ts';
import { PT_DOUBLE, PT_SYSTIME } from '../../../../core/mapi/property-types.ts';
import { RELOP_EQ, type Restriction } from '../../../../core/mapi/restriction.ts';
import { PR_ENTRYID } from '../../../../core/mapi/tags.ts';
import { decodeTableState, encodeTableState, openedTable } from '../../../../core/store/table/table-state.ts';

const oneOf = (count: number): Restriction => ({
  kind: 'or',
  parts: Array.from({ length: count }, () => ({
    kind: 'property',
    tag: PR_ENTRYID,
    relation: RELOP_EQ,
    value: { tag: PR_ENTRYID, value: Buffer.concat([Buffer.alloc(32), randomBytes(16)]) },
  })),
});

test('a table’s state comes back as it was, with all that property values are made of', () => {
  const restriction: Restriction = {
    kind: 'and',
    parts: [
      {
        kind: 'property',
        tag: 0x80010040,
        relation: 4,
        value: { tag: propertyTag(0x8001, PT_SYSTIME), value: 2n ** 62n },
      },
      {
        kind: 'property',
        tag: 0x80020005,
        relation: 4,
        value: { tag: propertyTag(0x8002, PT_DOUBLE), value: Number.NaN },
      },
      oneOf(1),
    ],
  };
  const state = {
    ...openedTable({ kind: 'nothing' }, 5, [PR_ENTRYID]),
    restriction,
    position: { values: ['t:x', null, 3], id: 7, order: 1 },
  };
  assert.deepEqual(decodeTableState(encodeTableState(state)), state);
});

test('a restriction to a thousand entry ids has room; what has none is too complex', () => {
  const state = openedTable({ kind: 'nothing' }, 0, []);
  const large = { ...state, restriction: oneOf(1_000) };
  assert.deepEqual(decodeTableState(encodeTableState(large)), large);
  assert.throws(() => encodeTableState({ ...state, restriction: oneOf(10_000) }), { code: KCERR_TOO_COMPLEX });
});
