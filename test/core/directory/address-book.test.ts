import assert from 'node:assert/strict';
import test from 'node:test';
import { type AddressBookTable, addressBookEntry, addressBookRows } from '../../../core/directory/address-book.ts';
import { writeAliases } from '../../../core/directory/alias.ts';
import { resolveName } from '../../../core/directory/name-resolution.ts';
import { findPrincipal, isReferenced } from '../../../core/directory/principal.ts';
import { decodeAddressBookEntryId, NO_EXTERNAL_ID } from '../../../core/mapi/address-book-entry-id.ts';
import { EMS_AB_ADDRESS_LOOKUP } from '../../../core/mapi/display-types.ts';
import { KCERR_INVALID_PARAMETER, KCERR_INVALID_TYPE, KCERR_NOT_FOUND } from '../../../core/mapi/error-codes.ts';
import { MAPI_ABCONT, MAPI_DISTLIST, MAPI_FOLDER, MAPI_MAILUSER } from '../../../core/mapi/object-types.ts';
import {
  PR_ACCOUNT,
  PR_DEPTH,
  PR_DISPLAY_NAME,
  PR_EC_SENDAS_USER_ENTRYIDS,
  PR_ENTRYID,
  PR_SMTP_ADDRESS,
} from '../../../core/mapi/tags.ts';
import { createUser, openSite, type Site } from '../operations/site.ts';

const ROOT = { objectType: MAPI_ABCONT, id: 0, externalId: NO_EXTERNAL_ID };
const EVERYBODY = { objectType: MAPI_ABCONT, id: 1, externalId: NO_EXTERNAL_ID };
const LISTS = { objectType: MAPI_ABCONT, id: 2, externalId: NO_EXTERNAL_ID };
const EVERYONE = { objectType: MAPI_DISTLIST, id: 1, externalId: NO_EXTERNAL_ID };

const readerOf = async (site: Site, id: number) => {
  const { database, settings } = site.platform;
  const viewer = await findPrincipal(database, [isReferenced({ id, externalId: NO_EXTERNAL_ID })]);
  return {
    statements: database,
    settings,
    viewer: { principalId: id, companyId: viewer!.companyId, adminLevel: viewer!.adminLevel },
  };
};

const namesOf = async (site: Site, viewer: number, table: Partial<AddressBookTable>) => {
  const whole = { container: ROOT, objectType: MAPI_MAILUSER, allLevels: false, ...table };
  return (await addressBookRows(await readerOf(site, viewer), whole)).map((row) => row.get(PR_DISPLAY_NAME));
};

test('the address book has two containers, which have none below (recorded)', async () => {
  await using site = await openSite();
  const objectType = MAPI_ABCONT;
  assert.deepEqual(await namesOf(site, 2, { objectType }), ['Global Address Book', 'All Address Lists']);
  assert.deepEqual(await namesOf(site, 2, { objectType, container: EVERYBODY }), []);
  const reader = await readerOf(site, 2);
  const rows = await addressBookRows(reader, { container: ROOT, objectType, allLevels: true });
  assert.deepEqual(
    rows.map((row) => row.get(PR_DEPTH)),
    [0, 0],
  );
});

test('everybody finds all but those who are hidden; administrators find these too', async () => {
  await using site = await openSite();
  const system = await site.client();
  const user = await createUser(system, 'user1', { lpszPassword: '' });
  const admin = await createUser(system, 'admin', { lpszPassword: '', ulIsAdmin: 1 });
  await createUser(system, 'ghost', { lpszPassword: '', ulIsABHidden: 1 });
  const shown = ['Everyone', 'Full user1', 'Full admin'];
  assert.deepEqual(await namesOf(site, user.id, { container: EVERYBODY }), shown);
  assert.deepEqual(
    (await namesOf(site, admin.id, { container: EVERYBODY })).sort(),
    [...shown, 'Full ghost', 'SYSTEM'].sort(),
  );
});

test('a group shows its members, Everyone shows people and groups without itself and SYSTEM', async () => {
  await using site = await openSite();
  const system = await site.client();
  const user = await createUser(system, 'user1', { lpszPassword: '' });
  await createUser(system, 'contact', { lpszPassword: '', ulObjClass: 65541 });
  const { sGroupId } = await system.call('createGroup', { lpsGroup: { lpszGroupname: 'g', lpszFullname: 'g' } });
  await system.call('addGroupUser', { sGroupId, ulUserId: user.id });
  const group = decodeAddressBookEntryId(Buffer.from(sGroupId!));
  assert.deepEqual(await namesOf(site, user.id, { container: group }), ['Full user1']);
  assert.deepEqual(await namesOf(site, user.id, { container: EVERYONE }), ['Full user1', 'g']);
});

test('what has no rows says so as the genuine server does', async () => {
  await using site = await openSite();
  const user = await createUser(await site.client(), 'user1', { lpszPassword: '' });
  const fails = (table: Partial<AddressBookTable>, code: number) =>
    assert.rejects(namesOf(site, user.id, table), { code });
  await fails({ container: LISTS }, KCERR_INVALID_PARAMETER);
  await fails({ container: ROOT }, KCERR_INVALID_PARAMETER);
  await fails({ container: decodeAddressBookEntryId(user.entryId) }, KCERR_INVALID_PARAMETER);
  await fails({ container: EVERYONE, objectType: MAPI_ABCONT }, KCERR_INVALID_PARAMETER);
  await fails({ container: EVERYBODY, objectType: MAPI_FOLDER }, KCERR_INVALID_TYPE);
  await fails({ container: { ...EVERYONE, externalId: Buffer.from('nobody') } }, KCERR_NOT_FOUND);
});

test('an entry tells name, address and who may send for it', async () => {
  await using site = await openSite();
  const system = await site.client();
  const [boss, clerk] = [
    await createUser(system, 'boss', { lpszPassword: '' }),
    await createUser(system, 'clerk', { lpszPassword: '' }),
  ];
  await system.call('addSendAsUser', { sUserId: boss.entryId, sSenderId: clerk.entryId });
  const entry = await addressBookEntry(await readerOf(site, clerk.id), decodeAddressBookEntryId(boss.entryId));
  assert.deepEqual(entry.get(PR_ENTRYID), boss.entryId);
  assert.equal(entry.get(PR_ACCOUNT), 'boss');
  assert.equal(entry.get(PR_SMTP_ADDRESS), 'boss@example.com');
  assert.deepEqual(entry.get(PR_EC_SENDAS_USER_ENTRYIDS), [clerk.entryId]);
});

test('a table costs two statements, however many are in it', async () => {
  await using site = await openSite();
  const system = await site.client();
  for (const name of ['a', 'b', 'c', 'd']) await createUser(system, name, { lpszPassword: '' });
  const { roundTrips } = site.platform.database;
  await addressBookRows(
    {
      statements: site.platform.database,
      settings: site.platform.settings,
      viewer: { principalId: 3, companyId: 0, adminLevel: 0 },
    },
    { container: EVERYBODY, objectType: MAPI_MAILUSER, allLevels: false },
  );
  assert.equal(site.platform.database.roundTrips - roundTrips, 2);
});

test('part of a name finds one, or too many, or none; a whole one finds its bearer among many', async () => {
  await using site = await openSite();
  const system = await site.client();
  for (const name of ['user1', 'user10', 'user2', '100%', 'under_score'])
    await createUser(system, name, { lpszPassword: '' });
  await system.call('createGroup', { lpsGroup: { lpszGroupname: 'user2', lpszFullname: 'user2' } });
  const { viewer, statements, settings } = await readerOf(site, 3);
  const find = async (text: string, flags = 0) => {
    const resolution = await resolveName(statements, viewer, settings, text, flags);
    return resolution.found === 'one' ? resolution.principal.name : resolution.found;
  };
  assert.equal(await find('user10'), 'user10');
  assert.equal(await find('USER10@EXAMPLE'), 'user10');
  assert.equal(await find('user1'), 'many');
  assert.equal(await find('user1', EMS_AB_ADDRESS_LOOKUP), 'user1');
  assert.equal(await find('user1@example.com', EMS_AB_ADDRESS_LOOKUP), 'user1');
  assert.equal(await find('Full user1', EMS_AB_ADDRESS_LOOKUP), 'user1');
  assert.equal(await find('user2', EMS_AB_ADDRESS_LOOKUP), 'user2', 'users go before groups');
  assert.equal(await find('nobody'), 'none');
  assert.equal(await find(''), 'none');
  assert.equal(await find('%'), '100%', 'wildcards are letters');
  assert.equal(await find('r_s'), 'under_score');
  assert.equal(await find('everyone'), 'Everyone');
  assert.equal(await find('every'), 'none');
  assert.equal(await find('SYSTEM'), 'none', 'it is hidden');
});

test('further addresses find their bearer: whole, or by how they begin', async () => {
  await using site = await openSite();
  const system = await site.client();
  const anna = await createUser(system, 'anna', { lpszPassword: '' });
  await createUser(system, 'salesman', { lpszPassword: '' });
  const { viewer, statements, settings } = await readerOf(site, 3);
  await writeAliases(statements, anna.id, ['Sales@example.com', 'anna@old.example.com', 'a_b@example.com']);
  const find = async (text: string, flags = 0) => {
    const resolution = await resolveName(statements, viewer, settings, text, flags);
    return resolution.found === 'one' ? resolution.principal.name : resolution.found;
  };
  assert.equal(await find('SALES@example.com', EMS_AB_ADDRESS_LOOKUP), 'anna');
  assert.equal(await find('sales@', EMS_AB_ADDRESS_LOOKUP), 'none');
  assert.equal(await find('sales@'), 'anna');
  assert.equal(await find('sales'), 'many', 'one by name, another by address');
  assert.equal(await find('anna'), 'anna', 'found in two ways, it is still one');
  assert.equal(await find('old.example.com'), 'none');
  assert.equal(await find('a%b@'), 'none', 'wildcards are letters');
});

test('names that look like SQL are names', async () => {
  await using site = await openSite();
  const { viewer, statements, settings } = await readerOf(site, 2);
  for (const text of ["' OR 1=1 -- ", '\\', "\\' --", ':text', '"; DROP TABLE principal'])
    assert.equal((await resolveName(statements, viewer, settings, text, 0)).found, 'none', text);
});
