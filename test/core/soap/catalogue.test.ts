import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type OperationRow, operations, responseElement, types } from '../../../core/soap/index.ts';
import type { Arguments, Draft, Result, Wire } from '../../../core/soap/wire.ts';

const rows: readonly [string, OperationRow][] = Object.entries(operations);

describe('the catalogue', () => {
  it('has all operations of Kopano 11', () => {
    assert.equal(rows.length, 125);
  });

  it('demands a session of all but those that begin one, and client updates', () => {
    const open = rows.filter(([, row]) => !row.session).map(([name]) => name);
    assert.deepEqual(open.sort(), ['getClientUpdate', 'logon', 'setClientUpdateStatus', 'ssoLogon']);
  });

  it('has the session as the first parameter wherever one is demanded', () => {
    for (const [name, row] of rows) {
      if (row.session) assert.equal(Object.values(row.parameters)[0], 'unsignedLong', name);
    }
  });

  it('names the answer as the genuine server does', () => {
    assert.equal(responseElement('getPublicStore'), 'getStoreResponse');
    assert.equal(responseElement('saveObject'), 'loadObjectResponse');
    assert.equal(responseElement('setUser'), 'setUserResponse');
    assert.equal(responseElement('create-folders'), 'create-folders-response');
  });

  it('answers with a code, always', () => {
    for (const [name, row] of rows) {
      const type = Object.hasOwn(types, row.answer) ? types[row.answer as keyof typeof types] : undefined;
      assert.ok(
        row.answer === 'result' || row.answer === 'er' || (type && 'struct' in type && 'er' in type.struct),
        name,
      );
    }
  });
});

describe('the types derived from it', () => {
  it('know what is there, what may be absent, and which branch holds what', () => {
    const property: Wire<'propVal'> = { ulPropTag: 1, Value: { name: 'lpszA', value: 'x' } };
    if (property.Value?.name === 'ul') property.Value.value satisfies number;
    // @ts-expect-error the branch `ul` holds a number
    const wrong: Wire<'propVal'> = { ulPropTag: 1, Value: { name: 'ul', value: 'x' } };
    // @ts-expect-error ulPropTag is no pointer, so a decoded value has it
    const missing: Wire<'propVal'> = {};
    const draft: Draft<'saveObject'> = { children: [{ modProps: [property, {}] }] };
    const logon = (args: Arguments<'logon'>): [bigint, string | undefined] => [args.ullSessionGroup, args.szUsername];
    const answer: Result<'logoff'> = { result: 0 };
    assert.deepEqual([wrong, missing, draft, logon, answer].length, 5);
  });
});
