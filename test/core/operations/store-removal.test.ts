import assert from 'node:assert/strict';
import test from 'node:test';
import { entryIdOf, newGuid } from '../../../core/mapi/entry-id.ts';
import { KCERR_NONE } from '../../../core/mapi/error-codes.ts';
import { MAPI_FOLDER, MAPI_STORE } from '../../../core/mapi/object-types.ts';
import { PR_EC_STOREGUID } from '../../../core/mapi/tags.ts';
import { type Client, codeOf, createUser, openSite } from './site.ts';

const TABLETYPE_USERSTORES = 9;
const TABLETYPE_MAILBOX = 10;

async function listed(system: Client, ulTableType: number): Promise<(string | undefined)[]> {
  const { sRowSet = [] } = await system.call('tableMulti', {
    sRequest: { lpOpen: { ulTableType }, lpSetColumns: [PR_EC_STOREGUID], lpQueryRows: { ulCount: 100 } },
  });
  return sRowSet.flatMap((row) =>
    row.map(({ Value }) => (Buffer.isBuffer(Value?.value) ? Value.value.toString('hex') : undefined)),
  );
}

test('a removed store is listed nowhere, and the purge of what was deleted comes to its end', async () => {
  await using site = await openSite();
  const system = await site.client();
  const user = await createUser(system, 'user1', { lpszPassword: '' });
  const guid = newGuid();
  await system.call('createStore', {
    ulStoreType: 0,
    ulUserId: user.id,
    sUserId: user.entryId,
    sStoreId: entryIdOf(guid, MAPI_STORE),
    sRootId: entryIdOf(guid, MAPI_FOLDER),
    ulFlags: 0,
  });
  assert.ok((await listed(system, TABLETYPE_USERSTORES)).includes(guid.toString('hex')));
  await system.call('deleteUser', { ulUserId: user.id, sUserId: user.entryId });
  assert.ok((await listed(system, TABLETYPE_USERSTORES)).includes(guid.toString('hex')), 'as an orphan');
  assert.equal(codeOf(await system.call('removeStore', { sStoreGuid: guid })), KCERR_NONE);
  for (const type of [TABLETYPE_USERSTORES, TABLETYPE_MAILBOX])
    assert.ok(!(await listed(system, type)).includes(guid.toString('hex')));
  assert.equal(codeOf(await system.call('purgeSoftDelete', { ulDays: 0 })), KCERR_NONE);
});
