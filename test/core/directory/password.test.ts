import assert from 'node:assert/strict';
import test from 'node:test';
import { checkPassword, hashPassword } from '../../../core/directory/password.ts';

test('a password matches its own hash and no other', async () => {
  const stored = await hashPassword('correct horse');
  assert.deepEqual(await checkPassword('correct horse', stored), { matches: true, outdated: false });
  assert.deepEqual(await checkPassword('Correct horse', stored), { matches: false, outdated: false });
  assert.deepEqual(await checkPassword('', stored), { matches: false, outdated: false });
});

test('the same password is stored differently each time, without itself in it', async () => {
  const [one, other] = await Promise.all([hashPassword('secret'), hashPassword('secret')]);
  assert.notEqual(one, other);
  assert.doesNotMatch(one, /secret/);
  assert.match(one, /^scrypt\$1\$16384\$8\$5\$/);
  assert.ok(one.length <= 255, 'fits its column');
});

test('without a stored password nothing matches', async () => {
  assert.equal((await checkPassword('', undefined)).matches, false);
  assert.equal((await checkPassword('', null)).matches, false);
});

test('composed and decomposed letters are the same password', async () => {
  assert.equal((await checkPassword('Scho\u0308n', await hashPassword('Sch\u00f6n'))).matches, true);
});

test('a hash of lower cost still matches, and is to be renewed', async () => {
  // What an earlier version may have written: "old" at N=1024, r=8, p=1.
  const old = 'scrypt$1$1024$8$1$c2FsdHNhbHRzYWx0c2FsdA==$';
  const { scryptSync } = await import('node:crypto');
  const hash = scryptSync('old', 'saltsaltsaltsalt', 32, { N: 1024, r: 8, p: 1 }).toString('base64');
  assert.deepEqual(await checkPassword('old', old + hash), { matches: true, outdated: true });
  assert.deepEqual(await checkPassword('new', old + hash), { matches: false, outdated: false });
});

test('a stored form that nobody wrote is an error, not a match', async () => {
  await assert.rejects(checkPassword('x', 'md5$abc'));
});

test('an unknown user takes as long as a wrong password', async () => {
  const stored = await hashPassword('x');
  const time = async (work: () => Promise<unknown>) => {
    const start = process.cpuUsage();
    await work();
    const { user, system } = process.cpuUsage(start);
    return user + system;
  };
  const wrong = await time(() => checkPassword('y', stored));
  const unknown = await time(() => checkPassword('y', undefined));
  assert.ok(unknown > wrong / 3 && unknown < wrong * 3, `${unknown} against ${wrong} µs`);
});
