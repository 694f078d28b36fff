import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ICS_MESSAGE_CHANGE, ICS_MESSAGE_NEW } from '../../../../core/mapi/change-types.ts';
import { PR_SUBJECT } from '../../../../core/mapi/tags.ts';
import { saveExisting } from '../../../../core/store/save-existing.ts';
import { readSyncContent } from '../../../../core/store/sync/sync-content.ts';
import { findSync } from '../../../../core/store/sync/syncs.ts';
import { keepSyncs } from '../../../../core/store/sync/upkeep.ts';
import { aMessage, aServer, folderIn, type Mailbox, open, put, type Server } from '../a-server.ts';
import { ContentsClient, contentsOf } from './a-client.ts';

let server: Server;
let anna: Mailbox;
let folders = 0;

before(async () => {
  server = await aServer();
  anna = await server.mailbox('anna');
});
after(async () => {
  await server[Symbol.asyncDispose]();
});

const { execute, query } = {
  execute: (sql: string) => server.platform.database.execute(sql),
  query: (sql: string) => server.platform.database.query<{ n: number }>(sql),
};
const keep = () => keepSyncs(server.platform.database);
const age = (days: number) => execute(`UPDATE \`change\` SET at = at - INTERVAL ${days} DAY`);
const count = async (where: string) => (await query(`SELECT COUNT(*) AS n FROM \`change\` WHERE ${where}`))[0]!.n;

async function edit(entryId: Buffer, subject: string, syncId = 0): Promise<void> {
  const target = await open(anna.actor, entryId);
  const tree = { ...aMessage(), id: target.object.id, properties: [{ tag: PR_SUBJECT, value: subject }] };
  await saveExisting(anna.actor, target, tree, { syncId });
}

test('of an old log what was superseded goes, what clients may still be told stays', async () => {
  const folder = await folderIn(anna.actor, anna.rootEntryId, `folder ${++folders}`);
  const { entryId, id } = await put(anna.actor, folder);
  const [behind, fresh] = [await ContentsClient.of(anna.actor, folder), await ContentsClient.of(anna.actor, folder)];
  await behind.sync();
  for (let i = 0; i < 20; i++) await edit(entryId, `edit ${i}`);
  assert.equal((await keep()).changes, 0, 'young changes stay');
  await age(2);
  assert.ok((await keep()).changes > 19);
  assert.equal(await count(`object_id = ${id} AND ics_type = ${ICS_MESSAGE_CHANGE}`), 1);
  assert.equal(await count(`object_id = ${id} AND ics_type = ${ICS_MESSAGE_NEW}`), 1);
  assert.equal(await count('counter = 1'), 0);
  for (const client of [behind, fresh]) {
    await client.sync();
    assert.deepEqual(client.content, await contentsOf(anna.actor, folder));
  }
  assert.equal((await keep()).changes, 0, 'a second run finds nothing');
});

test("another's change stays where a sync's own is newer, for that sync is not told of its own", async () => {
  const folder = await folderIn(anna.actor, anna.rootEntryId, `folder ${++folders}`);
  const { entryId } = await put(anna.actor, folder);
  const client = await ContentsClient.of(anna.actor, folder);
  await client.sync();
  await edit(entryId, 'by another');
  await edit(entryId, 'by the client', client.syncId);
  await age(2);
  await keep();
  assert.equal((await client.sync()).length, 1);
});

test('syncs that nobody asked for in a year are forgotten with what is remembered of them', async () => {
  const folder = await folderIn(anna.actor, anna.rootEntryId, `folder ${++folders}`);
  const [old, used] = [await ContentsClient.of(anna.actor, folder), await ContentsClient.of(anna.actor, folder)];
  const restriction = { kind: 'exist', tag: PR_SUBJECT } as const;
  for (const client of [old, used]) await client.sync({ restriction });
  await execute(`UPDATE sync SET at = at - INTERVAL 366 DAY WHERE id = ${old.syncId}`);
  assert.equal((await keep()).syncs, 1);
  const { database } = server.platform;
  assert.equal(await findSync(database, old.syncId), undefined);
  assert.equal(await readSyncContent(database, old.syncId, old.changeId), undefined);
  assert.ok(await findSync(database, used.syncId));
  assert.ok(await readSyncContent(database, used.syncId, used.changeId));
});
