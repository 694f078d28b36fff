/**
 * What a client waits for when it synchronises a folder of 100,000 messages:
 * the first list, 100,000 changes later, and lists with a restriction. Prints
 * times and statements; the genuine server took 940 ms for 100,000 changes on
 * two cores.
 *
 *     node bench/ics-changes.ts [messages]
 */
import { ACTIVE_USER } from '../core/directory/object-class.ts';
import { insertPrincipal } from '../core/directory/principal.ts';
import { ICS_MESSAGE_CHANGE, ICS_MESSAGE_NEW, ICS_SYNC_CONTENTS } from '../core/mapi/change-types.ts';
import { entryIdOf, newGuid } from '../core/mapi/entry-id.ts';
import { FOLDER_GENERIC, MAPI_FOLDER, MAPI_MESSAGE, MAPI_STORE, STORE_PRIVATE } from '../core/mapi/object-types.ts';
import { FL_SUBSTRING, RELOP_GE, type Restriction } from '../core/mapi/restriction.ts';
import { SYNC_NORMAL, SYNC_READ_STATE } from '../core/mapi/sync-flags.ts';
import { PR_MESSAGE_DELIVERY_TIME, PR_SUBJECT } from '../core/mapi/tags.ts';
import { systemClock } from '../core/platform/clock.ts';
import type { Database } from '../core/platform/database.ts';
import type { Log } from '../core/platform/log.ts';
import type { Platform } from '../core/platform/platform.ts';
import { encodeResponse } from '../core/soap/index.ts';
import type { Actor } from '../core/store/actor.ts';
import { createFolders } from '../core/store/folders.ts';
import { migrate } from '../core/store/migrations.ts';
import { seed } from '../core/store/seed.ts';
import { createStore } from '../core/store/stores.ts';
import { changesOfMessages } from '../core/store/sync/contents.ts';
import { beginSync, findSync } from '../core/store/sync/syncs.ts';
import { findTarget, type LoadedTarget } from '../core/store/target.ts';
import { ephemeralDatabase } from '../local/database/ephemeral.ts';

const MESSAGES = Number(process.argv[2] ?? 100_000);
const SILENT: Log = { debug() {}, info() {}, warn() {}, error() {}, child: () => SILENT };
const unused = (): never => {
  throw new Error('nothing here lies in blobs');
};

await using ephemeral = await ephemeralDatabase();
const platform: Platform = {
  database: ephemeral.database,
  blobs: { put: unused, get: unused, delete: unused, async *list() {} },
  clock: systemClock,
  log: SILENT,
  settings: { serverName: 'Unknown', hosted: false, embeddedMessageLimit: 20 },
};
const { actor, folder } = await aFolder();
await fill(platform.database, folder);

const syncId = await beginSync(platform.database, {
  principalId: actor.identity.principalId,
  folderSourceKey: folder.object.sourceKey!,
  type: ICS_SYNC_CONTENTS,
});
const byTime: Restriction = {
  kind: 'property',
  relation: RELOP_GE,
  tag: PR_MESSAGE_DELIVERY_TIME,
  value: { tag: PR_MESSAGE_DELIVERY_TIME, value: BigInt(MESSAGES) / 2n },
};
const bySubject: Restriction = {
  kind: 'content',
  fuzzyLevel: FL_SUBSTRING,
  tag: PR_SUBJECT,
  value: { tag: PR_SUBJECT, value: '99' },
};

const first = await measure('first list', 0);
await measure('the same again', 0);
await log(platform.database, folder.object, ICS_MESSAGE_CHANGE);
await measure('changes since', first);
await measure('restricted by time, first list', 0, byTime);
await measure('restricted by a word in the subject', 0, bySubject);

/** Asks, as getChanges does after the session check, and writes the answer. */
async function measure(name: string, changeId: number, restriction?: Restriction): Promise<number> {
  const database = platform.database.counted();
  const start = performance.now();
  const cpu = process.cpuUsage();
  const sync = await findSync(database, syncId);
  const { id, kind, parentId, entryId, sourceKey } = folder.object;
  const { changes, maxChangeId } = await changesOfMessages(
    { ...actor, database },
    {
      store: folder.store,
      folder: { id, kind, parentId, gone: false, entryId, sourceKey },
      grants: { full: true, creator: true, rights: 0 },
      principalId: actor.identity.principalId,
      associated: false,
      deleted: false,
    },
    sync!.newest,
    { syncId, changeId, flags: SYNC_NORMAL | SYNC_READ_STATE, restriction },
  );
  const listed = performance.now();
  const used = (process.cpuUsage(cpu).user / 1000).toFixed(0);
  const { body } = encodeResponse('getChanges', {
    er: 0,
    ulMaxChangeId: maxChangeId,
    sChangesArray: changes.map((one) => ({
      ulChangeId: one.changeId,
      sSourceKey: one.sourceKey,
      sParentSourceKey: one.parentSourceKey,
      ulChangeType: one.type,
      ulFlags: one.flags,
    })),
  });
  const end = performance.now();
  const statements = `${database.roundTrips} statements`;
  const times = `${(listed - start).toFixed(0)} ms (${used} ms of processor here), written in ${(end - listed).toFixed(0)} ms`;
  console.log(`${name}: ${changes.length} changes, ${statements}, ${times}, ${(body.length / 1e6).toFixed(1)} MB`);
  return maxChangeId;
}

async function aFolder(): Promise<{ actor: Actor; folder: LoadedTarget }> {
  const { database } = platform;
  await migrate(database);
  await seed(platform);
  const rest = { companyId: 0, fullName: 'Anna', email: '', adminLevel: 0, hidden: false, details: {} };
  const { id } = await insertPrincipal(database, { class: ACTIVE_USER, name: 'anna', ...rest }, null);
  const guid = newGuid();
  const [storeEntryId, rootEntryId] = [entryIdOf(guid, MAPI_STORE), entryIdOf(guid, MAPI_FOLDER)];
  const store = { type: STORE_PRIVATE, ownerId: id, ownerName: 'anna', companyId: 0, storeEntryId, rootEntryId };
  await createStore(platform, store);
  const identity = { principalId: id, name: 'anna', fullName: 'Anna', adminLevel: 0, companyId: 0, entryId: newGuid() };
  const actor: Actor = { platform, database, identity };
  const root = await findTarget(database, { entryId: rootEntryId });
  const request = { name: 'large', type: FOLDER_GENERIC, openIfExists: false, syncId: 0 };
  const [entryId] = await createFolders(actor, root!, [request], { mayCreate: true });
  return { actor, folder: (await findTarget(database, { entryId: entryId! }))! };
}

/** Rows as deliveries would leave them, made by the database itself. */
async function fill(database: Database, { object, store }: LoadedTarget): Promise<void> {
  const digits =
    '(SELECT 0 d UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9)';
  await database.execute(
    `INSERT INTO object (id, store_id, parent_id, kind, entry_id, source_key, received, subject, message_class, props)
     SELECT 1000000 + n, :storeId, :folderId, ${MAPI_MESSAGE}, CONCAT(:guid, n), CONCAT(:guid, LPAD(n, 6, '0')),
       UNHEX(LPAD(HEX(n), 16, '0')), CONCAT('message ', n), 'IPM.Note', CONCAT('{"0037001f":"message ', n, '"}')
     FROM (SELECT a.d + 10 * b.d + 100 * c.d + 1000 * e.d + 10000 * f.d + 100000 * g.d AS n
       FROM ${digits} a, ${digits} b, ${digits} c, ${digits} e, ${digits} f, ${digits} g) numbers WHERE n < :count`,
    { storeId: store.id, folderId: object.id, guid: newGuid(), count: MESSAGES },
  );
  await log(database, object, ICS_MESSAGE_NEW);
}

async function log(database: Database, folder: LoadedTarget['object'], type: number): Promise<void> {
  await database.execute(
    `INSERT INTO \`change\` (store_id, folder_id, object_id, kind, event, ics_type, source_key, folder_source_key, at)
     SELECT store_id, parent_id, id, kind, 0, :type, source_key, :sourceKey, UTC_TIMESTAMP(3) FROM object
     WHERE parent_id = :folderId AND kind = ${MAPI_MESSAGE} ORDER BY id`,
    { type, sourceKey: folder.sourceKey, folderId: folder.id },
  );
}
