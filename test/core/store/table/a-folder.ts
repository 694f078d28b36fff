import { createHash } from 'node:crypto';
import type { Identity } from '../../../../core/directory/identity.ts';
import { FOLDER_GENERIC, MAPI_FOLDER, MAPI_MESSAGE, STORE_PRIVATE } from '../../../../core/mapi/object-types.ts';
import type { ReadonlyProperties } from '../../../../core/mapi/property.ts';
import { ecRightsAll } from '../../../../core/mapi/rights.ts';
import type { Database } from '../../../../core/platform/database.ts';
import type { Log } from '../../../../core/platform/log.ts';
import type { Platform } from '../../../../core/platform/platform.ts';
import { migrate } from '../../../../core/store/migrations.ts';
import { insertObjects, sortColumns } from '../../../../core/store/object-insert.ts';
import { packProperties } from '../../../../core/store/property-document.ts';
import { seedServerGuid } from '../../../../core/store/server-guid.ts';
import type { StorePlace } from '../../../../core/store/table/store-place.ts';
import { ephemeralDatabase } from '../../../../local/database/ephemeral.ts';

/** A message to be put into a folder without the ceremony of saving. */
export interface RawMessage {
  readonly id: number;
  readonly properties: ReadonlyProperties;
  readonly messageFlags?: number;
  readonly size?: number;
  readonly hasAttach?: boolean;
  readonly associated?: boolean;
  readonly children?: readonly { readonly kind: number; readonly properties: ReadonlyProperties }[];
}

/** A folder on a database of its own, and a platform whose blobs are in memory. */
export interface Folder extends AsyncDisposable {
  readonly platform: Platform;
  readonly database: Database;
  readonly place: StorePlace;
  readonly identity: Identity;
  put(messages: readonly RawMessage[]): Promise<void>;
  remove(ids: readonly number[]): Promise<void>;
}

const SILENT: Log = { debug() {}, info() {}, warn() {}, error() {}, child: () => SILENT };
const STORE_ID = 1;
const FOLDER_ID = 2;
const CHILDREN = 1_000_000;

export const entryIdOfNumber = (id: number): Buffer => {
  const entryId = Buffer.alloc(48);
  entryId.writeUInt32BE(id, 28);
  return entryId;
};

export async function aFolder(): Promise<Folder> {
  const db = await ephemeralDatabase();
  const { database } = db;
  const blobs = new Map<string, Buffer>();
  const platform: Platform = {
    database,
    blobs: {
      async put(value) {
        const name = createHash('sha256').update(value).digest('hex');
        blobs.set(name, Buffer.from(value));
        return name;
      },
      get: async (name) => blobs.get(name)!,
      delete: async (name) => void blobs.delete(name),
      async *list() {},
    },
    clock: { now: () => 0 },
    log: SILENT,
    settings: { serverName: 'Unknown', hosted: false, embeddedMessageLimit: 20 },
  };
  await migrate(database);
  await seedServerGuid(database, Buffer.alloc(16, 7));
  await database.execute(
    `INSERT INTO folder (id, store_id, parent_id, type, name) VALUES (${FOLDER_ID}, ${STORE_ID}, ${STORE_ID}, ${FOLDER_GENERIC}, 'Inbox')`,
  );
  const recount = () =>
    database.execute(
      `UPDATE folder SET content_count = (SELECT COUNT(*) FROM object WHERE parent_id = ${FOLDER_ID} AND associated = 0 AND deleted = 0),
        associated_count = (SELECT COUNT(*) FROM object WHERE parent_id = ${FOLDER_ID} AND associated = 1 AND deleted = 0) WHERE id = ${FOLDER_ID}`,
    );
  const toObject = (message: RawMessage, parentId: number, kind: number) => {
    const packed = packProperties(message.properties);
    for (const [name, value] of packed.blobs) blobs.set(name, value);
    return {
      id: message.id,
      storeId: STORE_ID,
      parentId,
      kind,
      associated: message.associated ?? false,
      ownerId: 3,
      entryId: kind === MAPI_MESSAGE ? entryIdOfNumber(message.id) : null,
      sourceKey: null,
      changeKey: null,
      predecessors: null,
      instanceId: null,
      messageFlags: message.messageFlags ?? 0,
      messageStatus: null,
      size: message.size ?? 0,
      imapId: message.id,
      hasAttach: message.hasAttach ?? false,
      props: packed.props,
      overflow: packed.overflow,
      sort: kind === MAPI_MESSAGE ? sortColumns({ values: message.properties }) : undefined,
    };
  };
  let child = CHILDREN;
  return {
    platform,
    database,
    identity: { principalId: 3, name: 'anna', fullName: 'Anna', adminLevel: 0, companyId: 0, entryId: Buffer.alloc(0) },
    place: {
      store: {
        id: STORE_ID,
        guid: Buffer.alloc(16, 1),
        rootId: 9,
        type: STORE_PRIVATE,
        ownerId: 3,
        companyId: 0,
        size: 0,
      },
      folder: {
        id: FOLDER_ID,
        kind: MAPI_FOLDER,
        parentId: 9,
        gone: false,
        entryId: entryIdOfNumber(FOLDER_ID),
        sourceKey: null,
      },
      grants: { full: true, creator: true, rights: ecRightsAll },
      principalId: 3,
      associated: false,
      deleted: false,
    },
    async put(messages) {
      await insertObjects(
        database,
        messages.flatMap((message) => [
          toObject(message, FOLDER_ID, MAPI_MESSAGE),
          ...(message.children ?? []).map(({ kind, properties }) =>
            toObject({ id: child++, properties }, message.id, kind),
          ),
        ]),
      );
      await recount();
    },
    async remove(ids) {
      for (const id of ids) await database.execute('DELETE FROM object WHERE id = :id OR parent_id = :id', { id });
      await recount();
    },
    async [Symbol.asyncDispose]() {
      await db.dispose();
    },
  };
}
