import { S3Client } from '@aws-sdk/client-s3';
import { ADMIN_LEVEL_NONE, ADMIN_LEVEL_SYSADMIN, type Identity } from '../../../core/directory/identity.ts';
import { ACTIVE_USER } from '../../../core/directory/object-class.ts';
import { findPrincipal, insertPrincipal, principalEntryId } from '../../../core/directory/principal.ts';
import { SYSTEM_ID } from '../../../core/directory/well-known.ts';
import { entryIdOf, newGuid } from '../../../core/mapi/entry-id.ts';
import {
  FOLDER_GENERIC,
  MAPI_FOLDER,
  MAPI_MESSAGE,
  MAPI_STORE,
  STORE_PRIVATE,
} from '../../../core/mapi/object-types.ts';
import type { Property } from '../../../core/mapi/property.ts';
import { PR_MESSAGE_CLASS, PR_SUBJECT } from '../../../core/mapi/tags.ts';
import type { Clock } from '../../../core/platform/clock.ts';
import type { Database } from '../../../core/platform/database.ts';
import type { Platform } from '../../../core/platform/platform.ts';
import { S3Blobs } from '../../../core/platform/s3-blobs.ts';
import type { Spool } from '../../../core/platform/spool.ts';
import type { Actor } from '../../../core/store/actor.ts';
import { createFolders } from '../../../core/store/folders.ts';
import { migrate } from '../../../core/store/migrations.ts';
import { saveNewMessage } from '../../../core/store/save-new.ts';
import type { SavedObject, SaveTree } from '../../../core/store/save-tree.ts';
import { seed } from '../../../core/store/seed.ts';
import { createStore } from '../../../core/store/stores.ts';
import { findTarget, type LoadedTarget } from '../../../core/store/target.ts';
import { ephemeralDatabase } from '../../../local/database/ephemeral.ts';
import { BUCKETS } from '../../../local/instance/topology.ts';
import { aCloud, silent } from '../../local/a-cloud.ts';
import { spoolOf } from '../../local/a-spool.ts';

/** A clock that a test sets. */
export interface SetClock extends Clock {
  time: number;
}

/** A mailbox of a test: its store, root and one folder to work in. */
export interface Mailbox {
  readonly actor: Actor;
  readonly principalId: number;
  readonly storeEntryId: Buffer;
  readonly rootEntryId: Buffer;
  /** A generic folder below the root. */
  readonly inbox: Buffer;
}

export interface Server extends AsyncDisposable {
  readonly platform: Platform;
  /** The way to the spooler, for who needs one. */
  readonly spool: Spool;
  readonly clock: SetClock;
  /** A second function instance on the same data: nothing of the first's memory. */
  another(): Platform;
  /** A new person with a store. */
  mailbox(name: string): Promise<Mailbox>;
  /** Acts as somebody, counting statements anew. */
  actor(identity: Identity): Actor;
}

/** A migrated and seeded server on a database and buckets of the test's own. */
export async function aServer(): Promise<Server> {
  const [db, cloud] = await Promise.all([ephemeralDatabase(), aCloud()]);
  const clock: SetClock = {
    time: Date.UTC(2026, 0, 5, 12),
    now() {
      return this.time;
    },
  };
  const platformOn = (database: Database): Platform => ({
    database,
    blobs: new S3Blobs(BUCKETS.blobs, new S3Client({ ...cloud.client, forcePathStyle: true })),
    clock,
    log: silent,
    settings: { serverName: 'Unknown', hosted: false, embeddedMessageLimit: 20 },
  });
  const platform = platformOn(db.database);
  await migrate(platform.database);
  await seed(platform);
  const actor = (identity: Identity): Actor => ({ platform, database: platform.database.counted(), identity });
  return {
    platform,
    spool: spoolOf(cloud),
    clock,
    another: () => platformOn(db.another()),
    actor,
    mailbox: (name) => mailbox(platform, actor, name),
    async [Symbol.asyncDispose]() {
      await db[Symbol.asyncDispose]();
      await cloud[Symbol.asyncDispose]();
    },
  };
}

async function mailbox(platform: Platform, actor: Server['actor'], name: string): Promise<Mailbox> {
  const { database } = platform;
  const { id: principalId } = await insertPrincipal(
    database,
    {
      class: ACTIVE_USER,
      companyId: 0,
      name,
      fullName: `${name} Example`,
      email: `${name}@example.com`,
      adminLevel: ADMIN_LEVEL_NONE,
      hidden: false,
      details: {},
    },
    null,
  );
  const principal = (await findPrincipal(database, [{ sql: 'pri.id = :id', parameters: { id: principalId } }]))!;
  const guid = newGuid();
  const storeEntryId = entryIdOf(guid, MAPI_STORE);
  const rootEntryId = entryIdOf(guid, MAPI_FOLDER);
  await createStore(platform, {
    type: STORE_PRIVATE,
    ownerId: principalId,
    ownerName: name,
    companyId: 0,
    storeEntryId,
    rootEntryId,
  });
  const own = actor({
    principalId,
    name,
    fullName: principal.fullName,
    adminLevel: ADMIN_LEVEL_NONE,
    companyId: 0,
    entryId: principalEntryId(principal),
  });
  const inbox = await folderIn(own, rootEntryId, 'Inbox');
  return { actor: own, principalId, storeEntryId, rootEntryId, inbox };
}

export const systemIdentity: Identity = {
  principalId: SYSTEM_ID,
  name: 'SYSTEM',
  fullName: 'SYSTEM',
  adminLevel: ADMIN_LEVEL_SYSADMIN,
  companyId: 0,
  entryId: Buffer.alloc(0),
};

/** The object of an entry id, which must be there. */
export async function open(actor: Actor, entryId: Buffer): Promise<LoadedTarget> {
  const target = await findTarget(actor.platform.database, { entryId });
  if (!target) throw new Error('the object is not there');
  return target;
}

/** Creates a folder and answers its entry id. */
export async function folderIn(actor: Actor, parent: Buffer, name: string): Promise<Buffer> {
  const [entryId] = await createFolders(
    actor,
    await open(actor, parent),
    [{ name, type: FOLDER_GENERIC, openIfExists: false, syncId: 0 }],
    { mayCreate: true },
  );
  return entryId!;
}

/** A message to be saved. */
export const aMessage = (properties: readonly Property[] = [], children: readonly SaveTree[] = []): SaveTree => ({
  clientId: 0,
  id: 0,
  kind: MAPI_MESSAGE,
  deleted: false,
  removed: [],
  properties: [{ tag: PR_MESSAGE_CLASS, value: 'IPM.Note' }, { tag: PR_SUBJECT, value: 'a message' }, ...properties],
  children,
});

/** A new child of a message or attachment. */
export const aChild = (
  kind: number,
  properties: readonly Property[],
  children: readonly SaveTree[] = [],
): SaveTree => ({
  clientId: 0,
  id: 0,
  kind,
  deleted: false,
  removed: [],
  properties,
  children,
});

/** Saves a message into a folder; answers it and its entry id. */
export async function put(
  actor: Actor,
  folder: Buffer,
  tree: SaveTree = aMessage(),
  options: { readonly associated?: boolean } = {},
): Promise<SavedObject & { readonly entryId: Buffer }> {
  const target = await open(actor, folder);
  const entryId = entryIdOf(target.store.guid, MAPI_MESSAGE);
  const saved = await saveNewMessage(actor, target, tree, {
    entryId,
    associated: options.associated ?? false,
    syncId: 0,
  });
  return { ...saved, entryId };
}
