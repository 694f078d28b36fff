import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import {
  ICS_MESSAGE_CHANGE,
  ICS_MESSAGE_FLAG,
  ICS_MESSAGE_NEW,
  ICS_SYNC_CONTENTS,
} from '../../../core/mapi/change-types.ts';
import { entryIdOf, storeGuidOf } from '../../../core/mapi/entry-id.ts';
import { KCERR_NOT_FOUND, KCERR_OBJECT_DELETED, KCWARN_PARTIAL_COMPLETION } from '../../../core/mapi/error-codes.ts';
import { MSGFLAG_READ } from '../../../core/mapi/message-flags.ts';
import { MAPI_MESSAGE } from '../../../core/mapi/object-types.ts';
import { SYNC_NORMAL, SYNC_READ_STATE } from '../../../core/mapi/sync-flags.ts';
import { PR_ENTRYID, PR_MESSAGE_CLASS, PR_MESSAGE_FLAGS, PR_SOURCE_KEY, PR_SUBJECT } from '../../../core/mapi/tags.ts';
import type { Wire } from '../../../core/soap/index.ts';
import { folderIn, type Mailbox, put } from '../store/a-server.ts';
import { assertCountersRight } from '../store/recount.ts';
import { aService, resultOf, type Service, type ServiceClient } from './a-service.ts';
import { type Random, seeded } from './random.ts';

/** Who does what: 32 clients on one folder, each with a session of its own. */
const CAST = { save: 6, edit: 3, copy: 3, move: 5, remove: 4, flag: 5, read: 3, sync: 3 } as const;
type Role = keyof typeof CAST;
/** Time during which they write. */
const DURATION_MS = 8_000;
const SEED = 20260105;

/** Flags of copyObjects and deleteObjects. */
const MOVE = 1;
const HARD_DELETE = 0x10;
/** Flag of setReadFlags. */
const CLEAR_READ = 4;
const SYNC_FLAGS = SYNC_NORMAL | SYNC_READ_STATE;

/** What all of them work on. */
interface Stage {
  readonly mailbox: Mailbox;
  readonly folders: readonly [busy: Buffer, other: Buffer];
  /** Entry ids that somebody saw; many are gone by now. */
  readonly seen: Buffer[];
  ended: boolean;
  /** How often each role acted. */
  readonly acts: Map<Role, number>;
}

/** A copy of the folder that a client keeps by incremental syncs: source key to read state. */
interface Replica {
  readonly client: ServiceClient;
  readonly storeEntryId: Buffer;
  readonly folderSourceKey: Buffer;
  readonly syncId: number;
  state: number;
  readonly messages: Map<string, boolean>;
}

describe('32 writers and readers on one folder', () => {
  let service: Service;
  let stage: Stage;
  let replicas: Replica[];
  let roundOf: Replica;

  before(async () => {
    service = await aService(2);
    const mailbox = await service.server.mailbox('ann');
    const other = await folderIn(mailbox.actor, mailbox.rootEntryId, 'Archive');
    stage = { mailbox, folders: [mailbox.inbox, other], seen: [], ended: false, acts: new Map() };
    for (let i = 0; i < 40; i++) stage.seen.push((await put(mailbox.actor, mailbox.inbox)).entryId);
    replicas = [];
    const work = Object.entries(CAST).flatMap(([role, count]) =>
      Array.from({ length: count }, (_, index) => act(role as Role, index)),
    );
    setTimeout(() => (stage.ended = true), DURATION_MS);
    await Promise.all(work);
    roundOf = await beginReplica(await service.client(mailbox), stage);
    for (const replica of [...replicas, roundOf]) while ((await synchronise(replica)) > 0);
  });
  after(() => service[Symbol.asyncDispose]());

  /** Plays a role until the time is up. */
  async function act(role: Role, index: number): Promise<void> {
    const client = await service.client(stage.mailbox);
    const random = seeded(SEED + index * 31 + role.charCodeAt(0) * 1009);
    if (role === 'sync') replicas.push(await beginReplica(client, stage));
    const replica = replicas.find((one) => one.client === client);
    // Everybody acts once at least, however busy the machine is.
    do {
      if (replica) await synchronise(replica);
      else await ROLES[role as Exclude<Role, 'sync'>](client, random, stage);
      stage.acts.set(role, (stage.acts.get(role) ?? 0) + 1);
      await delay(random.below(10));
    } while (!stage.ended);
  }

  it('all of them got something done', () => {
    for (const role of Object.keys(CAST) as Role[]) assert.ok((stage.acts.get(role) ?? 0) > 0, role);
  });

  it('no deadlock, lost lock or duplicate key reached an operation', () => {
    assert.deepEqual(service.errors, []);
  });

  it('counters and sizes equal a recount', async () => {
    await assertCountersRight(service.server.platform.database);
  });

  it('clients that synchronised meanwhile have what the server has, read states included', async () => {
    const there = await contentsOf(await service.client(stage.mailbox), stage.folders[0]);
    assert.ok(there.size > 0);
    for (const replica of [...replicas, roundOf]) assert.deepEqual(sorted(replica.messages), sorted(there));
  });
});

const sorted = (messages: ReadonlyMap<string, boolean>) => [...messages].sort(([x], [y]) => (x < y ? -1 : 1));

/** Fails with the operation's name on a code that a client can't have expected. */
function expect(operation: string, answer: object, ...fine: readonly number[]): void {
  const code = resultOf(answer);
  assert.ok(code === 0 || fine.includes(code), `${operation} answered 0x${code.toString(16)}`);
}

const someOf = (random: Random, { seen }: Stage): Buffer[] =>
  Array.from({ length: 1 + random.below(4) }, () => seen[Math.max(0, seen.length - 1 - random.below(60))]!);

const ROLES: Readonly<
  Record<Exclude<Role, 'sync'>, (client: ServiceClient, random: Random, stage: Stage) => Promise<void>>
> = {
  async save(client, random, { folders, seen, mailbox }) {
    const sEntryId = entryIdOf(storeGuidOf(mailbox.storeEntryId), MAPI_MESSAGE);
    const answer = await client.call('saveObject', {
      sParentEntryId: random.pick([folders[0], folders[0], folders[1]]),
      sEntryId,
      lpsSaveObj: {
        ulObjType: MAPI_MESSAGE,
        modProps: [
          { ulPropTag: PR_MESSAGE_CLASS, Value: { name: 'lpszA', value: 'IPM.Note' } },
          { ulPropTag: PR_SUBJECT, Value: { name: 'lpszA', value: `message ${random.below(1000)}` } },
          { ulPropTag: PR_MESSAGE_FLAGS, Value: { name: 'ul', value: random.below(2) } },
        ],
      },
    });
    expect('saveObject', answer);
    seen.push(sEntryId);
  },
  async edit(client, random, stage) {
    const loaded = await client.call('loadObject', { sEntryId: someOf(random, stage)[0]! });
    expect('loadObject', loaded, KCERR_NOT_FOUND);
    if (loaded.er) return;
    const answer = await client.call('saveObject', {
      lpsSaveObj: {
        ulObjType: MAPI_MESSAGE,
        ulServerId: loaded.sSaveObject.ulServerId,
        modProps: [{ ulPropTag: PR_SUBJECT, Value: { name: 'lpszA', value: `edited ${random.below(1000)}` } }],
      },
    });
    expect('saveObject of an old one', answer, KCERR_NOT_FOUND, KCERR_OBJECT_DELETED);
  },
  async copy(client, random, stage) {
    const answer = await client.call('copyObjects', {
      aMessages: someOf(random, stage),
      sDestFolderId: random.pick(stage.folders),
    });
    expect('copyObjects', answer, KCWARN_PARTIAL_COMPLETION);
  },
  async move(client, random, stage) {
    const answer = await client.call('copyObjects', {
      aMessages: someOf(random, stage),
      sDestFolderId: random.pick(stage.folders),
      ulFlags: MOVE,
    });
    expect('a move', answer, KCWARN_PARTIAL_COMPLETION);
  },
  async remove(client, random, stage) {
    const answer = await client.call('deleteObjects', {
      aMessages: someOf(random, stage),
      ulFlags: random.chance(0.5) ? HARD_DELETE : 0,
    });
    expect('deleteObjects', answer);
    await delay(20);
  },
  async flag(client, random, stage) {
    const ulFlags = random.chance(0.5) ? CLEAR_READ : 0;
    const answer = await client.call('setReadFlags', {
      ulFlags,
      ...(random.chance(0.1) ? { lpsEntryId: stage.folders[0] } : { lpMessages: someOf(random, stage) }),
    });
    expect('setReadFlags', answer);
  },
  async read(client, random, stage) {
    const open = await client.call('tableOpen', {
      sEntryId: stage.folders[0],
      ulTableType: 1,
      ulType: MAPI_MESSAGE,
    });
    expect('tableOpen', open);
    const { ulTableId } = open;
    expect('tableSetColumns', await client.call('tableSetColumns', { ulTableId, aPropTag: [PR_ENTRYID, PR_SUBJECT] }));
    const sort = [{ ulPropTag: PR_SUBJECT, ulOrder: 0 }];
    expect('tableSort', await client.call('tableSort', { ulTableId, aSortOrder: sort }));
    for (let page = 0; page < 4; page++) {
      const rows = await client.call('tableQueryRows', { ulTableId, ulRowCount: 1 + random.below(30) });
      expect('tableQueryRows', rows);
      for (const row of rows.sRowSet)
        for (const { Value } of row) if (Value?.name === 'bin') stage.seen.push(Value.value);
    }
    expect('tableClose', await client.call('tableClose', { ulTableId }));
  },
};

async function beginReplica(client: ServiceClient, { mailbox, folders }: Stage): Promise<Replica> {
  const loaded = await client.call('loadObject', { sEntryId: folders[0] });
  const folderSourceKey = binaryOf(loaded.sSaveObject.modProps, PR_SOURCE_KEY);
  const begun = await client.call('setSyncStatus', {
    sSourceKeyFolder: folderSourceKey,
    ulChangeType: ICS_SYNC_CONTENTS,
  });
  expect('setSyncStatus', begun);
  return {
    client,
    storeEntryId: mailbox.storeEntryId,
    folderSourceKey,
    syncId: begun.ulSyncId,
    state: 0,
    messages: new Map(),
  };
}

/** One round of a client's sync; answers how many changes there were. */
async function synchronise(replica: Replica): Promise<number> {
  const { client, folderSourceKey, syncId, messages } = replica;
  const answer = await client.call('getChanges', {
    sSourceKeyFolder: folderSourceKey,
    ulSyncId: syncId,
    ulChangeId: replica.state,
    ulChangeType: ICS_SYNC_CONTENTS,
    ulFlags: SYNC_FLAGS,
  });
  expect('getChanges', answer);
  for (const change of answer.sChangesArray) {
    const key = change.sSourceKey.toString('hex');
    switch (change.ulChangeType) {
      case ICS_MESSAGE_NEW:
      case ICS_MESSAGE_CHANGE: {
        const read = await readStateOf(replica, change.sSourceKey);
        // Gone meanwhile: the next round says so.
        if (read !== undefined) messages.set(key, read);
        break;
      }
      case ICS_MESSAGE_FLAG:
        if (messages.has(key)) messages.set(key, (change.ulFlags & MSGFLAG_READ) !== 0);
        break;
      default:
        messages.delete(key);
    }
  }
  replica.state = answer.ulMaxChangeId;
  const noted = await client.call('setSyncStatus', {
    sSourceKeyFolder: folderSourceKey,
    ulSyncId: syncId,
    ulChangeId: replica.state,
    ulChangeType: ICS_SYNC_CONTENTS,
  });
  expect('setSyncStatus', noted);
  return answer.sChangesArray.length;
}

async function readStateOf(
  { client, storeEntryId, folderSourceKey }: Replica,
  message: Buffer,
): Promise<boolean | undefined> {
  const found = await client.call('getEntryIDFromSourceKey', {
    sStoreId: storeEntryId,
    folderSourceKey,
    messageSourceKey: message,
  });
  expect('getEntryIDFromSourceKey', found, KCERR_NOT_FOUND);
  if (found.er) return undefined;
  const loaded = await client.call('loadObject', { sEntryId: found.sEntryId });
  expect('loadObject', loaded, KCERR_NOT_FOUND);
  return loaded.er ? undefined : isRead(loaded.sSaveObject.modProps);
}

type Properties = Wire<'propValArray'>;

function binaryOf(properties: Properties, tag: number): Buffer {
  const value = properties.find(({ ulPropTag }) => ulPropTag === tag)?.Value;
  assert.ok(value?.name === 'bin');
  return value.value;
}

function isRead(properties: Properties): boolean {
  const value = properties.find(({ ulPropTag }) => ulPropTag === PR_MESSAGE_FLAGS)?.Value;
  assert.ok(value?.name === 'ul');
  return (value.value & MSGFLAG_READ) !== 0;
}

/** What a client that looks for the first time finds in the folder. */
async function contentsOf(client: ServiceClient, folder: Buffer): Promise<Map<string, boolean>> {
  const { ulTableId } = await client.call('tableOpen', { sEntryId: folder, ulTableType: 1, ulType: MAPI_MESSAGE });
  await client.call('tableSetColumns', { ulTableId, aPropTag: [PR_SOURCE_KEY, PR_MESSAGE_FLAGS] });
  const contents = new Map<string, boolean>();
  for (;;) {
    const { sRowSet } = await client.call('tableQueryRows', { ulTableId, ulRowCount: 200 });
    if (sRowSet.length === 0) return contents;
    for (const row of sRowSet) contents.set(binaryOf(row, PR_SOURCE_KEY).toString('hex'), isRead(row));
  }
}
