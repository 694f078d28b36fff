import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  fnevKopanoIcsChange,
  ICS_MESSAGE_NEW,
  ICS_SYNC_AB,
  ICS_SYNC_CONTENTS,
  ICS_SYNC_HIERARCHY,
} from '../../../core/mapi/change-types.ts';
import { entryIdOf } from '../../../core/mapi/entry-id.ts';
import {
  KCERR_COLLISION,
  KCERR_DATABASE_ERROR,
  KCERR_INVALID_PARAMETER,
  KCERR_INVALID_TYPE,
  KCERR_NO_ACCESS,
  KCERR_NOT_FOUND,
} from '../../../core/mapi/error-codes.ts';
import { MAPI_MESSAGE, MAPI_STORE } from '../../../core/mapi/object-types.ts';
import { SYNC_CATCHUP, SYNC_NORMAL } from '../../../core/mapi/sync-flags.ts';
import { PR_CHANGE_KEY, PR_PREDECESSOR_CHANGE_LIST, PR_SOURCE_KEY, PR_SUBJECT } from '../../../core/mapi/tags.ts';
import { perform } from '../../../core/operations/frame.ts';
import type { Answer, ArgumentsDraft, OperationName } from '../../../core/soap/index.ts';
import { aServer, type Mailbox, open, put, type Server } from '../store/a-server.ts';
import { codeOf } from './site.ts';

/*
 * Recorded or observed on 11.0.2: codes, what belongs to what. That clients
 * converge is in test/core/store/sync.
 */

let server: Server;
let anna: Mailbox;
let sessionId: bigint;
/** Statements of the last call. */
let statements = 0;

before(async () => {
  server = await aServer();
  anna = await server.mailbox('anna');
  const logon = await call('logon', {
    szUsername: 'SYSTEM',
    szPassword: '',
    szImpersonateUser: '',
    szVersion: '11.0.2',
    ulCapabilities: 59219,
    ulFlags: 0,
    sLicenseReq: NOTHING,
    ullSessionGroup: 0n,
    szClientApp: 'test',
    szClientAppVersion: '',
    szClientAppMisc: '',
  });
  sessionId = BigInt(logon.ulSessionId!);
});
after(async () => {
  await server[Symbol.asyncDispose]();
});

const NOTHING = Buffer.alloc(0);

async function call<Name extends OperationName>(name: Name, args: ArgumentsDraft<Name>): Promise<Answer<Name>> {
  const log = { ...server.platform.log, debug: (fields: object) => note(fields) };
  return (await perform(
    { ...server.platform, log },
    { request: { operation: name, args } as never, door: 'trusted', address: '192.0.2.1' },
  )) as Answer<Name>;
}

function note(fields: { statements?: number }): void {
  statements = fields.statements ?? statements;
}

const ics = <Name extends 'getChanges' | 'setSyncStatus'>(name: Name, args: Partial<ArgumentsDraft<'getChanges'>>) =>
  call(name, {
    ulSessionId: sessionId,
    sSourceKeyFolder: NOTHING,
    ulSyncId: 0,
    ulChangeId: 0,
    ulChangeType: ICS_SYNC_CONTENTS,
    ulFlags: SYNC_NORMAL,
    ...args,
  } as never) as Promise<Answer<Name>>;

const inboxKey = async (): Promise<Buffer> => (await open(anna.actor, anna.inbox)).object.sourceKey!;
const begin = async (ulChangeType = ICS_SYNC_CONTENTS): Promise<number> =>
  (await ics('setSyncStatus', { sSourceKeyFolder: await inboxKey(), ulChangeType })).ulSyncId!;

test('a sync is begun, asks, and notes how far it is; the folder is named only at first', async () => {
  await put(anna.actor, anna.inbox);
  const ulSyncId = await begin();
  assert.deepEqual(
    (await call('getSyncStates', { ulSessionId: sessionId, ulaSyncId: [ulSyncId, 999_999] })).sSyncStates,
    [{ ulSyncId, ulChangeId: 1 }],
  );
  const { sChangesArray, ulMaxChangeId } = await ics('getChanges', { ulSyncId });
  assert.deepEqual(
    sChangesArray?.map(({ ulChangeType }) => ulChangeType),
    [ICS_MESSAGE_NEW],
  );
  const noted = await ics('setSyncStatus', {
    ulSyncId,
    sSourceKeyFolder: await inboxKey(),
    ulChangeId: ulMaxChangeId!,
  });
  assert.deepEqual(noted, { ulSyncId });
  const states = await call('getSyncStates', { ulSessionId: sessionId, ulaSyncId: [ulSyncId] });
  assert.deepEqual(states.sSyncStates, [{ ulSyncId, ulChangeId: ulMaxChangeId }]);
  const later = await ics('getChanges', { ulSyncId, ulChangeId: ulMaxChangeId! });
  assert.deepEqual(later, { sChangesArray: [], ulMaxChangeId });
});

test('what does not fit a sync is refused with the codes of a genuine server', async () => {
  const sSourceKeyFolder = await inboxKey();
  const ulSyncId = await begin();
  const codes = async (name: 'getChanges' | 'setSyncStatus', args: Partial<ArgumentsDraft<'getChanges'>>) =>
    codeOf(await ics(name, args));
  assert.equal(await codes('getChanges', {}), KCERR_INVALID_PARAMETER);
  assert.equal(await codes('getChanges', { ulSyncId: 999_999 }), KCERR_DATABASE_ERROR);
  assert.equal(await codes('getChanges', { ulSyncId: 999_999, ulChangeId: 5 }), KCERR_NOT_FOUND);
  const another = { ulSyncId, ulChangeType: ICS_SYNC_HIERARCHY };
  assert.equal(await codes('getChanges', { ...another, ulChangeId: 5 }), KCERR_COLLISION);
  assert.equal(await codes('getChanges', { ulSyncId, ulChangeType: 9 }), KCERR_INVALID_TYPE);
  assert.equal(await codes('setSyncStatus', { ...another, sSourceKeyFolder }), KCERR_COLLISION);
  assert.equal(await codes('setSyncStatus', { sSourceKeyFolder, ulChangeType: ICS_SYNC_AB }), KCERR_INVALID_TYPE);
  assert.equal(await codes('setSyncStatus', { sSourceKeyFolder, ulSyncId: 999_999 }), KCERR_NOT_FOUND);
  assert.equal(await codes('setSyncStatus', { sSourceKeyFolder: Buffer.from('nobody') }), KCERR_NOT_FOUND);
});

test('entry ids are found by source key in the store and folder that are named', async () => {
  const { entryId } = await put(anna.actor, anna.inbox);
  const { object } = await open(anna.actor, entryId);
  const [folderSourceKey, messageSourceKey] = [await inboxKey(), object.sourceKey!];
  const find = (args: Partial<ArgumentsDraft<'getEntryIDFromSourceKey'>>) =>
    call('getEntryIDFromSourceKey', {
      ulSessionId: sessionId,
      sStoreId: anna.storeEntryId,
      folderSourceKey,
      messageSourceKey,
      ...args,
    });
  assert.deepEqual((await find({})).sEntryId, entryId);
  assert.deepEqual((await find({ messageSourceKey: NOTHING })).sEntryId, anna.inbox);
  assert.equal(codeOf(await find({ folderSourceKey: messageSourceKey })), KCERR_NOT_FOUND);
  assert.equal(codeOf(await find({ sStoreId: anna.rootEntryId })), KCERR_NOT_FOUND);
  assert.equal(codeOf(await find({ sStoreId: entryIdOf(Buffer.alloc(16, 1), MAPI_STORE) })), KCERR_NOT_FOUND);
});

test('change keys are told of messages, and of what has none that it has none', async () => {
  const { entryId } = await put(anna.actor, anna.inbox);
  const { object } = await open(anna.actor, entryId);
  const info = await call('getChangeInfo', { ulSessionId: sessionId, sEntryId: entryId });
  assert.deepEqual(info.sPropCK, { ulPropTag: PR_CHANGE_KEY, Value: { name: 'bin', value: object.changeKey } });
  const list = { ulPropTag: PR_PREDECESSOR_CHANGE_LIST, Value: { name: 'bin', value: object.predecessors } };
  assert.deepEqual(info.sPropPCL, list);
  const ofStore = await call('getChangeInfo', { ulSessionId: sessionId, sEntryId: anna.storeEntryId });
  assert.equal(codeOf(ofStore), KCERR_NOT_FOUND);
});

test('a message exported from one folder is imported into another, and told to its syncs', async () => {
  const { entryId } = await put(anna.actor, anna.inbox);
  const { object } = await open(anna.actor, entryId);
  const exported = await call('exportMessageChangesAsStream', {
    ulSessionId: sessionId,
    ulFlags: 0,
    sPropTags: [PR_SOURCE_KEY, PR_SUBJECT],
    'param-1': [
      { sParentKey: await inboxKey(), sObjectKey: Buffer.from('nobody') },
      { sParentKey: await inboxKey(), sObjectKey: object.sourceKey! },
    ],
    ulPropTag: PR_SOURCE_KEY,
  });
  const [one, ...others] = exported.sMsgStreams!;
  assert.deepEqual([one?.ulStep, others], [1, []]);
  const pieces: Uint8Array[] = [];
  for await (const piece of one!.sStreamData as AsyncIterable<Uint8Array>) pieces.push(piece);
  const root = await open(anna.actor, anna.rootEntryId);
  const imported = await call('importMessageFromStream', {
    ulSessionId: sessionId,
    ulFlags: 0,
    ulSyncId: 1,
    sParentEntryId: anna.inbox,
    sEntryId: entryIdOf(root.store.guid, MAPI_MESSAGE),
    bIsNew: true,
    sStreamData: Buffer.concat(pieces),
  });
  assert.equal(codeOf(imported), 0);
});

test('a client is notified of what its sync would find, and not of what the sync itself brings', async () => {
  const ulSyncId = await begin();
  const caughtUp = await ics('getChanges', { ulSyncId, ulFlags: SYNC_CATCHUP | SYNC_NORMAL });
  await put(anna.actor, anna.inbox);
  const { ulMaxChangeId } = await ics('getChanges', { ulSyncId, ulChangeId: caughtUp.ulMaxChangeId! });
  const sSyncState = { ulSyncId, ulChangeId: caughtUp.ulMaxChangeId! };
  await call('notifySubscribe', {
    ulSessionId: sessionId,
    notifySubscribe: { ulConnection: 3, sKey: NOTHING, ulEventMask: fnevKopanoIcsChange, sSyncState },
  });
  const { pNotificationArray } = await call('notifyGetItems', { ulSessionId: sessionId });
  const state = Buffer.alloc(8);
  state.writeUInt32LE(ulSyncId, 0);
  state.writeUInt32LE(ulMaxChangeId!, 4);
  assert.deepEqual(pNotificationArray, [
    { ulConnection: 3, ulEventType: fnevKopanoIcsChange, ics: { pSyncState: state, ulChangeType: 0 } },
  ]);
});

test('getChanges costs three statements, and one more for each 5,000 changes', async () => {
  const ulSyncId = await begin();
  const first = await ics('getChanges', { ulSyncId });
  assert.ok(statements <= 3, `the first list: ${statements}`);
  await ics('getChanges', { ulSyncId, ulChangeId: first.ulMaxChangeId! });
  assert.ok(statements <= 3, `nothing new: ${statements}`);
  const folder = await open(anna.actor, anna.inbox);
  await logMany(12_000, folder.store.id, folder.object.id, folder.object.sourceKey!);
  const many = await ics('getChanges', { ulSyncId, ulChangeId: first.ulMaxChangeId! });
  assert.equal(many.sChangesArray?.length, 12_000);
  assert.ok(statements <= 3 + 3, `12,000 changes: ${statements}`);
  const hierarchy = await begin(ICS_SYNC_HIERARCHY);
  await ics('getChanges', { ulSyncId: hierarchy, ulChangeType: ICS_SYNC_HIERARCHY });
  assert.ok(statements <= 4, `folders: ${statements}`);
});

test('a folder is synchronised by those who may read it only', async () => {
  const sSourceKeyFolder = await inboxKey();
  const ben = await server.mailbox('ben');
  const { principalId } = ben;
  await server.platform.database.execute('UPDATE session SET principal_id = :principalId, trusted = 1', {
    principalId,
  });
  try {
    assert.equal(codeOf(await ics('setSyncStatus', { sSourceKeyFolder })), KCERR_NO_ACCESS);
    assert.equal(codeOf(await ics('setSyncStatus', {})), KCERR_NO_ACCESS);
  } finally {
    await server.platform.database.execute('UPDATE session SET principal_id = 2');
  }
});

/** Changes as many messages would log them. */
async function logMany(count: number, storeId: number, folderId: number, folderSourceKey: Buffer): Promise<void> {
  for (let start = 0; start < count; start += 1_000) {
    const rows = Array.from(
      { length: 1_000 },
      (_, index) => `(:storeId, :folderId, ${start + index + 1_000_000}, 5, 0,
      ${ICS_MESSAGE_NEW}, CONCAT('a source key no. ', ${start + index}), :folderSourceKey, UTC_TIMESTAMP(3))`,
    );
    await server.platform.database.execute(
      `INSERT INTO \`change\` (store_id, folder_id, object_id, kind, event, ics_type, source_key, folder_source_key, at)
       VALUES ${rows.join(', ')}`,
      { storeId, folderId, folderSourceKey },
    );
  }
}
