/**
 * Statements per operation, counted by the database port, against the budget
 * of the design. Run: `node bench/round-trips.ts [--rounds 20]`.
 * Ends with exit code 1 if an operation is over its budget.
 */
import { parseArgs } from 'node:util';
import { S3Client } from '@aws-sdk/client-s3';
import { entryIdOf, newGuid } from '../core/mapi/entry-id.ts';
import { MAPI_ATTACH, MAPI_FOLDER, MAPI_MAILUSER, MAPI_MESSAGE, MAPI_STORE } from '../core/mapi/object-types.ts';
import * as tags from '../core/mapi/tags.ts';
import { perform } from '../core/operations/frame.ts';
import { operations } from '../core/operations/index.ts';
import type { Database } from '../core/platform/database.ts';
import type { Log } from '../core/platform/log.ts';
import type { Platform } from '../core/platform/platform.ts';
import { S3Blobs } from '../core/platform/s3-blobs.ts';
import {
  type ArgumentsDraft,
  type Draft,
  decodeRequest,
  encodeRequest,
  type OperationName,
  type Result,
} from '../core/soap/index.ts';
import { deliver, findArrival, mailKey } from '../core/store/delivery.ts';
import { migrate } from '../core/store/migrations.ts';
import { seed } from '../core/store/seed.ts';
import { ephemeralDatabase } from '../local/database/ephemeral.ts';
import { startCloud } from '../local/instance/cloud.ts';
import { DataDirectory } from '../local/instance/data-directory.ts';
import { Teardown } from '../local/instance/teardown.ts';
import { BUCKETS, queues } from '../local/instance/topology.ts';
import { BUDGET, type Budgeted } from './budget.ts';

const { values: options } = parseArgs({ options: { rounds: { type: 'string', default: '20' } } });
const rounds = Number(options.rounds);

const silent: Log = { debug() {}, info() {}, warn() {}, error: console.error, child: () => silent };

interface Row {
  readonly name: Budgeted;
  readonly budget: number;
  readonly statements: number;
  readonly medianMs: number;
}
const rows: Row[] = [];

const teardown = new Teardown();
const directory = DataDirectory.throwAway();
teardown.add(() => directory.close());
const db = await ephemeralDatabase();
const cloud = await startCloud(
  { directory, queueAttributes: queues(), localDomains: ['demo.local'], durable: false, log: silent },
  teardown,
);
try {
  await run();
} finally {
  await db[Symbol.asyncDispose]();
  await teardown.run();
}

const width = Math.max(...rows.map(({ name }) => name.length));
console.log(`${'what'.padEnd(width)}  statements  budget  median ms`);
for (const { name, statements, budget, medianMs } of rows)
  console.log(
    `${name.padEnd(width)}  ${String(statements).padStart(10)}  ${String(budget).padStart(6)}  ${medianMs.toFixed(2).padStart(9)}${statements > budget ? '  OVER' : ''}`,
  );
process.exitCode = rows.some(({ statements, budget }) => statements > budget) ? 1 : 0;

async function run(): Promise<void> {
  const { accessKeyId, secretAccessKey } = cloud.credentials;
  const s3 = new S3Client({
    endpoint: cloud.url,
    region: 'local',
    credentials: { accessKeyId, secretAccessKey },
    forcePathStyle: true,
  });
  const platform: Platform = {
    database: db.database,
    blobs: new S3Blobs(BUCKETS.blobs, s3),
    clock: { now: () => Date.now() },
    log: silent,
    settings: { serverName: 'Unknown', hosted: false, embeddedMessageLimit: 20 },
  };
  await migrate(platform.database);
  await seed(platform);

  const call = async <Name extends OperationName>(name: Name, args: ArgumentsDraft<Name>): Promise<Result<Name>> => {
    const encoded = encodeRequest(name, args);
    const request = decodeRequest(encoded.body, encoded.contentType);
    const answer = (await perform(platform, { request, door: 'trusted', address: '127.0.0.1' })) as Result<Name>;
    const code = (answer as { er?: number; result?: number }).er ?? (answer as { result?: number }).result ?? 0;
    if (code !== 0) throw new Error(`${name} answered 0x${code.toString(16)}`);
    return answer;
  };
  const measure = async (name: Budgeted, once: (round: number) => Promise<unknown>): Promise<void> => {
    const counts: number[] = [];
    const times: number[] = [];
    for (let round = -2; round < rounds; round++) {
      const before = (platform.database as Database).roundTrips;
      const started = performance.now();
      await once(round);
      if (round < 0) continue; // warm
      times.push(performance.now() - started);
      counts.push(platform.database.roundTrips - before);
    }
    // Numbers are taken in blocks; a refill now and then is not the operation's.
    const median = (list: number[]) => list.toSorted((x, y) => x - y)[list.length >> 1]!;
    rows.push({ name, budget: BUDGET[name].statements, statements: median(counts), medianMs: median(times) });
  };

  const logon = (user: string, password: string) =>
    call('logon', { szUsername: user, szPassword: password, szVersion: '11.0.2', ulCapabilities: 59219 });
  const { ulSessionId: system } = await logon('SYSTEM', '');
  const user = {
    lpszUsername: 'bench',
    lpszPassword: 'bench',
    lpszMailAddress: 'bench@demo.local',
    lpszFullName: 'Bench',
  };
  const { ulUserId } = await call('createUser', { ulSessionId: system, lpsUser: { ...user, ulObjClass: 0x10001 } });
  const guid = newGuid();
  const [store, root] = [entryIdOf(guid, MAPI_STORE), entryIdOf(guid, MAPI_FOLDER)];
  await call('createStore', { ulSessionId: system, ulUserId, sStoreId: store, sRootId: root });
  await measure('logon', async () => logon('bench', 'bench'));
  const { ulSessionId } = await logon('bench', 'bench');
  await measure('getStore', () => call('getStore', { ulSessionId }));
  await measure('any call: session check (getStoreType)', () => call('getStoreType', { ulSessionId, sEntryId: store }));

  const { sEntryId: inbox } = await call('createFolder', { ulSessionId, sParentId: root, ulType: 1, szName: 'Inbox' });
  await call('setReceiveFolder', { ulSessionId, sStoreId: store, lpsEntryId: inbox, lpszMessageClass: '' });

  const message = (subject: string): Draft<'saveObject'> => ({
    ulObjType: MAPI_MESSAGE,
    modProps: [
      { ulPropTag: tags.PR_SUBJECT, Value: { name: 'lpszA', value: subject } },
      { ulPropTag: tags.PR_MESSAGE_CLASS, Value: { name: 'lpszA', value: 'IPM.Note' } },
      ...Array.from(
        { length: 38 },
        (_, index): Draft<'propVal'> => ({
          ulPropTag: (((0x6000 + index) << 16) | 0x1f) >>> 0,
          Value: { name: 'lpszA', value: `value ${index}` },
        }),
      ),
    ],
    children: [
      ...['Ben', 'Clara', 'Dora'].map(
        (name): Draft<'saveObject'> => ({
          ulObjType: MAPI_MAILUSER,
          modProps: [{ ulPropTag: tags.PR_DISPLAY_NAME, Value: { name: 'lpszA', value: name } }],
          children: [],
        }),
      ),
      {
        ulObjType: MAPI_ATTACH,
        modProps: [{ ulPropTag: tags.PR_ATTACH_LONG_FILENAME, Value: { name: 'lpszA', value: 'a.txt' } }],
        children: [],
      },
    ],
  });
  const saveOne = async (): Promise<Buffer> => {
    const sEntryId = entryIdOf(guid, MAPI_MESSAGE);
    await call('saveObject', { ulSessionId, sParentEntryId: inbox, sEntryId, lpsSaveObj: message('bench') });
    return sEntryId;
  };
  await measure('saveObject, new message, 40 properties, 3 recipients', saveOne);
  const one = await saveOne();
  await measure('loadObject of a message with recipients and attachments', () =>
    call('loadObject', { ulSessionId, sEntryId: one }),
  );

  const columns = [
    tags.PR_ENTRYID,
    tags.PR_SUBJECT,
    tags.PR_MESSAGE_FLAGS,
    tags.PR_MESSAGE_SIZE,
    tags.PR_MESSAGE_DELIVERY_TIME,
  ];
  let ulTableId = 0;
  await measure('tableOpen + tableMulti (columns, sort, restriction, 50 rows)', async () => {
    ({ ulTableId } = await call('tableOpen', { ulSessionId, sEntryId: inbox, ulTableType: 1, ulType: MAPI_MESSAGE }));
    await call('tableMulti', {
      ulSessionId,
      sRequest: {
        ulTableId,
        lpSetColumns: columns,
        lpSort: { sSortOrder: [{ ulPropTag: tags.PR_MESSAGE_DELIVERY_TIME, ulOrder: 1 }] },
        lpRestrict: {
          ulType: 6, // RES_BITMASK
          lpBitmask: { ulType: 0, ulPropTag: tags.PR_MESSAGE_FLAGS, ulMask: 1 },
        },
        lpQueryRows: { ulCount: 50 },
      },
    });
  });
  await measure('tableQueryRows, next page', () => call('tableQueryRows', { ulSessionId, ulTableId, ulRowCount: 5 }));

  const hundred = async (): Promise<Buffer[]> => {
    const ids: Buffer[] = [];
    for (let i = 0; i < 100; i++) ids.push(await saveOne());
    return ids;
  };
  const few = Math.min(rounds, 3);
  const batches = await Promise.all(Array.from({ length: few }, hundred));
  const countOf = async (what: () => Promise<unknown>): Promise<[number, number]> => {
    const [before, started] = [platform.database.roundTrips, performance.now()];
    await what();
    return [platform.database.roundTrips - before, performance.now() - started];
  };
  for (const [name, what] of [
    ['setReadFlags of 100 messages', (ids: Buffer[]) => call('setReadFlags', { ulSessionId, lpMessages: ids })],
    ['deleteObjects of 100 messages', (ids: Buffer[]) => call('deleteObjects', { ulSessionId, aMessages: ids })],
  ] as const) {
    const results: [number, number][] = [];
    for (const ids of batches) results.push(await countOf(() => what(ids)));
    rows.push({
      name,
      budget: BUDGET[name].statements,
      statements: Math.max(...results.map(([statements]) => statements)),
      medianMs: results.map(([, ms]) => ms).sort((x, y) => x - y)[results.length >> 1]!,
    });
  }

  const measureSync = async (): Promise<void> => {
    const folderKey = await sourceKeyOf(platform.database, inbox);
    const sync = await call('setSyncStatus', { ulSessionId, sSourceKeyFolder: folderKey, ulChangeType: 1 });
    await measure('getChanges of a folder', () =>
      call('getChanges', { ulSessionId, sSourceKeyFolder: folderKey, ulSyncId: sync.ulSyncId, ulChangeType: 1 }),
    );
  };
  if (operations.getChanges) await measureSync();
  await measure('delivery of one mail to one user', (round) =>
    deliverOne(platform, `bench ${round} ${newGuid().toString('hex')}`, ulUserId),
  );
}

/** Delivers as the delivery agent does once it knows the recipient. */
async function deliverOne(platform: Platform, name: string, recipient: number): Promise<void> {
  const mailId = mailKey(name);
  const { folder } = await findArrival(platform.database, { mailId, recipient, messageClass: 'IPM.Note' });
  const tree = {
    kind: MAPI_MESSAGE,
    properties: new Map([[tags.PR_SUBJECT, 'delivered']]),
    children: [{ kind: MAPI_MAILUSER, properties: new Map([[tags.PR_DISPLAY_NAME, 'Bench']]), children: [] }],
  };
  await deliver(platform, { mailId, recipient, placements: [{ folder, tree, isNewMail: true }], now: Date.now() });
}

async function sourceKeyOf(database: Database, entryId: Buffer): Promise<Buffer> {
  const [row] = await database.query<{ source_key: Buffer }>(
    'SELECT source_key FROM object WHERE entry_id = :entryId',
    { entryId },
  );
  return row!.source_key;
}
