import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { KOPANO_CAP_UNICODE } from '../../../core/mapi/capabilities.ts';
import {
  fnevObjectCreated,
  ICS_MESSAGE_FLAG,
  ICS_MESSAGE_NEW,
  ICS_SYNC_CONTENTS,
} from '../../../core/mapi/change-types.ts';
import { entryIdOf, newGuid, storeGuidOf } from '../../../core/mapi/entry-id.ts';
import { KCERR_END_OF_SESSION, KCERR_LOGON_FAILED, KCERR_NO_ACCESS } from '../../../core/mapi/error-codes.ts';
import { FOLDER_GENERIC, FOLDER_SEARCH, MAPI_FOLDER, MAPI_MESSAGE } from '../../../core/mapi/object-types.ts';
import { FL_SUBSTRING, RES_CONTENT } from '../../../core/mapi/restriction.ts';
import {
  ACCESS_TYPE_GRANT,
  ecRightsFolderVisible,
  ecRightsReadAny,
  RIGHT_DELETED,
  RIGHT_NEW,
} from '../../../core/mapi/rights.ts';
import { RESTART_SEARCH } from '../../../core/mapi/search-flags.ts';
import { SYNC_NORMAL, SYNC_READ_STATE } from '../../../core/mapi/sync-flags.ts';
import { PR_MESSAGE_CLASS, PR_SOURCE_KEY, PR_SUBJECT } from '../../../core/mapi/tags.ts';
import {
  type ArgumentsDraft,
  type OperationName,
  operations,
  type Result,
  SoapClient,
} from '../../../core/soap/index.ts';
import { DEMO_USERS, ensureDemoUsers } from '../../../local/instance/demo-users.ts';
import { type Instance, startInstance } from '../../../local/instance/instance.ts';
import { EPHEMERAL } from '../../../local/instance/options.ts';

type Call = <Name extends OperationName>(name: Name, args?: Partial<ArgumentsDraft<Name>>) => Promise<Result<Name>>;

/**
 * Two processes of the soap function, each with a memory of its own. A client
 * keeps one connection, and the instance gives connections to its processes in
 * turn: what `a` calls runs in the one, what `b` calls in the other.
 */
describe('the requests of one session may go to any process', () => {
  let instance: Instance;
  let clients: readonly [SoapClient, SoapClient];
  let a: Call;
  let b: Call;
  let sessionId: bigint;
  let storeId: Buffer;
  let folder: Buffer;

  before(async () => {
    instance = await startInstance({ ...EPHEMERAL, workers: 2 }, () => {});
    await ensureDemoUsers(instance, () => {});
    clients = [aClient(instance.endpoints.soap.url), aClient(instance.endpoints.soap.url)];
    const answers = await Promise.all(clients.map((client) => logon(client)));
    sessionId = answers[0]!.ulSessionId;
    a = callerOf(clients[0], sessionId);
    b = callerOf(clients[1], sessionId);
    const store = await b('getStore');
    storeId = store.sStoreId;
    folder = await aFolder(FOLDER_GENERIC, 'alternating');
  });
  after(async () => {
    for (const client of clients ?? []) client.close();
    await instance?.stop();
  });

  async function aFolder(ulType: number, szName: string): Promise<Buffer> {
    const { sRootId } = await a('getStore');
    const lpsNewEntryId = entryIdOf(storeGuidOf(storeId), MAPI_FOLDER, newGuid());
    const made = await b('createFolder', { sParentId: sRootId, lpsNewEntryId, ulType, szName });
    assert.equal(made.er, 0);
    return made.sEntryId;
  }

  async function save(call: Call, subject: string, into = folder): Promise<Buffer> {
    const sEntryId = entryIdOf(storeGuidOf(storeId), MAPI_MESSAGE);
    const saved = await call('saveObject', {
      sParentEntryId: into,
      sEntryId,
      lpsSaveObj: {
        ulObjType: MAPI_MESSAGE,
        modProps: [
          { ulPropTag: PR_MESSAGE_CLASS, Value: { name: 'lpszA', value: 'IPM.Note' } },
          { ulPropTag: PR_SUBJECT, Value: { name: 'lpszA', value: subject } },
        ],
      },
    });
    assert.equal(saved.er, 0);
    return sEntryId;
  }

  const subjectOf = async (call: Call, sEntryId: Buffer): Promise<unknown> => {
    const { sSaveObject } = await call('loadObject', { sEntryId });
    return sSaveObject.modProps.find(({ ulPropTag }) => ulPropTag === PR_SUBJECT)?.Value?.value;
  };

  const subjects = (answer: Result<'tableQueryRows'>): unknown[] =>
    answer.sRowSet.map((row) => row.find(({ ulPropTag }) => ulPropTag === PR_SUBJECT)?.Value?.value);

  it('a session that began at one is known to the other, and its end too', async () => {
    const { ulSessionId } = await logon(clients[0]);
    const [there, here] = [callerOf(clients[1], ulSessionId), callerOf(clients[0], ulSessionId)];
    assert.equal((await there('getStore')).er, 0);
    assert.equal((await there('logoff')).result, 0);
    assert.equal((await here('getStore')).er, KCERR_END_OF_SESSION);
  });

  it('what one saves the other reads at once, and changes', async () => {
    const message = await save(a, 'first');
    assert.equal(await subjectOf(b, message), 'first');
    const { sSaveObject } = await b('loadObject', { sEntryId: message });
    const changed = await b('saveObject', {
      lpsSaveObj: {
        ulObjType: MAPI_MESSAGE,
        ulServerId: sSaveObject.ulServerId,
        modProps: [{ ulPropTag: PR_SUBJECT, Value: { name: 'lpszA', value: 'second' } }],
      },
    });
    assert.equal(changed.er, 0);
    assert.equal(await subjectOf(a, message), 'second');
    assert.equal((await a('deleteObjects', { aMessages: [message], ulFlags: 0x10 })).result, 0);
    assert.notEqual((await b('loadObject', { sEntryId: message })).er, 0);
  });

  it('an open table goes on at the other: columns, sort order, restriction, position, bookmarks', async () => {
    const place = await aFolder(FOLDER_GENERIC, 'table');
    for (const [index, subject] of ['d', 'b', 'x 1', 'c', 'a'].entries()) await save(index % 2 ? a : b, subject, place);
    const { ulTableId, er } = await a('tableOpen', { sEntryId: place, ulTableType: 1, ulType: MAPI_MESSAGE });
    assert.equal(er, 0);
    assert.equal((await b('tableSetColumns', { ulTableId, aPropTag: [PR_SUBJECT] })).result, 0);
    assert.equal((await a('tableSort', { ulTableId, aSortOrder: [{ ulPropTag: PR_SUBJECT, ulOrder: 0 }] })).result, 0);
    assert.equal((await b('tableGetRowCount', { ulTableId })).ulCount, 5);
    assert.deepEqual(subjects(await b('tableQueryRows', { ulTableId, ulRowCount: 2 })), ['a', 'b']);
    const { ulbkPosition } = await a('tableCreateBookmark', { ulTableId });
    assert.deepEqual(subjects(await a('tableQueryRows', { ulTableId, ulRowCount: 2 })), ['c', 'd']);
    assert.deepEqual(subjects(await b('tableQueryRows', { ulTableId, ulRowCount: 2 })), ['x 1']);
    assert.equal((await a('tableSeekRow', { ulTableId, ulBookmark: ulbkPosition, lRowCount: 1 })).er, 0);
    assert.deepEqual(subjects(await b('tableQueryRows', { ulTableId, ulRowCount: 1 })), ['d']);
    assert.equal((await b('tableSeekRow', { ulTableId, ulBookmark: BOOKMARK_END, lRowCount: -2 })).lRowsSought, -2);
    assert.deepEqual(subjects(await a('tableQueryRows', { ulTableId, ulRowCount: 1 })), ['d']);
    assert.equal((await a('tableRestrict', { ulTableId, lpRestrict: subjectHas('x') })).result, 0);
    assert.deepEqual(subjects(await b('tableQueryRows', { ulTableId, ulRowCount: 9 })), ['x 1']);
    await save(a, 'x 2', place);
    assert.equal((await a('tableSeekRow', { ulTableId, ulBookmark: BOOKMARK_BEGINNING, lRowCount: 0 })).er, 0);
    assert.deepEqual(subjects(await b('tableQueryRows', { ulTableId, ulRowCount: 9 })), ['x 1', 'x 2']);
    assert.equal((await b('tableClose', { ulTableId })).result, 0);
    assert.notEqual((await a('tableGetRowCount', { ulTableId })).er, 0);
  });

  it('a poll at one is answered soon by what is saved at the other', async () => {
    const subscription = { ulConnection: 71, sKey: storeId, ulEventMask: fnevObjectCreated };
    assert.equal((await a('notifySubscribe', { notifySubscribe: subscription })).result, 0);
    const poll = b('notifyGetItems');
    const message = await save(a, 'news');
    const begun = performance.now();
    const { pNotificationArray = [] } = await poll;
    assert.ok(performance.now() - begun < 5_000);
    assert.ok(pNotificationArray.some(({ obj }) => obj?.pEntryId?.equals(message)));
    assert.ok(pNotificationArray.every(({ ulConnection }) => ulConnection === 71));
    assert.equal((await b('notifyUnSubscribe', { ulConnection: 71 })).result, 0);
  });

  it('a sync goes on at the other: each change is told once', async () => {
    const place = await aFolder(FOLDER_GENERIC, 'sync');
    const { sSaveObject } = await a('loadObject', { sEntryId: place });
    const value = sSaveObject.modProps.find(({ ulPropTag }) => ulPropTag === PR_SOURCE_KEY)?.Value;
    assert.ok(value?.name === 'bin');
    const of = { sSourceKeyFolder: value.value, ulChangeType: ICS_SYNC_CONTENTS };
    const { ulSyncId } = await a('setSyncStatus', of);
    let ulChangeId = 0;
    const told = async (call: Call): Promise<number[]> => {
      const changes = await call('getChanges', { ...of, ulSyncId, ulChangeId, ulFlags: SYNC_NORMAL | SYNC_READ_STATE });
      assert.equal(changes.er, 0);
      ulChangeId = changes.ulMaxChangeId;
      return changes.sChangesArray.map(({ ulChangeType }) => ulChangeType);
    };
    const message = await save(a, 'one', place);
    assert.deepEqual(await told(b), [ICS_MESSAGE_NEW]);
    assert.deepEqual(await told(a), []);
    await b('setSyncStatus', { ...of, ulSyncId, ulChangeId });
    assert.equal((await a('setReadFlags', { lpMessages: [message] })).result, 0);
    assert.deepEqual(await told(b), [ICS_MESSAGE_FLAG]);
    await save(b, 'two', place);
    assert.deepEqual(await told(a), [ICS_MESSAGE_NEW]);
    const { sSyncStates } = await a('getSyncStates', { ulaSyncId: [ulSyncId] });
    assert.equal(sSyncStates.length, 1);
  });

  it('a search that one begins finds what the other saves', async () => {
    const [place, search] = [await aFolder(FOLDER_GENERIC, 'haystack'), await aFolder(FOLDER_SEARCH, 'search')];
    await save(b, 'a needle before', place);
    const criteria = { sEntryId: search, lpRestrict: subjectHas('needle'), lpFolders: [place] };
    assert.equal((await a('tableSetSearchCriteria', { ...criteria, ulFlags: RESTART_SEARCH })).result, 0);
    const found = async (call: Call): Promise<unknown[]> => {
      const { ulTableId } = await call('tableOpen', { sEntryId: search, ulTableType: 1, ulType: MAPI_MESSAGE });
      await call('tableSetColumns', { ulTableId, aPropTag: [PR_SUBJECT] });
      return subjects(await call('tableQueryRows', { ulTableId, ulRowCount: 9 })).sort();
    };
    assert.deepEqual(await found(b), ['a needle before']);
    await save(b, 'a needle after', place);
    await save(b, 'hay', place);
    assert.deepEqual(await found(a), ['a needle after', 'a needle before']);
    assert.equal((await b('tableGetSearchCriteria', { sEntryId: search })).lpFolderIDs?.[0]?.equals(place), true);
  });

  it('what both save at the same time is all there, each with its own source key', async () => {
    const place = await aFolder(FOLDER_GENERIC, 'both');
    await Promise.all(Array.from({ length: 40 }, (_, index) => save(index % 2 ? a : b, `message ${index}`, place)));
    const { ulTableId } = await a('tableOpen', { sEntryId: place, ulTableType: 1, ulType: MAPI_MESSAGE });
    await b('tableSetColumns', { ulTableId, aPropTag: [PR_SOURCE_KEY] });
    const { sRowSet } = await a('tableQueryRows', { ulTableId, ulRowCount: 100 });
    const keys = sRowSet.map(([cell]) => (cell?.Value?.name === 'bin' ? cell.Value.value.toString('hex') : ''));
    assert.equal(keys.length, 40);
    assert.equal(new Set(keys).size, 40);
  });

  it('rights that are given and taken at one hold at the other with the next call', async () => {
    const other = await logon(clients[1], 1);
    const stranger = callerOf(clients[1], other.ulSessionId);
    const message = await save(a, 'shared');
    assert.equal((await stranger('loadObject', { sEntryId: message })).er, KCERR_NO_ACCESS);
    const { sUserId } = await a('resolveUsername', { lpszUsername: DEMO_USERS[1]!.name });
    const grant = (ulRights: number, ulState: number) =>
      a('setRights', { sEntryId: folder, lpsrightsArray: [{ ulType: ACCESS_TYPE_GRANT, ulRights, ulState, sUserId }] });
    assert.equal((await grant(ecRightsReadAny | ecRightsFolderVisible, RIGHT_NEW)).result, 0);
    assert.equal((await stranger('loadObject', { sEntryId: message })).er, 0);
    assert.equal((await grant(0, RIGHT_DELETED)).result, 0);
    assert.equal((await stranger('loadObject', { sEntryId: message })).er, KCERR_NO_ACCESS);
  });

  it('a password that is changed at one is refused by the other, which had accepted it', async () => {
    const { name, password } = DEMO_USERS[1]!;
    await logon(clients[0], 1);
    await logon(clients[1], 1);
    using system = new SoapClient(instance.endpoints.soap.socket);
    const { ulSessionId } = await system.call('logon', { ulCapabilities: KOPANO_CAP_UNICODE, szUsername: 'SYSTEM' });
    const found = await system.call('resolveUsername', { ulSessionId, lpszUsername: name });
    const { lpsUser } = await system.call('getUser', { ulSessionId, ulUserId: found.ulUserId, sUserId: found.sUserId });
    assert.ok(lpsUser);
    const changed = await system.call('setUser', {
      ulSessionId,
      lpsUser: { ...lpsUser, lpszPassword: 'another' },
    });
    assert.equal(changed.result, 0);
    for (const client of clients) {
      const credentials = { ulCapabilities: KOPANO_CAP_UNICODE, szUsername: name };
      assert.equal((await client.call('logon', { ...credentials, szPassword: password })).er, KCERR_LOGON_FAILED);
      assert.equal((await client.call('logon', { ...credentials, szPassword: 'another' })).er, 0);
    }
  });
});

/** Bookmarks that every table has (MS-OXCTABL 2.2.2.1.1). */
const BOOKMARK_BEGINNING = 0;
const BOOKMARK_END = 2;

const subjectHas = (value: string): NonNullable<ArgumentsDraft<'tableRestrict'>['lpRestrict']> => ({
  ulType: RES_CONTENT,
  lpContent: {
    ulFuzzyLevel: FL_SUBSTRING,
    ulPropTag: PR_SUBJECT,
    lpProp: { ulPropTag: PR_SUBJECT, Value: { name: 'lpszA', value } },
  },
});

const aClient = (url: string): SoapClient => new SoapClient(url, { connections: 1 });

async function logon(client: SoapClient, user = 0): Promise<Result<'logon'>> {
  const { name, password } = DEMO_USERS[user]!;
  const answer = await client.call('logon', {
    szUsername: name,
    szPassword: password,
    ulCapabilities: KOPANO_CAP_UNICODE,
    szVersion: '11.0.2',
  });
  assert.equal(answer.er, 0);
  return answer;
}

const callerOf =
  (client: SoapClient, sessionId: bigint): Call =>
  (name, args = {}) =>
    client.call(name, { [Object.keys(operations[name].parameters)[0]!]: sessionId, ...args } as never);
