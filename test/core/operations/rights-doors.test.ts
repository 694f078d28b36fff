import assert from 'node:assert/strict';
import test from 'node:test';
import { EVERYONE_ID } from '../../../core/directory/well-known.ts';
import { fnevNewMail, fnevObjectCreated, fnevObjectModified } from '../../../core/mapi/change-types.ts';
import { KCERR_LOGON_FAILED, KCWARN_PARTIAL_COMPLETION } from '../../../core/mapi/error-codes.ts';
import { FOLDER_SEARCH, MAPI_FOLDER, MAPI_MESSAGE } from '../../../core/mapi/object-types.ts';
import { ecRightsFolderVisible, ecRightsReadAny } from '../../../core/mapi/rights.ts';
import { RECURSIVE_SEARCH } from '../../../core/mapi/search-flags.ts';
import * as tags from '../../../core/mapi/tags.ts';
import { Scene } from './rights-scene.ts';

const PEOPLE = {
  owner: { login: 'owner', level: 0 },
  reader: { login: 'reader', level: 0 },
  author: { login: 'author', level: 0 },
  stranger: { login: 'stranger', level: 0 },
};

const READ = ecRightsReadAny | ecRightsFolderVisible;
const ALL_EVENTS = fnevNewMail | fnevObjectCreated | fnevObjectModified;

/** A folder that everybody may read. */
async function publicFolder(scene: Scene, name = 'for everybody') {
  const { root } = await scene.mailbox('owner');
  const folder = await scene.folderIn(root, name, false);
  await scene.grant(folder.entryId, [{ id: EVERYONE_ID, rights: READ }]);
  return folder;
}

/** Entry ids that a session is told of by its next poll. */
async function told(scene: Scene, sessionId: bigint): Promise<string[]> {
  const { pNotificationArray } = await scene.call('notifyGetItems', sessionId);
  return (pNotificationArray ?? []).flatMap(({ obj, newmail }) =>
    [obj?.pEntryId, newmail?.pEntryId].flatMap((id) => (id ? [id.toString('hex')] : [])),
  );
}

const watch = (scene: Scene, sessionId: bigint, sKey: Buffer) =>
  scene.call('notifySubscribe', sessionId, { notifySubscribe: { ulConnection: 1, sKey, ulEventMask: ALL_EVENTS } });

test('who watches a whole store is told of the folders that he may read, and of no others', async () => {
  await using scene = await Scene.open(PEOPLE);
  const { store } = await scene.mailbox('owner');
  const [open, hidden] = [await publicFolder(scene), await scene.folder()];
  for (const [who, sees] of [
    ['stranger', false],
    ['reader', true],
    ['owner', true],
  ] as const) {
    const session = await scene.logon(who);
    await watch(scene, session, store);
    const secret = await scene.messageIn(hidden.entryId);
    const news = await scene.messageIn(open.entryId);
    const ids = await told(scene, session);
    assert.ok(ids.includes(news.entryId.toString('hex')), who);
    assert.equal(ids.includes(secret.entryId.toString('hex')), sees, who);
    assert.equal(ids.includes(hidden.entryId.toString('hex')), sees, who);
  }
});

test('who lost his rights is told nothing any more, though he subscribed when he had them', async () => {
  await using scene = await Scene.open(PEOPLE);
  const { store } = await scene.mailbox('owner');
  const [open, hidden] = [await publicFolder(scene), await scene.folder()];
  const session = await scene.logon('reader');
  await watch(scene, session, store);
  await watch(scene, session, hidden.entryId);
  await scene.grant(hidden.entryId, [{ id: scene.person('reader').id, rights: 0 }]);
  const secret = await scene.messageIn(hidden.entryId);
  const news = await scene.messageIn(open.entryId);
  const ids = await told(scene, session);
  assert.ok(ids.includes(news.entryId.toString('hex')));
  assert.ok(!ids.includes(secret.entryId.toString('hex')));
});

test('the name of a session group opens nobody else his notifications', async () => {
  await using scene = await Scene.open(PEOPLE);
  const logon = async (szUsername: string) =>
    (
      await scene.call('logon', 0n, {
        szUsername,
        szVersion: '11.0.2',
        ulCapabilities: 59219,
        ullSessionGroup: 4711n,
      })
    ).ulSessionId;
  const [owner, twin, thief] = [await logon('owner'), await logon('owner'), await logon('stranger')];
  const { inbox } = await scene.mailbox('owner');
  const mine = await scene.mailbox('stranger');
  await watch(scene, owner, inbox);
  await scene.call('notifySubscribe', thief, {
    notifySubscribe: { ulConnection: 2, sKey: mine.inbox, ulEventMask: ALL_EVENTS | 0x10000 },
  });
  const { entryId } = await scene.messageIn(inbox);
  const own = await scene.messageIn(mine.inbox, scene.person('stranger').sessionId);
  // The thief is told of the own message only, and has taken nothing from the others.
  assert.deepEqual([...new Set(await told(scene, thief))].includes(entryId.toString('hex')), false);
  assert.ok(own.entryId);
  await scene.call('notifyUnSubscribe', thief, { ulConnection: 1 });
  await scene.call('setReadFlags', scene.owner.sessionId, { lpMessages: [entryId] });
  const ids = await told(scene, twin);
  assert.ok(ids.length > 0, 'sessions of one client program share what they subscribed to');
});

test('a copied folder leaves behind what the copier does not see', async () => {
  await using scene = await Scene.open(PEOPLE);
  await scene.message();
  await scene.subfolder(true);
  const { sessionId } = scene.person('reader');
  const sDestFolderId = (await scene.drop()).entryId;
  const copyFolder = {
    sEntryId: (await scene.folder()).entryId,
    sDestFolderId,
    lpszNewFolderName: 'copy',
    ulFlags: 16,
  };
  assert.equal((await scene.exchange('copyFolder', sessionId, copyFolder)).code, KCWARN_PARTIAL_COMPLETION);
  const { sRowSet } = await scene.call('tableMulti', sessionId, {
    sRequest: {
      lpOpen: { sEntryId: sDestFolderId, ulTableType: 1, ulType: MAPI_FOLDER, ulFlags: 1 },
      lpSetColumns: [tags.PR_DISPLAY_NAME, tags.PR_CONTENT_COUNT],
      lpQueryRows: { ulCount: 50 },
    },
  });
  const names = sRowSet.map((row) => row[0]!.Value?.value);
  assert.deepEqual(names, ['copy']);
});

test('a search that others may see shows them what they may read, and nothing else', async () => {
  await using scene = await Scene.open(PEOPLE);
  const hidden = await scene.folder();
  const open = await publicFolder(scene);
  const secret = await scene.messageIn(hidden.entryId);
  const news = await scene.messageIn(open.entryId);
  const search = await scene.folderIn(open.entryId, 'a search', false, FOLDER_SEARCH);
  await scene.as('tableSetSearchCriteria', {
    ...scene.searchOf(search, hidden),
    lpFolders: [hidden.entryId, open.entryId],
  });
  for (const [who, expected] of [
    ['owner', [secret, news]],
    ['reader', [secret, news]],
    ['stranger', [news]],
  ] as const) {
    const { sRowSet } = await scene.call('tableMulti', scene.person(who).sessionId, {
      sRequest: {
        lpOpen: { sEntryId: search.entryId, ulTableType: 1, ulType: MAPI_MESSAGE },
        lpSetColumns: [tags.PR_ENTRYID],
        lpQueryRows: { ulCount: 50 },
      },
    });
    const ids = sRowSet.map((row) => (row[0]!.Value!.value as Buffer).toString('hex'));
    assert.deepEqual(ids.sort(), expected.map(({ entryId }) => entryId.toString('hex')).sort(), who);
  }
});

test('a search in the own store finds nothing in the folders of others', async () => {
  await using scene = await Scene.open(PEOPLE);
  const hidden = await scene.folder();
  await scene.messageIn(hidden.entryId);
  const { sessionId } = scene.person('stranger');
  const { root } = await scene.mailbox('stranger');
  const { sEntryId } = await scene.call('createFolder', sessionId, {
    sParentId: root,
    ulType: FOLDER_SEARCH,
    szName: 'a search',
  });
  const search = await scene.thing(sEntryId);
  for (const lpFolders of [[hidden.entryId], [(await scene.mailbox('owner')).root]])
    for (const ulFlags of [0, RECURSIVE_SEARCH]) {
      await scene.exchange('tableSetSearchCriteria', sessionId, {
        ...scene.searchOf(search, hidden),
        lpFolders,
        ulFlags,
      });
      const exchange = await scene.exchange('tableMulti', sessionId, {
        sRequest: {
          lpOpen: { sEntryId, ulTableType: 1, ulType: MAPI_MESSAGE },
          lpSetColumns: [tags.PR_ENTRYID, tags.PR_SUBJECT],
          lpQueryRows: { ulCount: 50 },
        },
      });
      assert.equal(scene.leak(exchange), undefined);
    }
});

test('nobody becomes SYSTEM, or somebody else, by the public door without a password', async () => {
  await using scene = await Scene.open(PEOPLE);
  const logon = (szUsername: string, more: object = {}) =>
    scene.exchange('logon', 0n, { szUsername, szVersion: '11.0.2', ulCapabilities: 59219, ...more }, 'public');
  for (const name of ['SYSTEM', 'owner'])
    for (const szPassword of ['', 'wrong'])
      for (const szImpersonateUser of ['', 'SYSTEM'])
        assert.equal((await logon(name, { szPassword, szImpersonateUser })).code, KCERR_LOGON_FAILED, name);
});
