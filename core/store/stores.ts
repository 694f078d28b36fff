import { sourceKeyOf } from '../mapi/change-key.ts';
import { indexedEntryId, isValidNewEntryId, storeGuidOf } from '../mapi/entry-id.ts';
import { KopanoError } from '../mapi/error.ts';
import { KCERR_COLLISION, KCERR_INVALID_ENTRYID } from '../mapi/error-codes.ts';
import { fileTimeFromClock } from '../mapi/file-time.ts';
import { FOLDER_ROOT, MAPI_FOLDER, MAPI_STORE, STORE_PUBLIC } from '../mapi/object-types.ts';
import type { Properties } from '../mapi/property.ts';
import { ACCESS_TYPE_DENIED, ACCESS_TYPE_GRANT, deniedRights, ecRightsDefaultPublic } from '../mapi/rights.ts';
import { PR_CREATION_TIME, PR_DISPLAY_NAME, PR_LAST_MODIFICATION_TIME } from '../mapi/tags.ts';
import { DuplicateKeyError, type Statements } from '../platform/database.ts';
import type { Platform } from '../platform/platform.ts';
import { numbersOf } from './numbers.ts';
import { insertObjects, type NewObject, newContainer } from './object-insert.ts';
import { packProperties } from './property-document.ts';
import { serverGuid } from './server-guid.ts';

/** A store to be created, empty but for its root folder; clients make the folders in it. */
export interface NewStore {
  /** STORE_PRIVATE, STORE_PUBLIC or STORE_ARCHIVE. */
  readonly type: number;
  /** Principal whose store it is: a person, or Everyone or a company for a public store. */
  readonly ownerId: number;
  readonly ownerName: string;
  readonly companyId: number;
  /** Composed by the client. */
  readonly storeEntryId: Buffer;
  readonly rootEntryId: Buffer;
  /** Name that the store keeps itself; only the administrator's store has one (observed on 11.0.2). */
  readonly displayName?: string;
}

/** Creates a store with its root folder; KCERR_COLLISION where the owner has one of this type. The caller has checked access. */
export async function createStore(platform: Platform, store: NewStore): Promise<{ storeId: number; rootId: number }> {
  if (!isValidNewEntryId(store.storeEntryId, MAPI_STORE) || !isValidNewEntryId(store.rootEntryId, MAPI_FOLDER))
    throw new KopanoError(KCERR_INVALID_ENTRYID, 'not the entry ids of a new store and its root');
  const numbers = numbersOf(platform.database);
  const [storeId, rootId] = (await numbers.take('object', 2)) as [number, number];
  const sourceKey = sourceKeyOf(await serverGuid(platform.database), await numbers.one('source key'));
  try {
    await platform.database.transaction((transaction) =>
      insertStore(platform, transaction, store, storeId, rootId, sourceKey),
    );
  } catch (error) {
    if (error instanceof DuplicateKeyError)
      throw new KopanoError(KCERR_COLLISION, 'the store exists', { cause: error });
    throw error;
  }
  return { storeId, rootId };
}

/** Inserts a store and its root folder, in a transaction, with further properties of both. */
export async function insertStore(
  platform: Platform,
  transaction: Statements,
  store: NewStore,
  storeId: number,
  rootId: number,
  sourceKey: Buffer,
  further: { readonly ofStore?: Properties; readonly ofRoot?: Properties } = {},
): Promise<void> {
  await transaction.execute(
    `INSERT INTO store (id, guid, root_id, type, owner_id, owner_name, company_id)
     VALUES (:storeId, :guid, :rootId, :type, :ownerId, :ownerName, :companyId)`,
    {
      storeId,
      rootId,
      guid: Buffer.from(storeGuidOf(store.storeEntryId)),
      type: store.type,
      ownerId: store.ownerId,
      ownerName: store.ownerName,
      companyId: store.companyId,
    },
  );
  const now = fileTimeFromClock(platform.clock.now());
  const times: Properties = new Map([
    [PR_LAST_MODIFICATION_TIME, now],
    [PR_CREATION_TIME, now],
  ]);
  const ownProperties: Properties =
    store.displayName === undefined
      ? new Map([...times, ...(further.ofStore ?? [])])
      : new Map([[PR_DISPLAY_NAME, store.displayName]]);
  const rootProperties: Properties = new Map([...times, ...(further.ofRoot ?? [])]);
  await insertObjects(transaction, [
    rowOf(storeId, storeId, 0, MAPI_STORE, store.ownerId, indexedEntryId(store.storeEntryId), null, ownProperties),
    rowOf(
      rootId,
      storeId,
      storeId,
      MAPI_FOLDER,
      store.ownerId,
      indexedEntryId(store.rootEntryId),
      sourceKey,
      rootProperties,
    ),
  ]);
  await transaction.execute(
    `INSERT INTO folder (id, store_id, parent_id, type, name) VALUES (:rootId, :storeId, :storeId, ${FOLDER_ROOT}, '')`,
    { rootId, storeId },
  );
  if (store.type !== STORE_PUBLIC) return;
  await transaction.execute(
    `INSERT INTO acl (object_id, principal_id, type, rights) VALUES
      (:storeId, :ownerId, ${ACCESS_TYPE_GRANT}, ${ecRightsDefaultPublic}),
      (:storeId, :ownerId, ${ACCESS_TYPE_DENIED}, ${deniedRights(ecRightsDefaultPublic)})`,
    { storeId, ownerId: store.ownerId },
  );
}

function rowOf(
  id: number,
  storeId: number,
  parentId: number,
  kind: number,
  ownerId: number,
  entryId: Buffer,
  sourceKey: Buffer | null,
  properties: Properties,
): NewObject {
  const { props, overflow } = packProperties(properties);
  return newContainer({
    id,
    storeId,
    parentId,
    kind,
    ownerId,
    entryId,
    sourceKey,
    props,
    overflow,
  });
}
