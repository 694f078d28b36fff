import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { decodeDocument, encodeDocument, SoapFault } from '../../../core/soap/index.ts';

/** The rules of a folder as the genuine client 11.0.2 stored them in PR_RULES_DATA. */
const rules = readFileSync(new URL('../../golden/soap/documents/rules.xml', import.meta.url));

describe('a value that is kept as a document', () => {
  it('is read: the rules of a folder', () => {
    const rows = decodeDocument('rowSet', 'tableData', rules);
    const branches = rows.map((row) => row.map(({ Value }) => Value?.name));
    assert.ok(branches.some((names) => names.includes('res') && names.includes('actions')));
  });

  it('is written so that it reads the same', () => {
    const rows = decodeDocument('rowSet', 'tableData', rules);
    const again = encodeDocument('rowSet', 'tableData', rows);
    assert.deepEqual(decodeDocument('rowSet', 'tableData', again), rows);
    // The genuine client repeats where an item stands; nobody needs that.
    assert.equal(again.toString(), rules.toString().replace(/ SOAP-ENC:position="\[[0-9]+\]"/g, ''));
  });

  it('is refused when it is something else', () => {
    assert.throws(() => decodeDocument('rowSet', 'SearchCriteria', rules), SoapFault);
    assert.throws(() => decodeDocument('rowSet', 'tableData', Buffer.from('<tableData>')), SoapFault);
  });
});
