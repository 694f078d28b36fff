import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  ICS_MESSAGE_CHANGE,
  ICS_MESSAGE_FLAG,
  ICS_MESSAGE_HARD_DELETE,
  ICS_MESSAGE_NEW,
  ICS_MESSAGE_SOFT_DELETE,
} from '../../../../core/mapi/change-types.ts';
import { entryIdOf } from '../../../../core/mapi/entry-id.ts';
import { MAPI_MESSAGE } from '../../../../core/mapi/object-types.ts';
import { FL_IGNORECASE, FL_SUBSTRING, type Restriction } from '../../../../core/mapi/restriction.ts';
import {
  SYNC_ASSOCIATED,
  SYNC_CATCHUP,
  SYNC_NO_DB_CHANGES,
  SYNC_NO_DELETIONS,
  SYNC_NO_SOFT_DELETIONS,
  SYNC_NORMAL,
  SYNC_READ_STATE,
} from '../../../../core/mapi/sync-flags.ts';
import { PR_BODY, PR_SUBJECT } from '../../../../core/mapi/tags.ts';
import type { Actor } from '../../../../core/store/actor.ts';
import { deleteObjects } from '../../../../core/store/deletion.ts';
import { moveMessages } from '../../../../core/store/move.ts';
import { setReadFlags } from '../../../../core/store/read-flags.ts';
import { saveExisting } from '../../../../core/store/save-existing.ts';
import { saveNewMessage } from '../../../../core/store/save-new.ts';
import type { SaveTree } from '../../../../core/store/save-tree.ts';
import { inScopeOfSync } from '../../../../core/store/sync/deletion-scope.ts';
import type { IcsChange } from '../../../../core/store/sync/ics-change.ts';
import { aMessage, aServer, folderIn, type Mailbox, open, put, type Server } from '../a-server.ts';
import { ContentsClient, contentsOf } from './a-client.ts';

let server: Server;
let anna: Mailbox;
let folders = 0;

before(async () => {
  server = await aServer();
  anna = await server.mailbox('anna');
});
after(async () => {
  await server[Symbol.asyncDispose]();
});

const aFolder = (): Promise<Buffer> => folderIn(anna.actor, anna.rootEntryId, `folder ${++folders}`);
const aClient = (folder: Buffer): Promise<ContentsClient> => ContentsClient.of(anna.actor, folder);

async function edit(actor: Actor, entryId: Buffer, subject: string, syncId = 0): Promise<void> {
  const target = await open(actor, entryId);
  const tree = { ...aMessage(), id: target.object.id, properties: [{ tag: PR_SUBJECT, value: subject }] };
  await saveExisting(actor, target, tree, { syncId });
}

const remove = (entryIds: readonly Buffer[], hard: boolean, syncId = 0): Promise<void> =>
  deleteObjects(anna.actor, { entryIds }, { hard, messages: true, folders: false, syncId });

const typesOf = (changes: readonly IcsChange[]): number[] => changes.map(({ type }) => type);

const aboutFoxes: Restriction = {
  kind: 'content',
  fuzzyLevel: FL_SUBSTRING | FL_IGNORECASE,
  tag: PR_SUBJECT,
  value: { tag: PR_SUBJECT, value: 'fox' },
};
/** A message of which nothing is known but its subject. */
const about = (subject: string): SaveTree => ({ ...aMessage(), properties: [{ tag: PR_SUBJECT, value: subject }] });

test('a first sync tells all messages as new, the youngest first, and the next one nothing', async () => {
  const folder = await aFolder();
  const messages = [await put(anna.actor, folder), await put(anna.actor, folder)];
  const client = await aClient(folder);
  const changes = await client.sync();
  assert.deepEqual(typesOf(changes), [ICS_MESSAGE_NEW, ICS_MESSAGE_NEW]);
  const keys = await Promise.all(
    messages.map(async ({ entryId }) => (await open(anna.actor, entryId)).object.sourceKey),
  );
  assert.deepEqual(
    changes.map(({ sourceKey }) => sourceKey),
    keys.toReversed(),
  );
  assert.deepEqual(await client.sync(), []);
});

test('each kind of change is told once, however often it happened', async () => {
  const folder = await aFolder();
  const { entryId } = await put(anna.actor, folder);
  const client = await aClient(folder);
  await client.sync();
  for (const subject of ['one', 'two', 'three']) await edit(anna.actor, entryId, subject);
  await setReadFlags(anna.actor, { entryIds: [entryId] }, 0, 0);
  assert.deepEqual(typesOf(await client.sync()), [ICS_MESSAGE_CHANGE, ICS_MESSAGE_FLAG]);
  assert.deepEqual([...client.content.values()], ['read three']);
  await remove([entryId], false);
  assert.deepEqual(typesOf(await client.sync()), [ICS_MESSAGE_SOFT_DELETE]);
  await remove([entryId], true);
  assert.deepEqual(typesOf(await client.sync()), [ICS_MESSAGE_HARD_DELETE]);
  assert.deepEqual(await client.sync(), []);
});

test('a read state that changes to and fro is told as it is at last', async () => {
  const folder = await aFolder();
  const { entryId } = await put(anna.actor, folder);
  const client = await aClient(folder);
  await client.sync();
  await setReadFlags(anna.actor, { entryIds: [entryId] }, 0, 0);
  await setReadFlags(anna.actor, { entryIds: [entryId] }, 4, 0);
  const [change, ...others] = await client.sync();
  assert.deepEqual([change?.type, change?.flags, others], [ICS_MESSAGE_FLAG, 0, []]);
});

test('what a sync brings is not told to it, but to others', async () => {
  const folder = await aFolder();
  const { entryId } = await put(anna.actor, folder);
  const [writer, reader] = [await aClient(folder), await aClient(folder)];
  await writer.sync();
  await reader.sync();
  await edit(anna.actor, entryId, 'changed by the writer', writer.syncId);
  assert.deepEqual(await writer.sync(), []);
  assert.deepEqual(typesOf(await reader.sync()), [ICS_MESSAGE_CHANGE]);
});

test("another's change is told even where the sync itself changed the message later", async () => {
  const folder = await aFolder();
  const { entryId } = await put(anna.actor, folder);
  const client = await aClient(folder);
  await client.sync();
  await edit(anna.actor, entryId, 'by another');
  await edit(anna.actor, entryId, 'by the client', client.syncId);
  assert.deepEqual(typesOf(await client.sync()), [ICS_MESSAGE_CHANGE]);
});

test('a message that moves leaves one folder and comes into the other', async () => {
  const [from, to] = [await aFolder(), await aFolder()];
  const { entryId } = await put(anna.actor, from);
  const [source, destination] = [await aClient(from), await aClient(to)];
  await source.sync();
  await destination.sync();
  await moveMessages(anna.actor, [entryId], await open(anna.actor, to), 0);
  assert.deepEqual(typesOf(await source.sync()), [ICS_MESSAGE_HARD_DELETE]);
  assert.deepEqual(typesOf(await destination.sync()), [ICS_MESSAGE_NEW]);
  assert.deepEqual(destination.content, await contentsOf(anna.actor, to));
});

test('a client that asks twice from one state is told the same twice', async () => {
  const folder = await aFolder();
  const client = await aClient(folder);
  await client.sync();
  await put(anna.actor, folder);
  assert.deepEqual(await client.ask(), await client.ask());
});

test('a client that broke off its first sync is told again of what changed meanwhile', async () => {
  const folder = await aFolder();
  const { entryId } = await put(anna.actor, folder);
  const client = await aClient(folder);
  const [processed] = (await client.ask()).changes;
  await edit(anna.actor, entryId, 'changed meanwhile');
  const [again] = (await client.ask()).changes;
  // Clients pass over what they have processed, and know it by this number.
  assert.notEqual(again?.changeId, processed?.changeId);
});

test('who only counts what is new is told it, again and again, with a restriction or without', async () => {
  const folder = await aFolder();
  await put(anna.actor, folder);
  const client = await aClient(folder);
  const counting = { flags: SYNC_CATCHUP | SYNC_NO_DB_CHANGES | SYNC_NORMAL };
  assert.deepEqual(typesOf((await client.ask(counting)).changes), [ICS_MESSAGE_NEW]);
  assert.deepEqual(
    typesOf((await client.ask({ ...counting, restriction: { kind: 'not', part: aboutFoxes } })).changes),
    [ICS_MESSAGE_NEW],
  );
  await client.sync();
  await put(anna.actor, folder);
  assert.deepEqual(typesOf((await client.ask(counting)).changes), [ICS_MESSAGE_NEW]);
  assert.deepEqual(typesOf(await client.sync()), [ICS_MESSAGE_NEW]);
});

test('flags leave out read states, deletions, associated or other messages', async () => {
  const folder = await aFolder();
  const [read, soft, hard] = [
    await put(anna.actor, folder),
    await put(anna.actor, folder),
    await put(anna.actor, folder),
  ];
  const client = await aClient(folder);
  await client.sync();
  await setReadFlags(anna.actor, { entryIds: [read.entryId] }, 0, 0);
  await remove([soft.entryId], false);
  await remove([hard.entryId], true);
  await put(anna.actor, folder, aMessage(), { associated: true });
  const told = async (flags: number) => typesOf((await client.ask({ flags })).changes);
  assert.deepEqual(await told(SYNC_NORMAL), [ICS_MESSAGE_SOFT_DELETE, ICS_MESSAGE_HARD_DELETE]);
  assert.deepEqual(await told(SYNC_NORMAL | SYNC_NO_SOFT_DELETIONS), [ICS_MESSAGE_HARD_DELETE]);
  assert.deepEqual(await told(SYNC_NORMAL | SYNC_READ_STATE | SYNC_NO_DELETIONS), [ICS_MESSAGE_FLAG]);
  assert.deepEqual(await told(SYNC_ASSOCIATED | SYNC_READ_STATE), [ICS_MESSAGE_NEW]);
  assert.deepEqual(await told(0), []);
  const fresh = await aClient(folder);
  assert.equal((await fresh.ask({ flags: SYNC_ASSOCIATED })).changes.length, 1);
  assert.equal((await fresh.ask({ flags: SYNC_NORMAL })).changes.length, 1);
});

test('with a restriction a client has what meets it: what ceases to is taken, what begins to is given', async () => {
  const folder = await aFolder();
  const [fox, hen] = [await put(anna.actor, folder, about('a fox')), await put(anna.actor, folder, about('a hen'))];
  const client = await aClient(folder);
  const sync = () => client.sync({ restriction: aboutFoxes });
  assert.deepEqual(typesOf(await sync()), [ICS_MESSAGE_NEW]);
  assert.deepEqual([...client.content.values()], ['unread a fox']);
  assert.deepEqual(await sync(), []);
  await edit(anna.actor, hen.entryId, 'now a Fox');
  assert.deepEqual(typesOf(await sync()), [ICS_MESSAGE_NEW]);
  await edit(anna.actor, fox.entryId, 'now a hen');
  assert.deepEqual(typesOf(await sync()), [ICS_MESSAGE_HARD_DELETE]);
  await setReadFlags(anna.actor, { entryIds: [hen.entryId] }, 0, 0);
  assert.deepEqual(typesOf(await sync()), [ICS_MESSAGE_FLAG]);
  await edit(anna.actor, hen.entryId, 'still a fox');
  assert.deepEqual(typesOf(await sync()), [ICS_MESSAGE_CHANGE]);
  await remove([hen.entryId], true);
  assert.deepEqual(typesOf(await sync()), [ICS_MESSAGE_HARD_DELETE]);
  assert.deepEqual([...client.content], []);
});

test('a restriction that comes, changes and goes is told as the difference, though nothing was changed', async () => {
  const folder = await aFolder();
  for (const subject of ['a fox', 'a hen', 'a cat']) await put(anna.actor, folder, about(subject));
  const client = await aClient(folder);
  await client.sync();
  assert.equal(client.content.size, 3);
  await client.sync({ restriction: aboutFoxes });
  assert.deepEqual([...client.content.values()], ['unread a fox']);
  await client.sync({ restriction: { kind: 'not', part: aboutFoxes } });
  assert.deepEqual([...client.content.values()].sort(), ['unread a cat', 'unread a hen']);
  await client.sync();
  assert.equal(client.content.size, 3);
  assert.deepEqual(await client.sync(), []);
});

test('a restriction that nothing meets is remembered too', async () => {
  const folder = await aFolder();
  const { entryId } = await put(anna.actor, folder, about('a hen'));
  const client = await aClient(folder);
  assert.deepEqual(await client.sync({ restriction: aboutFoxes }), []);
  await edit(anna.actor, entryId, 'a fox');
  assert.deepEqual(typesOf(await client.sync({ restriction: aboutFoxes })), [ICS_MESSAGE_NEW]);
});

test('a client whose restricted sync broke off is told the same again', async () => {
  const folder = await aFolder();
  for (const subject of ['a fox', 'two foxes']) await put(anna.actor, folder, about(subject));
  const client = await aClient(folder);
  await client.sync({ restriction: aboutFoxes });
  const state = { syncId: client.syncId, changeId: client.changeId };
  const { entryId } = await put(anna.actor, folder, about('three foxes'));
  const first = await client.ask({ restriction: aboutFoxes, from: state });
  const second = await client.ask({ restriction: aboutFoxes, from: state });
  assert.deepEqual(first, second);
  assert.equal(first.changes.length, 1);
  await remove([entryId], true);
  const third = await client.ask({ restriction: aboutFoxes, from: state });
  assert.deepEqual(third.changes, []);
});

test('what SQL cannot decide is evaluated', async () => {
  const folder = await aFolder();
  // In the body, beyond what the row shows of it.
  const long = (end: string) => aMessage([{ tag: PR_BODY, value: `${'so many words '.repeat(300)}${end}` }]);
  await put(anna.actor, folder, long('the end'));
  await put(anna.actor, folder, long('a fox'));
  const client = await aClient(folder);
  const restriction: Restriction = {
    kind: 'content',
    fuzzyLevel: FL_SUBSTRING,
    tag: PR_BODY,
    value: { tag: PR_BODY, value: 'fox' },
  };
  assert.equal((await client.sync({ restriction })).length, 1);
});

test('what a restricted client brought itself it has, and is told what others do with it', async () => {
  const folder = await aFolder();
  const client = await aClient(folder);
  await client.sync({ restriction: aboutFoxes });
  const target = await open(anna.actor, folder);
  const entryId = entryIdOf(target.store.guid, MAPI_MESSAGE);
  await saveNewMessage(anna.actor, target, about('my own fox'), {
    entryId,
    associated: false,
    syncId: client.syncId,
  });
  assert.deepEqual(await client.sync({ restriction: aboutFoxes }), []);
  await edit(anna.actor, entryId, 'a fox changed by another');
  assert.deepEqual(typesOf(await client.sync({ restriction: aboutFoxes })), [ICS_MESSAGE_CHANGE]);
});

test('a restricted client deletes what it has, and not what it merely lost sight of', async () => {
  const folder = await aFolder();
  const [fox, hen] = [await put(anna.actor, folder, about('a fox')), await put(anna.actor, folder, about('a hen'))];
  const client = await aClient(folder);
  const both = [fox.entryId, hen.entryId];
  const scope = () => inScopeOfSync(anna.actor.database, client.syncId, both);
  assert.deepEqual(await scope(), both);
  await client.sync({ restriction: aboutFoxes });
  assert.deepEqual(await scope(), [fox.entryId]);
  await edit(anna.actor, hen.entryId, 'another fox');
  await client.sync({ restriction: aboutFoxes });
  assert.deepEqual(await scope(), both);
  await client.sync({ restriction: { kind: 'not', part: aboutFoxes } });
  assert.deepEqual(await scope(), []);
  await client.sync();
  assert.deepEqual(await scope(), both);
});

test('what a restricted client brought itself it may delete', async () => {
  const folder = await aFolder();
  const client = await aClient(folder);
  await client.sync({ restriction: aboutFoxes });
  const target = await open(anna.actor, folder);
  const entryId = entryIdOf(target.store.guid, MAPI_MESSAGE);
  await saveNewMessage(anna.actor, target, about('my own fox'), { entryId, associated: false, syncId: client.syncId });
  assert.deepEqual(await inScopeOfSync(anna.actor.database, client.syncId, [entryId]), [entryId]);
});

test('a client from the future, as after a restored backup, is brought back', async () => {
  const folder = await aFolder();
  await put(anna.actor, folder, about('a fox'));
  for (const restriction of [undefined, aboutFoxes]) {
    const client = await aClient(folder);
    client.changeId = 0xffffffff;
    await client.sync(restriction && { restriction });
    assert.ok(client.changeId < 0xffffffff);
    await put(anna.actor, folder, about('another fox'));
    assert.deepEqual(typesOf(await client.sync(restriction && { restriction })), [ICS_MESSAGE_NEW]);
  }
});
