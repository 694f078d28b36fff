import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { KopanoError } from '../../../../core/mapi/error.ts';
import { KCERR_COLLISION, KCERR_FOLDER_CYCLE } from '../../../../core/mapi/error-codes.ts';
import { MAPI_MAILUSER } from '../../../../core/mapi/object-types.ts';
import type { Property } from '../../../../core/mapi/property.ts';
import { BMR_EQZ, type Restriction } from '../../../../core/mapi/restriction.ts';
import * as tags from '../../../../core/mapi/tags.ts';
import type { Actor } from '../../../../core/store/actor.ts';
import { copyMessages } from '../../../../core/store/copy.ts';
import { moveFolder } from '../../../../core/store/copy-folder.ts';
import { deleteObjects } from '../../../../core/store/deletion.ts';
import { moveMessages } from '../../../../core/store/move.ts';
import { CLEAR_READ_FLAG, setReadFlags } from '../../../../core/store/read-flags.ts';
import { saveExisting } from '../../../../core/store/save-existing.ts';
import { aChild, aMessage, aServer, folderIn, type Mailbox, open, put, type Server } from '../a-server.ts';
import { contains, foundIn, judgedIn, searchFolderIn, type Wanted } from './a-search.ts';

let server: Server;
before(async () => {
  server = await aServer();
});
after(async () => {
  await server[Symbol.asyncDispose]();
});

let names = 0;
const newMailbox = (): Promise<Mailbox> => server.mailbox(`person${++names}`);

const UNREAD: Restriction = { kind: 'bitmask', tag: tags.PR_MESSAGE_FLAGS, test: BMR_EQZ, mask: 1 };
const subject = (value: string): Property => ({ tag: tags.PR_SUBJECT, value });
const body = (value: string): Property => ({ tag: tags.PR_BODY, value });

/** What may be searched for, and what messages say: in columns, in documents, beside them and in blobs. */
const WORDS = ['Alpha', 'beta', 'straße', 'gamma'];
const text = fc.tuple(
  fc.constantFrom('', 'x', 'long '.repeat(300), 'endless '.repeat(4_000)),
  fc.constantFrom(...WORDS),
);

type Operation = (world: World) => Promise<void>;

/** A mailbox with folders and messages that come and go. */
class World {
  readonly actor: Actor;
  readonly folders: Buffer[];
  messages: Buffer[] = [];
  #names = 0;

  constructor(actor: Actor, folders: Buffer[]) {
    this.actor = actor;
    this.folders = folders;
  }

  folder(index: number): Buffer {
    return this.folders[index % this.folders.length]!;
  }

  message(index: number): Buffer | undefined {
    return this.messages[index % Math.max(1, this.messages.length)];
  }

  name(): string {
    return `folder ${++this.#names}`;
  }

  async isAlive(folder: Buffer): Promise<boolean> {
    const { object, folder: row } = await open(this.actor, folder);
    return !object.deleted && row?.gone !== true;
  }
}

const index = fc.nat(50);
const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(index, text, fc.boolean(), fc.boolean()).map(
      ([at, [filler, word], inBody, associated]): Operation =>
        async (world) => {
          const folder = world.folder(at);
          if (!(await world.isAlive(folder))) return;
          const properties = inBody ? [subject('nothing'), body(`${filler}${word}`)] : [subject(`${filler}${word}`)];
          const recipient = aChild(MAPI_MAILUSER, [{ tag: tags.PR_DISPLAY_NAME, value: `${word} Example` }]);
          const { entryId } = await put(world.actor, folder, aMessage(properties, [recipient]), {
            associated: associated && at % 3 === 0,
          });
          world.messages.push(entryId);
        },
    ),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(index, fc.boolean()).map(
      ([at, unread]): Operation =>
        async (world) => {
          const entryId = world.message(at);
          if (entryId) await setReadFlags(world.actor, { entryIds: [entryId] }, unread ? CLEAR_READ_FLAG : 0, 0);
        },
    ),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(index, fc.constantFrom(...WORDS)).map(
      ([at, word]): Operation =>
        async (world) => {
          const entryId = world.message(at);
          if (!entryId) return;
          const target = await open(world.actor, entryId);
          if (target.object.deleted || target.parent?.gone) return;
          await saveExisting(
            world.actor,
            target,
            {
              clientId: 0,
              id: target.object.id,
              kind: target.object.kind,
              deleted: false,
              removed: [],
              properties: [subject(word)],
              children: [],
            },
            { syncId: 0 },
          );
        },
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(index, fc.boolean()).map(
      ([at, hard]): Operation =>
        async (world) => {
          const entryId = world.message(at);
          if (!entryId) return;
          await deleteObjects(
            world.actor,
            { entryIds: [entryId] },
            { hard, messages: true, folders: false, syncId: 0 },
          );
          if (hard) world.messages = world.messages.filter((each) => !each.equals(entryId));
        },
    ),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(index, index).map(
      ([at, to]): Operation =>
        async (world) => {
          const entryId = world.message(at);
          const folder = world.folder(to);
          if (!entryId || !(await world.isAlive(folder))) return;
          const { object } = await open(world.actor, entryId);
          await moveMessages(world.actor, [entryId], await open(world.actor, folder), 0);
          const [row] = await world.actor.platform.database.query<{ entry_id: Buffer }>(
            'SELECT entry_id FROM object WHERE id = :id',
            { id: object.id },
          );
          world.messages = world.messages.map((each) => (each.equals(entryId) ? row!.entry_id : each));
        },
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(index, index).map(
      ([at, to]): Operation =>
        async (world) => {
          const entryId = world.message(at);
          const folder = world.folder(to);
          if (entryId && (await world.isAlive(folder)))
            await copyMessages(world.actor, [entryId], await open(world.actor, folder), 0);
        },
    ),
  },
  {
    weight: 2,
    arbitrary: index.map(
      (at): Operation =>
        async (world) => {
          const folder = world.folder(at);
          if (await world.isAlive(folder)) world.folders.push(await folderIn(world.actor, folder, world.name()));
        },
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(index, index).map(
      ([at, to]): Operation =>
        async (world) => {
          const [folder, destination] = [world.folder(at), world.folder(to)];
          if (folder === world.folders[0] || !(await world.isAlive(destination))) return;
          try {
            await moveFolder(world.actor, {
              folder: await open(world.actor, folder),
              destination: await open(world.actor, destination),
              name: world.name(),
              syncId: 0,
            });
          } catch (error) {
            if (!(error instanceof KopanoError && [KCERR_FOLDER_CYCLE, KCERR_COLLISION].includes(error.code)))
              throw error;
          }
        },
    ),
  },
  {
    weight: 1,
    arbitrary: index.map(
      (at): Operation =>
        async (world) => {
          const folder = world.folder(at);
          if (folder === world.folders[0] || !(await world.isAlive(folder))) return;
          const { object } = await open(world.actor, folder);
          await deleteObjects(
            world.actor,
            { ids: [object.id] },
            { hard: false, messages: true, folders: true, syncId: 0 },
          );
        },
    ),
  },
);

test('whatever happens to messages and folders, a search folder lists what a look at every message would find', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(operation, { minLength: 1, maxLength: 6 }), { minLength: 2, maxLength: 6 }),
      async (rounds) => {
        const { actor, inbox, rootEntryId } = await newMailbox();
        const world = new World(actor, [
          inbox,
          await folderIn(actor, inbox, 'below'),
          await folderIn(actor, rootEntryId, 'beside'),
        ]);
        const searches: Wanted[] = [
          { restriction: contains(tags.PR_BODY, 'ALPHA'), folders: [rootEntryId], recursive: true },
          { restriction: UNREAD, folders: [inbox] },
          { restriction: { kind: 'not', part: UNREAD }, folders: [world.folder(1), world.folder(2)], recursive: true },
          {
            restriction: {
              kind: 'or',
              parts: [
                contains(tags.PR_SUBJECT, 'Bet'),
                contains(tags.PR_SUBJECT, 'straße'),
                { kind: 'sub', objects: tags.PR_MESSAGE_RECIPIENTS, part: contains(tags.PR_DISPLAY_NAME, 'gamma') },
              ],
            },
            folders: [inbox],
            recursive: true,
          },
        ];
        const finder = await folderIn(actor, rootEntryId, 'finder');
        const folders = await Promise.all(
          searches.map((wanted, each) => searchFolderIn(actor, finder, `search ${each}`, wanted)),
        );
        for (const round of rounds) {
          for (const each of round) await each(world);
          for (const [each, wanted] of searches.entries())
            assert.deepEqual(await foundIn(actor, folders[each]!), await judgedIn(actor, wanted), `search ${each}`);
        }
      },
    ),
    { numRuns: 12 },
  );
});
