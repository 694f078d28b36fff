import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import type { QuotaSettings } from '../../../core/directory/principal-details.ts';
import { entryIdOf, storeGuidOf } from '../../../core/mapi/entry-id.ts';
import { KCERR_STORE_FULL } from '../../../core/mapi/error-codes.ts';
import { MAPI_MESSAGE, STORE_ARCHIVE, STORE_PRIVATE } from '../../../core/mapi/object-types.ts';
import { isFull } from '../../../core/store/standing.ts';
import { folderIn, type Mailbox, open, put } from '../store/a-server.ts';
import { aService, resultOf, type Service, type ServiceClient } from './a-service.ts';

const MOVE = 1;
const NONE = 0;

let service: Service;
let anna: Mailbox;
let client: ServiceClient;
before(async () => {
  service = await aService();
  anna = await service.server.mailbox('anna');
  client = await service.client(anna);
});
after(() => service[Symbol.asyncDispose]());

/** Gives Anna a quota of her own. */
async function limit(limits: Partial<QuotaSettings>): Promise<void> {
  const quota = { useDefault: false, warn: 0, soft: 0, hard: 0, ...limits };
  await service.server.platform.database.execute('UPDATE principal SET details = :details WHERE id = :id', {
    details: JSON.stringify({ quota }),
    id: anna.principalId,
  });
}

const save = async (folder: Buffer, id = 0, through = client) =>
  resultOf(
    await through.call('saveObject', {
      sParentEntryId: folder,
      sEntryId: entryIdOf(storeGuidOf(anna.storeEntryId)!, MAPI_MESSAGE),
      lpsSaveObj: {
        delProps: [],
        modProps: [],
        children: [],
        bDelete: false,
        ulClientId: 0,
        ulServerId: id,
        ulObjType: MAPI_MESSAGE,
      },
    }),
  );

test('a store over its hard quota takes no new messages, changes or copies, but lets its messages be moved', async () => {
  const other = await folderIn(anna.actor, anna.rootEntryId, 'Other');
  const message = await put(anna.actor, anna.inbox);
  const copied = (ulFlags: number) =>
    client.call('copyObjects', { aMessages: [message.entryId], sDestFolderId: other, ulFlags, ulSyncId: 0 });

  await limit({ hard: 1 });
  const before = (await open(anna.actor, anna.inbox)).folder!.contentCount;
  assert.equal(await save(anna.inbox), KCERR_STORE_FULL);
  assert.equal(await save(anna.inbox, message.id), KCERR_STORE_FULL);
  assert.equal(resultOf(await copied(NONE)), KCERR_STORE_FULL);
  assert.equal((await open(anna.actor, anna.inbox)).folder!.contentCount, before);
  assert.equal(resultOf(await copied(MOVE)), NONE);

  await limit({ soft: 1 });
  assert.equal(await save(anna.inbox), NONE);
});

test('a quota that asks for the default limits nothing where there is none', async () => {
  await limit({ useDefault: true, hard: 1 });
  assert.equal(await save(anna.inbox), NONE);
});

test('a system administrator is not bound by the quotas of others, so that a full mailbox can be restored', async () => {
  const { database } = service.server.platform;
  const admin = await service.server.mailbox('admin');
  const administrator = await service.client(admin);
  const level = (adminLevel: number) =>
    database.execute('UPDATE principal SET admin_level = :adminLevel WHERE id = :id', {
      adminLevel,
      id: admin.principalId,
    });
  await limit({ hard: 1 });
  await level(1);
  assert.equal(await save(anna.inbox, 0, administrator), KCERR_STORE_FULL);
  await level(2);
  assert.equal(await save(anna.inbox, 0, administrator), NONE);
});

test('an archive store is never full', async () => {
  const { database, settings } = service.server.platform;
  await limit({ hard: 1 });
  const ofType = (type: number) =>
    database.execute('UPDATE store SET type = :type WHERE owner_id = :id', { type, id: anna.principalId });
  await ofType(STORE_ARCHIVE);
  assert.equal(isFull(await open(anna.actor, anna.inbox), settings), false);
  await ofType(STORE_PRIVATE);
  assert.equal(isFull(await open(anna.actor, anna.inbox), settings), true);
});
