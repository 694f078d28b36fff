import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { canonicalDn, dnKey, isWithin } from '../../../../core/directory/ldap/dn.ts';

test('names that mean the same entry are alike', () => {
  const same: readonly (readonly [string, ...string[]])[] = [
    ['cn=anna berg,ou=people,dc=example,dc=org', 'CN = Anna  Berg , OU=People,DC=example,DC=org'],
    ['cn=berg\\, anna,dc=org', 'cn=berg\\2c anna,dc=org', 'CN=Berg\\, Anna;DC=org'],
    ['cn=a+uid=1,dc=org', 'uid=1+cn=A,dc=org'],
    ['cn=m\u00fcller,dc=org', 'cn=mu\u0308ller,dc=org', 'cn=M\\C3\\BCLLER,dc=org'],
  ];
  for (const [first, ...others] of same)
    for (const other of others) assert.deepEqual(dnKey(other), dnKey(first), `${other} is ${first}`);
  for (const other of ['cn=berg,cn=anna,dc=org', 'cn=berganna,dc=org', 'cn=berg\\,anna,dc=org'])
    assert.notDeepEqual(dnKey(other), dnKey('cn=berg\\, anna,dc=org'), other);
});

test('keys stay what they are: they are kept in the database', () => {
  assert.equal(dnKey('UID=Anna, ou=People,dc=example,dc=org').toString('hex'), KEY);
  assert.equal(dnKey('uid=\\41nna,ou=people,dc=example,dc=org').toString('hex'), KEY);
});
const KEY = '9e801645178e8858ad3a0a27f0a2d224';

/** What no separator, escape or second alphabet is in has a way of its own through the code. */
const plainDn = fc
  .array(fc.stringMatching(/^[ a-cA-C=:"<[\]~-]{0,8}$/), { minLength: 1, maxLength: 5 })
  .map((parts) => parts.join(','))
  .filter((dn) => /[^ ,] *$/.test(dn));

test('a plain name is read as one with escapes and accents is', () => {
  fc.assert(
    fc.property(plainDn, (dn) => {
      assert.equal(canonicalDn(`${dn},cn=\u00e9`), `${canonicalDn(dn)},cn=\u00e9`);
      assert.ok(isWithin(`cn=\u00e9,${dn}`, dn));
    }),
  );
});
