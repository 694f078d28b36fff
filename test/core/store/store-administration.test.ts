import assert from 'node:assert/strict';
import test from 'node:test';
import { STORE_PRIVATE } from '../../../core/mapi/object-types.ts';
import { hookStore, unhookStore } from '../../../core/store/store-administration.ts';
import { aServer, open } from './a-server.ts';

test('a store is hooked to somebody who has one, which becomes an orphan', async () => {
  await using server = await aServer();
  const [leaver, joiner] = [await server.mailbox('leaver'), await server.mailbox('joiner')];
  const { store: left } = await open(leaver.actor, leaver.storeEntryId);
  const { store: empty } = await open(joiner.actor, joiner.storeEntryId);
  await unhookStore(leaver.actor, leaver.principalId, STORE_PRIVATE);
  await hookStore(
    joiner.actor,
    left,
    { id: joiner.principalId, name: 'joiner', companyId: empty.companyId },
    STORE_PRIVATE,
  );
  const ownerOf = async (entryId: Buffer) => (await open(joiner.actor, entryId)).store.ownerId;
  assert.equal(await ownerOf(leaver.storeEntryId), joiner.principalId);
  assert.notEqual(await ownerOf(joiner.storeEntryId), joiner.principalId);
  const { store } = await open(joiner.actor, joiner.storeEntryId);
  await hookStore(joiner.actor, store, { id: joiner.principalId, name: 'joiner', companyId: 0 }, STORE_PRIVATE);
  assert.equal(await ownerOf(joiner.storeEntryId), joiner.principalId, 'and back again');
});
