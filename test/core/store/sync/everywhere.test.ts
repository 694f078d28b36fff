import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { ICS_MESSAGE_NEW } from '../../../../core/mapi/change-types.ts';
import { KopanoError } from '../../../../core/mapi/error.ts';
import { KCERR_NO_SUPPORT } from '../../../../core/mapi/error-codes.ts';
import { SYNC_CATCHUP, SYNC_NORMAL } from '../../../../core/mapi/sync-flags.ts';
import type { Actor } from '../../../../core/store/actor.ts';
import { appendChanges } from '../../../../core/store/changes.ts';
import { lockStore } from '../../../../core/store/folder-counters.ts';
import { settledPosition } from '../../../../core/store/sync/change-log.ts';
import { changesEverywhere } from '../../../../core/store/sync/contents.ts';
import { foldersEverywhere } from '../../../../core/store/sync/hierarchy.ts';
import { aServer, folderIn, type Mailbox, open, put, type Server, systemIdentity } from '../a-server.ts';

let server: Server;
let mailboxes: Mailbox[];
let system: Actor;

before(async () => {
  server = await aServer();
  mailboxes = await Promise.all(['anna', 'ben', 'cleo'].map((name) => server.mailbox(name)));
  system = server.actor(systemIdentity);
});
after(async () => {
  await server[Symbol.asyncDispose]();
});

/** A number of a sync that nobody writes with. */
const SYNC_ID = 4_000_000;
const ask = (changeId: number, flags = SYNC_NORMAL) => changesEverywhere(system, { syncId: SYNC_ID, changeId, flags });

test('catching up with everything tells where one is, and then only what came after, of all stores', async () => {
  await put(mailboxes[0]!.actor, mailboxes[0]!.inbox);
  const { changes, maxChangeId } = await ask(0, SYNC_CATCHUP);
  assert.deepEqual(changes, []);
  for (const { actor, inbox } of mailboxes) await put(actor, inbox);
  const later = await ask(maxChangeId);
  assert.deepEqual(
    later.changes.map(({ type }) => type),
    mailboxes.map(() => ICS_MESSAGE_NEW),
  );
  assert.deepEqual((await ask(later.maxChangeId)).changes, []);
});

test('folders of all stores are told as they change', async () => {
  const request = { syncId: SYNC_ID, saidId: 1, flags: 0 };
  const { maxChangeId } = await foldersEverywhere(system, { ...request, changeId: 0, flags: SYNC_CATCHUP });
  for (const { actor, rootEntryId } of mailboxes) await folderIn(actor, rootEntryId, 'new');
  const { changes } = await foldersEverywhere(system, { ...request, changeId: maxChangeId });
  assert.equal(changes.length, mailboxes.length);
});

test('nobody gets everything from the beginning', async () => {
  const refused = (error: unknown) => error instanceof KopanoError && error.code === KCERR_NO_SUPPORT;
  await assert.rejects(ask(0), refused);
  await assert.rejects(foldersEverywhere(system, { syncId: SYNC_ID, saidId: 1, flags: 0, changeId: 0 }), refused);
});

test('a change that is numbered but not committed is waited for, where a newer one of another store shows already', async () => {
  const [anna, ben] = [mailboxes[0]!, mailboxes[1]!];
  const start = await settledPosition(system.database);
  const folder = await open(anna.actor, anna.inbox);
  const numbered = Promise.withResolvers<number>();
  const mayCommit = Promise.withResolvers<void>();
  const slow = server.another().database.transaction(async (transaction) => {
    await lockStore(transaction, folder.store.id);
    const [id] = await appendChanges(transaction, [
      {
        storeId: folder.store.id,
        folderId: folder.object.id,
        objectId: folder.object.id,
        kind: 5,
        event: 0,
        icsType: ICS_MESSAGE_NEW,
        sourceKey: Buffer.from('the slow one'),
        folderSourceKey: folder.object.sourceKey,
      },
    ]);
    numbered.resolve(id!);
    await mayCommit.promise;
  });
  const slowId = await numbered.promise;
  await put(ben.actor, ben.inbox);

  let answered = false;
  const asked = ask(start).then((answer) => {
    answered = true;
    return answer;
  });
  await delay(400);
  assert.equal(answered, false, 'nobody knows yet what becomes of the slow one');
  mayCommit.resolve();
  await slow;
  const { changes, maxChangeId } = await asked;
  assert.ok(maxChangeId > slowId);
  assert.deepEqual(
    changes.map(({ changeId }) => changeId === slowId),
    [true, false],
  );
});

test('of what many write at once into many stores, nothing is missed by who asks again and again', async () => {
  const seen = new Set<string>();
  let position = await settledPosition(system.database);
  const look = async () => {
    const { changes, maxChangeId } = await ask(position);
    for (const { sourceKey } of changes) {
      const key = sourceKey.toString('hex');
      assert.ok(!seen.has(key), 'told twice');
      seen.add(key);
    }
    position = maxChangeId;
  };
  let writing = true;
  const written: Promise<string>[] = [];
  const writers = mailboxes.flatMap((mailbox) =>
    [1, 2].map(async () => {
      const platform = server.another();
      const actor = { platform, database: platform.database, identity: mailbox.actor.identity };
      for (let i = 0; i < 10; i++) {
        const { entryId } = await put(actor, mailbox.inbox);
        written.push(open(actor, entryId).then(({ object }) => object.sourceKey!.toString('hex')));
      }
    }),
  );
  const reader = (async () => {
    while (writing) await look();
    await look();
  })();
  await Promise.all(writers);
  writing = false;
  await reader;
  assert.deepEqual([...seen].sort(), (await Promise.all(written)).sort());
});
