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
import type { SaveTree } from '../../../../core/store/save-tree.ts';
import { aChild, aMessage, folderIn, type Mailbox, open, put } from '../a-server.ts';

/** A message that has only these properties. */
export const aNote = (properties: readonly Property[], children: readonly SaveTree[] = []): SaveTree => ({
  ...aMessage([], children),
  properties: [{ tag: tags.PR_MESSAGE_CLASS, value: 'IPM.Note' }, ...properties],
});

/** Messages that were not read. */
export const UNREAD: Restriction = { kind: 'bitmask', tag: tags.PR_MESSAGE_FLAGS, test: BMR_EQZ, mask: 1 };
const subject = (value: string): Property => ({ tag: tags.PR_SUBJECT, value });
const body = (value: string): Property => ({ tag: tags.PR_BODY, value });

/** What may be searched for, and what messages say: in columns, in documents, beside them and in blobs. */
const WORDS = ['Alpha', 'beta', 'straße', 'gamma'];
const text = fc.tuple(
  fc.constantFrom('', 'x', 'long '.repeat(300), 'endless '.repeat(4_000)),
  fc.constantFrom(...WORDS),
);

/** Something that happens in a mailbox. */
export type Operation = (world: World) => Promise<void>;

/** A mailbox with folders and messages that come and go. */
export class World {
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
/** Whatever a client may do with messages and folders. */
export const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(index, text, fc.boolean(), fc.boolean()).map(
      ([at, [filler, word], inBody, associated]): Operation =>
        async (world) => {
          const folder = world.folder(at);
          if (!(await world.isAlive(folder))) return;
          const properties = inBody ? [subject('nothing'), body(`${filler}${word}`)] : [subject(`${filler}${word}`)];
          const recipient = aChild(MAPI_MAILUSER, [{ tag: tags.PR_DISPLAY_NAME, value: `${word} Example` }]);
          const { entryId } = await put(world.actor, folder, aNote(properties, [recipient]), {
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

/** A mailbox with three folders: one in another, and one beside. */
export async function aWorld({ actor, inbox, rootEntryId }: Mailbox): Promise<World> {
  return new World(actor, [inbox, await folderIn(actor, inbox, 'below'), await folderIn(actor, rootEntryId, 'beside')]);
}
