import assert from 'node:assert/strict';
import test from 'node:test';
import { foldName } from '../../../core/directory/login-name.ts';
import { ACTIVE_USER, NONACTIVE_CONTACT } from '../../../core/directory/object-class.ts';
import {
  findPrincipal,
  insertPrincipal,
  isReferenced,
  listPrincipals,
  type PrincipalDraft,
} from '../../../core/directory/principal.ts';
import { MAX_DETAILS_BYTES } from '../../../core/directory/principal-details.ts';
import { KCERR_COLLISION, KCERR_NOT_FOUND, KCERR_TOO_BIG } from '../../../core/mapi/error-codes.ts';
import { codeOf, createUser, openSite } from '../operations/site.ts';

const draft = (name: string, more: Partial<PrincipalDraft> = {}): PrincipalDraft => ({
  class: ACTIVE_USER,
  companyId: 0,
  name,
  fullName: name,
  email: `${name}@example.com`,
  adminLevel: 0,
  hidden: false,
  details: {},
  ...more,
});

test('of several who take a name at once one gets it', async () => {
  await using site = await openSite();
  const { database } = site.platform;
  const attempts = await Promise.allSettled(
    ['same', 'Same', 'SAME', 'sAme'].map((name) => insertPrincipal(database, draft(name), null)),
  );
  assert.equal(attempts.filter(({ status }) => status === 'fulfilled').length, 1);
  for (const attempt of attempts) if (attempt.status === 'rejected') assert.equal(attempt.reason.code, KCERR_COLLISION);
});

test('names that differ in an accent are two names, and each finds its own', async () => {
  await using site = await openSite();
  const system = await site.client();
  const [plain, accented] = [await createUser(system, 'muller'), await createUser(system, 'müller')];
  assert.equal((await system.call('resolveUsername', { lpszUsername: 'muller' })).ulUserId, plain.id);
  assert.equal((await system.call('resolveUsername', { lpszUsername: 'MÜLLER' })).ulUserId, accented.id);
  assert.equal((await system.call('resolveUsername', { lpszUsername: 'mu\u0308ller' })).ulUserId, accented.id);
});

test('a user and a group may bear the same name', async () => {
  await using site = await openSite();
  const system = await site.client();
  const user = await createUser(system, 'sales');
  const { er, ulGroupId } = await system.call('createGroup', {
    lpsGroup: { lpszGroupname: 'sales', lpszFullname: 'sales', lpszFullEmail: '' },
  });
  assert.equal(er ?? 0, 0);
  assert.equal((await system.call('resolveUsername', { lpszUsername: 'sales' })).ulUserId, user.id);
  assert.equal((await system.call('resolveGroupname', { lpszGroupname: 'sales' })).ulGroupId, ulGroupId);
});

test('contacts have no name to log on with, so theirs may repeat', async () => {
  await using site = await openSite();
  const { database } = site.platform;
  await insertPrincipal(database, draft('John Doe', { class: NONACTIVE_CONTACT }), null);
  await insertPrincipal(database, draft('John Doe', { class: NONACTIVE_CONTACT }), null);
  const system = await site.client();
  assert.equal(codeOf(await system.call('resolveUsername', { lpszUsername: 'John Doe' })), KCERR_NOT_FOUND);
});

test('a list of any size and weight comes whole and in order, page by page', async () => {
  await using site = await openSite();
  const { database } = site.platform;
  // Over the row limit of a page, and with rows so heavy that few fit into an answer.
  const light = Array.from({ length: 1100 }, (_, i) => draft(`light${i}`));
  await database.batch(
    `INSERT INTO principal (class, external_id, name, name_key, full_name, email, details)
     VALUES (${ACTIVE_USER}, :name, :name, :name, :name, '', '{}')`,
    light.map(({ name }) => ({ name })),
  );
  const weight = 'x'.repeat(20_000);
  for (let i = 0; i < 60; i++)
    await insertPrincipal(database, draft(`heavy${i}`, { details: { properties: { '3a08001e': weight } } }), null);
  const names = (await listPrincipals(database, [])).map(({ name }) => name);
  assert.deepEqual(names, [
    'Everyone',
    'SYSTEM',
    ...light.map(({ name }) => name),
    ...Array.from({ length: 60 }, (_, i) => `heavy${i}`),
  ]);
});

test('what a row could not carry is refused', async () => {
  await using site = await openSite();
  const { database } = site.platform;
  const ofSize = (bytes: number) => draft('big', { details: { properties: { '3a08001e': 'x'.repeat(bytes) } } });
  const overhead = JSON.stringify(ofSize(0).details).length;
  await insertPrincipal(database, ofSize(MAX_DETAILS_BYTES - overhead), null);
  await assert.rejects(
    insertPrincipal(database, { ...ofSize(MAX_DETAILS_BYTES - overhead + 1), name: 'bigger' }, null),
    {
      code: KCERR_TOO_BIG,
    },
  );
});

test('the external id of a reference goes before its number', async () => {
  await using site = await openSite();
  const { database } = site.platform;
  const [one, other] = [
    await insertPrincipal(database, draft('one'), null),
    await insertPrincipal(database, draft('other'), null),
  ];
  const found = await findPrincipal(database, [isReferenced({ id: other.id, externalId: one.externalId })]);
  assert.equal(found?.id, one.id);
});

test('folding is what makes names equal: case and composition, nothing else', () => {
  assert.equal(foldName('Ä'), foldName('a\u0308'));
  assert.notEqual(foldName('a'), foldName('ä'));
  assert.notEqual(foldName('a '), foldName('a'));
});
