import {
  fnevNewMail,
  fnevObjectCreated,
  ICS_SYNC_AB,
  ICS_SYNC_CONTENTS,
  ICS_SYNC_HIERARCHY,
} from '../../../core/mapi/change-types.ts';
import { entryIdOf, newGuid, storeGuidOf } from '../../../core/mapi/entry-id.ts';
import {
  FOLDER_GENERIC,
  MAPI_FOLDER,
  MAPI_MESSAGE,
  MAPI_STORE,
  STORE_PRIVATE,
} from '../../../core/mapi/object-types.ts';
import { ACCESS_TYPE_GRANT, ecRightsAll, RIGHT_NEW } from '../../../core/mapi/rights.ts';
import { SYNC_CATCHUP, SYNC_NORMAL } from '../../../core/mapi/sync-flags.ts';
import * as tags from '../../../core/mapi/tags.ts';
import type { OperationName } from '../../../core/soap/index.ts';
import { aMessage, attachment, company, type Scene, text } from './rights-scene.ts';
import { aUser } from './site.ts';

/** What somebody sends: the arguments, without the session. `tells`: whoever may is told something secret. */
export interface Call {
  readonly args: (scene: Scene, who: string) => Promise<object> | object;
  readonly tells?: true;
}

/** Whoever may is told something secret: an answer without it would prove nothing. */
const tells = (args: Call['args']): Call => ({ args, tells: true });
const quietly = (args: Call['args']): Call => ({ args });
const nothing = quietly(() => ({}));

const MOVE = 0x01;
const COPY_SUBFOLDERS = 0x10;
const SPOOLER = 3;
const RES_EXIST = 8;
const CONVENIENT_DEPTH = 1;
const NO_KEY = Buffer.alloc(0);

const onFolder = async (s: Scene) => ({ sEntryId: (await s.folder()).entryId });
const onMessage = async (s: Scene) => ({ sEntryId: (await s.message()).entryId });
const onOwnMessage = async (s: Scene, who: string) => ({ sEntryId: (await s.ownMessage(who)).entryId });
const onSubmitted = async (s: Scene) => ({ sEntryId: (await s.submitted()).entryId });
const onStore = async (s: Scene) => ({ sEntryId: (await s.mailbox('owner')).store });
const ofStore = async (s: Scene) => ({ sStoreId: (await s.mailbox('owner')).store });
const onUser = (s: Scene) => ({ sUserId: s.owner.entryId });
const ofUser = (s: Scene) => ({ ulUserid: s.owner.id });
const onNewcomer = async (s: Scene) => ({ ulUserId: (await s.newcomer()).id });
const onGroup = async (s: Scene) => ({ ulGroupId: await s.group() });
const onBlue = async (s: Scene) => ({ ulCompanyId: await s.companyId('blue') });

const newMessage = (folder: Buffer) => ({
  sParentEntryId: folder,
  sEntryId: entryIdOf(storeGuidOf(folder), MAPI_MESSAGE),
});
const newStoreIds = () => {
  const guid = newGuid();
  return { sStoreId: entryIdOf(guid, MAPI_STORE), sRootId: entryIdOf(guid, MAPI_FOLDER) };
};

/** Changes the subject of something. */
const change = (ulServerId: number, ulObjType: number) => ({
  lpsSaveObj: { ulServerId, ulObjType, modProps: [text(tags.PR_COMMENT, 'changed')], children: [] },
});

const contentsOf = (sEntryId: Buffer) => ({
  sRequest: {
    lpOpen: { sEntryId, ulTableType: 1, ulType: MAPI_MESSAGE },
    lpSetColumns: [tags.PR_SUBJECT, tags.PR_ENTRYID],
    lpQueryRows: { ulCount: 50 },
  },
});
const foldersOf = (sEntryId: Buffer, ulFlags = 0) => ({
  sRequest: {
    lpOpen: { sEntryId, ulTableType: 1, ulType: MAPI_FOLDER, ulFlags },
    lpSetColumns: [tags.PR_DISPLAY_NAME, tags.PR_ENTRYID],
    lpQueryRows: { ulCount: 500 },
  },
});
const statistics = (ulTableType: number) => quietly(() => ({ sEntryId: NO_KEY, ulTableType, ulType: MAPI_MESSAGE }));

/** The table of another session, with what else the operation needs. */
const othersTable = (more: object = {}): Record<string, Call> => ({
  'a table of another session': quietly(async (s) => ({ ulTableId: (await s.otherSession()).tableId, ...more })),
});
const exists = { ulType: RES_EXIST, lpExist: { ulPropTag: tags.PR_SUBJECT } };

const subscribeTo = (sKey: Buffer) => ({ ulConnection: 5, sKey, ulEventMask: fnevObjectCreated });
const everything =
  (ulRights = ecRightsAll) =>
  (s: Scene, who: string) => [{ ulUserid: s.person(who).id, ulType: ACCESS_TYPE_GRANT, ulRights, ulState: RIGHT_NEW }];
const quota = { bUseDefaultQuota: false, bIsUserDefaultQuota: false, llWarnSize: 1n, llSoftSize: 2n, llHardSize: 3n };
const exported = (keys: 'sourceKey' | 'entryId') =>
  tells(async (s) => ({
    'param-1': [{ sParentKey: NO_KEY, sObjectKey: (await s.message())[keys] }],
    ulPropTag: keys === 'entryId' ? tags.PR_ENTRYID : tags.PR_SOURCE_KEY,
  }));
const syncing = (key: 'sSourceKeyFolder', ulChangeType: number) => async (s: Scene) => ({
  [key]: (await s.folder()).sourceKey,
  ulChangeType,
});
const withoutCompanies = (args: object = {}): Record<string, Call> => ({
  'without companies': quietly(() => ({ ulCompanyId: 3, ...args })),
});
const never: Record<string, Call> = { 'at all': nothing };
const lpsUser = (name: string, more: Parameters<typeof aUser>[1] = {}) => ({
  lpsUser: aUser(name, { lpszPassword: '', ...more }),
});
const domainOf = (s: Scene) => s.owner.name.replace(/^[^@]*/, '');

/** How each row of core/operations/who-may.ts is called. */
export const CALLS: Readonly<Record<OperationName, Readonly<Record<string, Call>>>> = {
  logon: {
    'as somebody else (impersonation)': quietly((s, who) => logonOf(s, who, s.owner.name)),
    'as somebody of a higher level': quietly((s, who) => logonOf(s, who, 'SYSTEM')),
  },
  ssoLogon: { 'at all': quietly((_s, who) => ({ szUsername: who, clientCaps: 59219 })) },
  logoff: { 'the own session': quietly(async (s, who) => ({ ulSessionId: await s.logon(who) })) },

  getStore: {
    'the entry ids of a store': quietly(async (s) => ({ lpsEntryId: (await s.mailbox('owner')).store })),
  },
  getStoreName: { 'of a store': quietly(onStore) },
  getStoreType: { 'of a store': quietly(onStore) },
  getPublicStore: {
    'the public store': quietly(async (s) => {
      await s.publicStore();
      return {};
    }),
  },
  resolveStore: {
    'a store in use': quietly(async (s) => ({ sStoreGuid: storeGuidOf((await s.mailbox('owner')).store) })),
    'an orphaned store': quietly(async (s) => ({ sStoreGuid: await s.orphan() })),
  },
  resolveUserStore: { "somebody's store": quietly((s) => ({ szUserName: s.owner.name })) },
  createStore: {
    'a store for somebody': quietly(async (s) => ({
      ulStoreType: STORE_PRIVATE,
      ulUserId: (await s.newcomer()).id,
      ...newStoreIds(),
    })),
  },
  removeStore: {
    'an orphaned store': quietly(async (s) => ({ sStoreGuid: await s.orphan() })),
    'a store in use': quietly(async (s) => ({ sStoreGuid: storeGuidOf((await s.mailbox('owner')).store) })),
  },
  hookStore: {
    'an orphaned store': quietly(async (s) => ({
      sUserId: (await s.newcomerWithStore()).entryId,
      sStoreGuid: await s.orphan(),
    })),
    'an orphaned store, to oneself': quietly(async (s, who) => ({
      sUserId: s.person(who).entryId,
      sStoreGuid: await s.orphan(),
    })),
  },
  unhookStore: {
    "somebody's store": quietly(async (s) => ({ sUserId: (await s.newcomerWithStore()).entryId })),
    'the own store': quietly(async (s, who) => {
      await s.mailbox(who);
      return { sUserId: s.person(who).entryId, ulStoreType: STORE_PRIVATE };
    }),
  },

  loadObject: {
    'a store': quietly(onStore),
    'a folder': tells(onFolder),
    'a message': tells(onMessage),
    'a message that one created': tells(onOwnMessage),
    'a message, subscribing to the store at once': tells(async (s) => ({
      ...(await onMessage(s)),
      lpsNotSubscribe: subscribeTo((await s.mailbox('owner')).store),
    })),
  },
  saveObject: {
    'a new message': quietly(async (s) => ({
      ...newMessage((await s.folder()).entryId),
      lpsSaveObj: aMessage('new'),
    })),
    'a message': quietly(async (s) => change((await s.message()).id, MAPI_MESSAGE)),
    'a message that one created': quietly(async (s, who) => change((await s.ownMessage(who)).id, MAPI_MESSAGE)),
    'a folder': quietly(async (s) => change((await s.folder()).id, MAPI_FOLDER)),
    'a store': quietly(async (s) => change((await s.thing((await s.mailbox('owner')).store)).id, MAPI_STORE)),
    'a new message that takes an attachment out of another': quietly(async (s, who) => {
      const { inbox } = await s.mailbox(who);
      const own = await s.messageIn(inbox, s.person(who).sessionId);
      const { attachmentId } = await s.message();
      return {
        lpsSaveObj: {
          ...aMessage('mine', [attachment({ ulServerId: attachmentId, modProps: [text(tags.PR_COMMENT, 'taken')] })]),
          ulServerId: own.id,
        },
      };
    }),
    'a new message with the data of an attachment (instance id)': quietly(async (s, who) => {
      const { inbox } = await s.mailbox(who);
      const { instanceId } = await s.message();
      return {
        ...newMessage(inbox),
        lpsSaveObj: aMessage('mine', [attachment({ lpInstanceIds: [instanceId] })]),
      };
    }),
  },
  loadProp: {
    'of a store': quietly(async (s) => {
      const { sEntryId } = await onStore(s);
      await s.as('saveObject', change((await s.thing(sEntryId)).id, MAPI_STORE));
      return { sEntryId, ulPropTag: tags.PR_COMMENT };
    }),
    'of a folder': tells(async (s) => ({ ...(await onFolder(s)), ulPropTag: tags.PR_DISPLAY_NAME })),
    'of a message': tells(async (s) => ({ ...(await onMessage(s)), ulPropTag: tags.PR_SUBJECT })),
    'of a message, by number': tells(async (s) => ({ ulObjId: (await s.message()).id, ulPropTag: tags.PR_SUBJECT })),
    'of an attachment, by number': tells(async (s) => ({
      ulObjId: (await s.message()).attachmentId,
      ulPropTag: tags.PR_ATTACH_DATA_BIN,
    })),
  },
  checkExistObject: { 'whose entry id one knows': quietly(onMessage) },
  deleteObjects: {
    'a message': quietly(async (s) => ({ aMessages: [(await s.message()).entryId] })),
    'a message that one created': quietly(async (s, who) => ({ aMessages: [(await s.ownMessage(who)).entryId] })),
    'a folder': quietly(async (s) => ({ aMessages: [(await s.folder()).entryId] })),
    'a message, named after an own one': quietly(async (s, who) => {
      const own = await s.messageIn((await s.mailbox(who)).inbox, s.person(who).sessionId);
      return { aMessages: [own.entryId, (await s.message()).entryId] };
    }),
  },
  copyObjects: {
    'a message into the own folder': quietly(async (s, who) => ({
      aMessages: [(await s.message()).entryId],
      sDestFolderId: (await s.mailbox(who)).inbox,
    })),
    'an own message into a folder': quietly(async (s, who) => {
      const { inbox } = await s.mailbox(who);
      const { entryId } = await s.messageIn(inbox, s.person(who).sessionId);
      return { aMessages: [entryId], sDestFolderId: (await s.folder()).entryId };
    }),
    'a message out of its folder (move)': quietly(async (s) => ({
      aMessages: [(await s.message()).entryId],
      sDestFolderId: (await s.folder('second')).entryId,
      ulFlags: MOVE,
    })),
    'a message that one created, out of its folder': quietly(async (s, who) => ({
      aMessages: [(await s.ownMessage(who)).entryId],
      sDestFolderId: (await s.folder('second')).entryId,
      ulFlags: MOVE,
    })),
  },
  setReadFlags: {
    'of messages': quietly(async (s) => ({ lpMessages: [(await s.message()).entryId] })),
    'of all in a folder': quietly(async (s) => {
      await s.message();
      return { lpsEntryId: (await s.folder()).entryId };
    }),
    'of all in a root folder': quietly(async (s) => {
      await s.rootMessage();
      return { lpsEntryId: (await s.mailbox('owner')).root };
    }),
  },
  getMessageStatus: { 'of a message': quietly(onMessage) },
  setMessageStatus: {
    'of a message': quietly(async (s) => ({ ...(await onMessage(s)), ulNewStatus: 1, ulNewStatusMask: 1 })),
    'of a message that one created': quietly(async (s, who) => ({
      ...(await onOwnMessage(s, who)),
      ulNewStatus: 1,
      ulNewStatusMask: 1,
    })),
  },
  getIDsFromNames: {
    'named properties': quietly((s) => ({
      lpsNamedProps: [{ lpguid: newGuid(), lpString: s.newName('name') }],
      ulFlags: 2,
    })),
  },
  getNamesFromIDs: { 'named properties': quietly(() => ({ lpsPropTags: [0x8503_0003] })) },

  createFolder: {
    'in a folder': quietly(async (s) => ({
      sParentId: (await s.folder()).entryId,
      ulType: FOLDER_GENERIC,
      szName: s.newName('new '),
    })),
    'that is there, to open it': tells(async (s) => ({
      sParentId: (await s.folder()).entryId,
      ulType: FOLDER_GENERIC,
      szName: (await s.subfolder()).name,
      fOpenIfExists: true,
    })),
    'that is there, in a root folder, to open it': tells(async (s) => {
      const [row] = await s.platform.database.query<{ name: string }>('SELECT name FROM folder WHERE id = :id', {
        id: (await s.folder()).id,
      });
      return {
        sParentId: (await s.mailbox('owner')).root,
        ulType: FOLDER_GENERIC,
        szName: row!.name,
        fOpenIfExists: true,
      };
    }),
  },
  'create-folders': {
    'in a folder': quietly(async (s) => ({
      'parent-eid': (await s.folder()).entryId,
      batch: [{ type: FOLDER_GENERIC, name: s.newName('new ') }],
    })),
    'that are there, to open them': tells(async (s) => ({
      'parent-eid': (await s.folder()).entryId,
      batch: [{ type: FOLDER_GENERIC, name: (await s.subfolder()).name, 'open-if-exists': true }],
    })),
  },
  emptyFolder: {
    'a folder': quietly(async (s) => {
      await s.message();
      return onFolder(s);
    }),
  },
  deleteFolder: {
    'a folder': quietly(async (s) => {
      await s.message();
      return { ...(await onFolder(s)), ulFlags: 5 };
    }),
  },
  copyFolder: {
    'a folder, where one may create folders': quietly(async (s) => ({
      ...(await onFolder(s)),
      sDestFolderId: (await s.drop()).entryId,
      ulFlags: COPY_SUBFOLDERS,
    })),
    'away from where it is (move)': quietly(async (s) => ({
      ...(await onFolder(s)),
      sDestFolderId: (await s.drop()).entryId,
      ulFlags: MOVE,
    })),
  },
  resetFolderCount: { 'of a folder': quietly(onFolder) },
  setReceiveFolder: {
    'of a store': quietly(async (s) => ({
      ...(await ofStore(s)),
      lpsEntryId: (await s.folder()).entryId,
      lpszMessageClass: s.newName('IPM.Test'),
    })),
  },
  getReceiveFolder: { 'of a store': quietly(ofStore) },
  getReceiveFolderTable: { 'of a store': quietly(ofStore) },

  getRights: { 'of a folder': quietly(async (s) => ({ ...(await onFolder(s)), ulType: ACCESS_TYPE_GRANT })) },
  setRights: {
    'of a folder': quietly(async (s, who) => ({ ...(await onFolder(s)), lpsrightsArray: everything()(s, who) })),
    'of a message that one created': quietly(async (s, who) => ({
      ...(await onOwnMessage(s, who)),
      lpsrightsArray: everything()(s, who),
    })),
  },
  getOwner: { 'of a store': quietly(onStore), 'of a folder': quietly(onFolder), 'of a message': quietly(onMessage) },

  tableOpen: {
    'what a store sends': quietly(async (s) => ({
      ...(await onStore(s)),
      ulTableType: SPOOLER,
      ulType: MAPI_MESSAGE,
    })),
    'all that is sent': statistics(SPOOLER),
    'the system (statistics)': statistics(5),
    'sessions (statistics)': statistics(6),
    'users (statistics)': statistics(7),
    'companies (statistics)': statistics(8),
    'servers (statistics)': statistics(11),
  },
  tableMulti: {
    'the messages of a folder': tells(async (s) => {
      await s.message();
      return contentsOf((await s.folder()).entryId);
    }),
    'the messages of a root folder': tells(async (s) => {
      await s.rootMessage();
      return contentsOf((await s.mailbox('owner')).root);
    }),
    'the folders of a store': tells(async (s) => {
      await s.folder();
      return foldersOf((await s.mailbox('owner')).root);
    }),
    'the folders below a folder': tells(async (s) => {
      await s.subfolder();
      return foldersOf((await s.folder()).entryId);
    }),
    'the folders of a store, all levels': tells(async (s) => {
      await s.subfolder();
      return foldersOf((await s.mailbox('owner')).root, CONVENIENT_DEPTH);
    }),
    'all stores': tells((s) => {
      s.keepSecret(s.owner.name.replace(/@.*/, ''));
      return {
        sRequest: { lpOpen: { sEntryId: NO_KEY, ulTableType: 10, ulType: MAPI_STORE }, lpQueryRows: { ulCount: 50 } },
      };
    }),
    'a table of another session': quietly(async (s) => ({
      sRequest: { ulTableId: (await s.otherSession()).tableId, lpQueryRows: { ulCount: 50 } },
    })),
  },
  tableClose: othersTable(),
  tableSetColumns: othersTable({ aPropTag: [tags.PR_SUBJECT] }),
  tableQueryColumns: othersTable(),
  tableSort: othersTable({ aSortOrder: [{ ulPropTag: tags.PR_SUBJECT, ulOrder: 0 }] }),
  tableRestrict: othersTable({ lpRestrict: exists }),
  tableGetRowCount: othersTable(),
  tableQueryRows: othersTable({ ulRowCount: 50 }),
  tableFindRow: othersTable({ lpsRestrict: exists }),
  tableSeekRow: othersTable({ lRowCount: 1 }),
  tableCreateBookmark: othersTable(),
  tableFreeBookmark: othersTable({ ulbkPosition: 3 }),
  tableExpandRow: othersTable({ sInstanceKey: Buffer.alloc(8), ulRowCount: 10 }),
  tableCollapseRow: othersTable({ sInstanceKey: Buffer.alloc(8) }),
  tableGetCollapseState: othersTable({ sBookmark: Buffer.alloc(8) }),
  tableSetCollapseState: othersTable({ sCollapseState: Buffer.alloc(8) }),
  tableSetSearchCriteria: {
    'of a search folder': quietly(async (s) => s.searchOf(await s.searchFolder(), await s.folder())),
  },
  tableGetSearchCriteria: {
    'of a search folder': quietly(async (s) => ({ sEntryId: (await s.searchFolder()).entryId })),
  },

  notify: {
    'of new mail in a folder': quietly(async (s) => {
      const [message, folder] = [await s.message(), await s.folder()];
      return {
        sNotification: {
          ulEventType: fnevNewMail,
          newmail: { pEntryId: message.entryId, pParentId: folder.entryId, lpszMessageClass: 'IPM.Note' },
        },
      };
    }),
    'of anything else': quietly(async (s) => ({
      sNotification: { ulEventType: fnevObjectCreated, obj: { pEntryId: (await s.message()).entryId } },
    })),
  },
  notifySubscribe: {
    'to a folder': quietly(async (s) => ({ notifySubscribe: subscribeTo((await s.folder()).entryId) })),
    'to a message': quietly(async (s) => ({ notifySubscribe: subscribeTo((await s.message()).entryId) })),
    'to a store': quietly(async (s) => ({ notifySubscribe: subscribeTo((await s.mailbox('owner')).store) })),
  },
  notifySubscribeMulti: {
    'to a folder': quietly(async (s) => ({
      notifySubscribeArray: [
        { ...subscribeTo((await s.mailbox('owner')).store), ulConnection: 11 },
        { ...subscribeTo((await s.folder()).entryId), ulConnection: 12 },
      ],
    })),
  },
  notifyUnSubscribe: {
    'from what another session subscribed to': quietly(async (s) => {
      await s.otherSession();
      return { ulConnection: 77 };
    }),
  },
  notifyUnSubscribeMulti: {
    'from what another session subscribed to': quietly(async (s) => {
      await s.otherSession();
      return { ulConnectionArray: [77] };
    }),
  },
  notifyGetItems: {
    'of what one may read': quietly(async (s, who) => {
      const session = await s.logon(who);
      const { inbox } = await s.mailbox(who);
      await s.call('notifySubscribe', session, { notifySubscribe: { ...subscribeTo(inbox), ulEventMask: 0x1000c } });
      await s.messageIn(inbox, s.person(who).sessionId);
      return { ulSessionId: session };
    }),
  },

  getChanges: {
    'of the messages of a folder': tells(async (s) => {
      await s.message();
      return { ulSyncId: await s.sync(ICS_SYNC_CONTENTS), ulChangeType: ICS_SYNC_CONTENTS, ulFlags: SYNC_NORMAL };
    }),
    'of the folders below a folder': tells(async (s) => {
      await s.subfolder();
      return { ulSyncId: await s.sync(ICS_SYNC_HIERARCHY), ulChangeType: ICS_SYNC_HIERARCHY };
    }),
    'of the messages of a root folder': tells(async (s) => {
      await s.rootMessage();
      const { sourceKey } = await s.thing((await s.mailbox('owner')).root);
      const ulSyncId = await s.syncOf(sourceKey, ICS_SYNC_CONTENTS);
      return { ulSyncId, ulChangeType: ICS_SYNC_CONTENTS, ulFlags: SYNC_NORMAL };
    }),
    'of everything': quietly(async (s) => {
      const { ulSyncId } = await s.asSystem('setSyncStatus', { ulChangeType: ICS_SYNC_CONTENTS });
      return { ulSyncId, ulChangeType: ICS_SYNC_CONTENTS, ulFlags: SYNC_CATCHUP };
    }),
    'of the address book': quietly(() => ({ ulChangeType: ICS_SYNC_AB })),
  },
  setSyncStatus: {
    'of a folder': quietly(syncing('sSourceKeyFolder', ICS_SYNC_CONTENTS)),
    'of everything': quietly(() => ({ ulChangeType: ICS_SYNC_CONTENTS })),
    "of somebody else's sync": quietly(async (s) => ({
      ...(await syncing('sSourceKeyFolder', ICS_SYNC_CONTENTS)(s)),
      ulSyncId: await s.sync(ICS_SYNC_CONTENTS),
      ulChangeId: 4,
    })),
  },
  getSyncStates: {
    "of somebody else's sync": tells(async (s) => {
      const ulSyncId = await s.sync(ICS_SYNC_CONTENTS);
      const folder = await syncing('sSourceKeyFolder', ICS_SYNC_CONTENTS)(s);
      await s.as('setSyncStatus', { ...folder, ulSyncId, ulChangeId: 987_654 });
      s.keepSecret('987654');
      return { ulaSyncId: [ulSyncId] };
    }),
  },
  getEntryIDFromSourceKey: {
    'of a folder': tells(async (s) => ({ ...(await ofStore(s)), folderSourceKey: (await s.folder()).sourceKey })),
    'of a message': tells(async (s) => ({
      ...(await ofStore(s)),
      folderSourceKey: (await s.folder()).sourceKey,
      messageSourceKey: (await s.message()).sourceKey,
    })),
  },
  getChangeInfo: { 'of a message': quietly(onMessage), 'of a message that one created': quietly(onOwnMessage) },
  exportMessageChangesAsStream: {
    'a message, by source key': exported('sourceKey'),
    'a message, by entry id': exported('entryId'),
  },
  importMessageFromStream: {
    'a new message': quietly(async (s) => ({
      ...newMessage((await s.folder()).entryId),
      bIsNew: true,
      sStreamData: await s.stream(),
    })),
    'in the place of a message': quietly(async (s) => ({
      sParentEntryId: (await s.folder()).entryId,
      ...(await onMessage(s)),
      sStreamData: await s.stream(),
    })),
  },

  submitMessage: {
    'a message of a store': quietly(onMessage),
    'a message that one created in another store': quietly(onOwnMessage),
  },
  finishedMessage: { 'a message of a store': quietly(onSubmitted) },
  abortSubmit: { 'a message of a store': quietly(onSubmitted) },
  setLockState: {
    'a message': quietly(async (s) => ({ ...(await onMessage(s)), bLocked: true })),
    'a message that one created': quietly(async (s, who) => ({ ...(await onOwnMessage(s, who)), bLocked: true })),
  },

  createUser: {
    'a user': quietly((s) => lpsUser(`${s.newName('user')}${domainOf(s)}`)),
    'a system administrator': quietly((s) => lpsUser(s.newName('root'), { ulIsAdmin: 2 })),
  },
  deleteUser: {
    'a user': quietly(onNewcomer),
    'a system administrator': quietly(async (s) => ({ ulUserId: (await s.newcomer(2)).id })),
  },
  removeAllObjects: never,
  getUser: { 'a user': quietly(onUser) },
  setUser: {
    'a user (oneself: only the password)': quietly((s) =>
      lpsUser('', {
        sUserId: s.owner.entryId,
        lpszFullName: `Full ${s.owner.name}`,
        lpszMailAddress: `${s.newName('mail')}@example.com`,
      }),
    ),
    'a user': quietly((s) =>
      lpsUser('', {
        sUserId: s.owner.entryId,
        lpszFullName: `Full ${s.owner.name}`,
        lpszMailAddress: `${s.newName('mail')}@example.com`,
      }),
    ),
    'a system administrator': quietly(async (s) => {
      const { id } = await s.newcomer(2);
      return lpsUser('', { ulUserId: id, lpszFullName: s.newName('n'), ulIsAdmin: 2 });
    }),
  },
  getUserList: { 'all users': nothing, 'of a company': quietly(onBlue) },
  resolveUsername: { 'a user': quietly((s) => ({ lpszUsername: s.owner.name })) },
  getSendAsList: { 'of a user': quietly(onUser) },
  addSendAsUser: { 'to a user': quietly(async (s) => ({ ...onUser(s), ulSenderId: (await s.newcomer()).id })) },
  delSendAsUser: {
    'from a user': quietly(async (s) => {
      const args = { ...onUser(s), ulSenderId: (await s.newcomer()).id };
      await s.exchange('addSendAsUser', s.system.sessionId, args);
      return args;
    }),
  },
  getUserClientUpdateStatus: never,

  createGroup: {
    'a group': quietly((s) => {
      const name = s.newName('g');
      return { lpsGroup: { lpszGroupname: name, lpszFullname: name } };
    }),
  },
  setGroup: {
    'a group': quietly(async (s) => ({ lpsGroup: { ...(await onGroup(s)), lpszFullEmail: 'g@example.com' } })),
  },
  getGroup: { 'a group': quietly(onGroup) },
  getGroupList: { 'all groups': nothing },
  groupDelete: { 'a group': quietly(onGroup) },
  resolveGroupname: { 'a group': quietly(async (s) => ({ lpszGroupname: await s.groupName() })) },
  addGroupUser: {
    'to a group': quietly(async (s) => ({ ...(await onGroup(s)), ulUserId: (await s.newcomer()).id })),
  },
  deleteGroupUser: { 'from a group': quietly(async (s) => ({ ...(await onGroup(s)), ulUserId: s.owner.id })) },
  getUserListOfGroup: { 'of a group': quietly(onGroup) },
  getGroupListOfUser: { 'of a user': quietly(onUser) },

  createCompany: {
    ...withoutCompanies({ lpsCompany: company('new') }),
    'a company': quietly((s) => ({ lpsCompany: company(s.newName('company')) })),
  },
  deleteCompany: {
    ...withoutCompanies(),
    'a company': quietly(async (s) => ({ ulCompanyId: await temporaryCompany(s) })),
  },
  setCompany: {
    ...withoutCompanies({ lpsCompany: company('new') }),
    'a company': quietly(async (s) => ({
      lpsCompany: { ...company(''), ulCompanyId: await s.companyId('blue'), ulIsABHidden: 1 },
    })),
  },
  getCompany: { ...withoutCompanies(), 'a company': quietly(onBlue) },
  resolveCompanyname: {
    ...withoutCompanies({ lpszCompanyname: 'x' }),
    'a company': quietly(() => ({ lpszCompanyname: 'blue' })),
  },
  getCompanyList: {
    ...withoutCompanies(),
    'all companies that one sees': tells((s) => {
      s.keepSecret('>blue<');
      return {};
    }),
  },
  addCompanyToRemoteViewList: {
    ...withoutCompanies({ ulSetCompanyId: 4 }),
    'that it sees a company': quietly(async (s) => ({
      ...(await onBlue(s)),
      ulSetCompanyId: await temporaryCompany(s),
    })),
  },
  delCompanyFromRemoteViewList: {
    ...withoutCompanies({ ulSetCompanyId: 4 }),
    'that it saw a company': quietly(async (s) => ({ ...(await onBlue(s)), ulSetCompanyId: await temporaryViewer(s) })),
  },
  getRemoteViewList: { ...withoutCompanies(), 'of a company': quietly(onBlue) },
  addUserToRemoteAdminList: {
    ...withoutCompanies({ ulUserId: 5 }),
    'of a company': quietly(async (s) => ({ ...(await onBlue(s)), ulUserId: (await s.newcomer()).id })),
  },
  delUserFromRemoteAdminList: {
    ...withoutCompanies({ ulUserId: 5 }),
    'of a company': quietly(async (s) => {
      const args = { ...(await onBlue(s)), ulUserId: (await s.newcomer()).id };
      await s.exchange('addUserToRemoteAdminList', s.system.sessionId, args);
      return args;
    }),
  },
  getRemoteAdminList: { ...withoutCompanies(), 'of a company': quietly(onBlue) },

  GetQuota: { 'of a user': quietly(ofUser) },
  SetQuota: {
    'of a user': quietly((s) => ({
      ...ofUser(s),
      lpsQuota: { ...quota, llHardSize: BigInt(s.newName('9').length) << 40n },
    })),
  },
  AddQuotaRecipient: {
    'of a company': quietly(async (s) => ({
      ulCompanyid: s.owner.id,
      ulRecipientId: (await s.newcomer()).id,
      ulType: 65537,
    })),
  },
  DeleteQuotaRecipient: {
    'of a company': quietly(async (s) => {
      const args = { ulCompanyid: s.owner.id, ulRecipientId: (await s.newcomer()).id, ulType: 65537 };
      await s.exchange('AddQuotaRecipient', s.system.sessionId, args);
      return args;
    }),
  },
  GetQuotaRecipients: { 'of a user': quietly(ofUser) },
  GetQuotaStatus: { 'of a user': quietly(ofUser) },

  readABProps: { 'an entry': quietly((s) => ({ sEntryId: s.owner.entryId })) },
  abResolveNames: {
    'a name': tells((s) => {
      const found = s.owner.entryId.toString('base64');
      s.keepSecret(found);
      return {
        lpaPropTag: [tags.PR_ENTRYID],
        lpsRowSet: [[text(tags.PR_DISPLAY_NAME, `Full ${s.owner.name}`)]],
        lpaFlags: [0],
      };
    }),
  },
  syncUsers: { 'the directory': nothing },

  purgeSoftDelete: { 'what was deleted long ago': quietly(() => ({ ulDays: 30 })) },
  purgeDeferredUpdates: { 'what tables are behind, which none ever is': nothing },
  purgeCache: { caches: nothing },
  getLicenseAuth: { 'a licence': nothing },
  resolvePseudoUrl: { 'a pseudo URL': quietly(() => ({ lpszPseudoUrl: 'pseudo://Unknown' })) },
  getServerDetails: { 'of other servers': nothing },
  testPerform: { 'at all': quietly(() => ({ cmd: 'purge' })) },
  testSet: { 'at all': quietly(() => ({ name: 'a', value: 'b' })) },
  testGet: { 'at all': quietly(() => ({ name: 'a' })) },
  getClientUpdate: never,
  setClientUpdateStatus: never,
};

const logonOf = (s: Scene, who: string, szImpersonateUser: string) => ({
  szUsername: s.person(who).name,
  szImpersonateUser,
  szVersion: '11.0.2',
  ulCapabilities: 59219,
});

async function temporaryCompany(s: Scene): Promise<number> {
  const { ulCompanyId } = await s.asSystem('createCompany', { lpsCompany: company(s.newName('gone')) });
  return ulCompanyId;
}

/** A company that sees the owner's. */
async function temporaryViewer(s: Scene): Promise<number> {
  const ulSetCompanyId = await temporaryCompany(s);
  await s.asSystem('addCompanyToRemoteViewList', { ...(await onBlue(s)), ulSetCompanyId });
  return ulSetCompanyId;
}
