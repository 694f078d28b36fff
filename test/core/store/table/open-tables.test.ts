import assert from 'node:assert/strict';
import test from 'node:test';
import { GLOBAL_ADDRESS_BOOK_ENTRY_ID } from '../../../../core/directory/address-book-containers.ts';
import { SESSION_LIFETIME, startSession, TOUCH_INTERVAL } from '../../../../core/directory/session.ts';
import { MAPI_ABCONT } from '../../../../core/mapi/object-types.ts';
import { dropTable, keepTable } from '../../../../core/store/table/open-tables.ts';
import { openTable, TABLETYPE_AB } from '../../../../core/store/table/opening.ts';
import { aServer, type Server, systemIdentity } from '../a-server.ts';

/** A session of the server's administrator with an open table. */
async function aSessionWithTable(
  { platform, clock }: Server,
  trusted: boolean,
): Promise<{ id: bigint; table: number }> {
  const { database } = platform;
  const id = await startSession(
    database,
    {
      principalId: 2,
      impersonatorId: 0,
      group: 0n,
      capabilities: 0,
      trusted,
      address: '',
      clientVersion: '',
      clientApp: '',
      clientAppVersion: '',
      clientAppMisc: '',
    },
    clock.now(),
  );
  const reader = { platform, database, identity: systemIdentity };
  const state = await openTable(reader, {
    tableType: TABLETYPE_AB,
    objectType: MAPI_ABCONT,
    flags: 0,
    entryId: GLOBAL_ADDRESS_BOOK_ENTRY_ID,
    target: undefined,
  });
  return { id, table: await keepTable(database, id, state) };
}

test('a session closes its table in one statement, once', async () => {
  await using server = await aServer();
  const database = server.platform.database.counted();
  const { id, table } = await aSessionWithTable(server, false);
  const now = server.clock.now();
  const before = database.roundTrips;
  assert.equal(await dropTable(database, { id, trusted: false, now }, table), true);
  assert.equal(database.roundTrips - before, 1);
  assert.equal(await dropTable(database, { id, trusted: false, now }, table), false);
});

test('nobody closes the table of somebody else, or of a trusted session at the public door', async () => {
  await using server = await aServer();
  const { database } = server.platform;
  const now = server.clock.now();
  const [mine, trusted] = [await aSessionWithTable(server, false), await aSessionWithTable(server, true)];
  assert.equal(await dropTable(database, { id: mine.id, trusted: true, now }, trusted.table), false);
  assert.equal(await dropTable(database, { id: trusted.id, trusted: false, now }, trusted.table), false);
  assert.equal(await dropTable(database, { id: trusted.id, trusted: true, now }, trusted.table), true);
});

test('a session that has ended, or that is to be prolonged, is left to the check of sessions', async () => {
  await using server = await aServer();
  const { database } = server.platform;
  const now = server.clock.now();
  const { id, table } = await aSessionWithTable(server, false);
  assert.equal(await dropTable(database, { id, trusted: false, now: now + SESSION_LIFETIME }, table), false);
  assert.equal(await dropTable(database, { id, trusted: false, now: now + TOUCH_INTERVAL }, table), false);
});
