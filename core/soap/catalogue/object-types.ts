import type { TypeRow } from './rows.ts';

/** Objects of a store: messages, folders, their rights and receive folders. */
export const objectTypes = {
  entryList: { list: 'entryId' },
  /** The same as `propTagArray`, but bare when empty (observed on 11.0.2). */
  deletedTagArray: { array: 'unsignedInt', arrayType: 'xsd:unsignedInt', empty: 'bare' },
  saveObject: {
    struct: {
      children: 'saveObject[]',
      delProps: 'deletedTagArray',
      modProps: 'propValArray',
      bDelete: 'boolean',
      ulClientId: 'unsignedInt',
      ulServerId: 'unsignedInt',
      ulObjType: 'unsignedInt',
      lpInstanceIds: 'entryList?',
    },
  },
  loadObjectResponse: { struct: { er: 'unsignedInt', sSaveObject: 'saveObject' } },
  loadPropResponse: { struct: { er: 'unsignedInt', lpPropVal: 'propVal?' } },
  readPropsResponse: { struct: { er: 'unsignedInt', aPropTag: 'propTagArray', aPropVal: 'propValArray' } },
  messageStatus: { struct: { ulMessageStatus: 'unsignedInt', er: 'unsignedInt' } },
  getStoreResponse: {
    struct: {
      er: 'unsignedInt',
      sStoreId: 'entryId',
      sRootId: 'entryId',
      guid: 'base64Binary',
      lpszServerPath: 'string?',
    },
  },
  getStoreNameResponse: { struct: { lpszStoreName: 'string?', er: 'unsignedInt' } },
  getStoreTypeResponse: { struct: { ulStoreType: 'unsignedInt', er: 'unsignedInt' } },
  resolveUserStoreResponse: {
    struct: {
      ulUserId: 'unsignedInt',
      sUserId: 'entryId',
      sStoreId: 'entryId',
      guid: 'base64Binary',
      er: 'unsignedInt',
      lpszServerPath: 'string?',
    },
  },
  createFolderResponse: { struct: { er: 'unsignedInt', sEntryId: 'entryId' } },
  newFolder: {
    struct: {
      name: 'string?',
      comment: 'string?',
      entryid: 'entryId?',
      'open-if-exists': 'boolean',
      type: 'unsignedInt',
      'sync-id': 'unsignedInt',
      'original-sourcekey': 'base64Binary',
    },
  },
  newFolderSet: { list: 'newFolder' },
  'create-folders-response': { struct: { er: 'unsignedInt', entryids: 'entryList?' } },
  resetFolderCountResponse: { struct: { ulUpdates: 'unsignedInt', er: 'unsignedInt' } },
  receiveFolder: { struct: { sEntryId: 'entryId', lpszAExplicitClass: 'string?' } },
  receiveFolderResponse: { struct: { sReceiveFolder: 'receiveFolder', er: 'unsignedInt' } },
  receiveFoldersArray: { list: 'receiveFolder' },
  receiveFolderTableResponse: { struct: { sFolderArray: 'receiveFoldersArray', er: 'unsignedInt' } },
  rights: {
    struct: {
      ulUserid: 'unsignedInt',
      ulType: 'unsignedInt',
      ulRights: 'unsignedInt',
      ulState: 'unsignedInt',
      sUserId: 'entryId',
    },
  },
  rightsArray: { list: 'rights' },
  rightsResponse: { struct: { pRightsArray: 'rightsArray?', er: 'unsignedInt' } },
  getOwnerResponse: { struct: { ulOwner: 'unsignedInt', sOwner: 'entryId', er: 'unsignedInt' } },
  getIDsFromNamesResponse: { struct: { lpsPropTags: 'propTagArray', er: 'unsignedInt' } },
  getNamesFromIDsResponse: { struct: { lpsNames: 'namedPropArray', er: 'unsignedInt' } },
} as const satisfies Record<string, TypeRow>;
