import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { FOLDER_GENERIC } from '../../../../core/mapi/object-types.ts';
import { FL_SUBSTRING, type Restriction } from '../../../../core/mapi/restriction.ts';
import { PR_DISPLAY_NAME, PR_SUBJECT } from '../../../../core/mapi/tags.ts';
import type { Actor } from '../../../../core/store/actor.ts';
import { moveFolder } from '../../../../core/store/copy-folder.ts';
import { deleteObjects } from '../../../../core/store/deletion.ts';
import { createFolders } from '../../../../core/store/folders.ts';
import { moveMessages } from '../../../../core/store/move.ts';
import { setReadFlags } from '../../../../core/store/read-flags.ts';
import { saveExisting } from '../../../../core/store/save-existing.ts';
import type { SaveTree } from '../../../../core/store/save-tree.ts';
import { aMessage, aServer, folderIn, type Mailbox, open, put, type Server } from '../a-server.ts';
import { ContentsClient, contentsOf, foldersBelow, HierarchyClient } from './a-client.ts';

/*
 * Whatever several writers do at once, and whenever clients ask: when all is
 * quiet, one more sync makes each client's copy equal to what the server has.
 */

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

const ANIMALS = ['fox', 'hen', 'cat'] as const;
const about = (subject: string): SaveTree => ({ ...aMessage(), properties: [{ tag: PR_SUBJECT, value: subject }] });
const onlyAbout = (animal: string): Restriction => ({
  kind: 'content',
  fuzzyLevel: FL_SUBSTRING,
  tag: PR_SUBJECT,
  value: { tag: PR_SUBJECT, value: animal },
});

/** Something that a writer does to one of the messages there are, picked by a number. */
type Step =
  | { readonly kind: 'create' | 'edit'; readonly pick: number; readonly animal: string }
  | { readonly kind: 'move' | 'soft delete' | 'hard delete' | 'read' | 'unread'; readonly pick: number };

const pick = fc.nat({ max: 1_000 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('create' as const), pick, animal: fc.constantFrom(...ANIMALS) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('edit' as const), pick, animal: fc.constantFrom(...ANIMALS) }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        'move' as const,
        'soft delete' as const,
        'hard delete' as const,
        'read' as const,
        'unread' as const,
      ),
      pick,
    }),
  },
);

/** Rounds: in each several writers work at once while the clients sync. */
const rounds = fc.array(fc.array(fc.array(step, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 3 }), {
  minLength: 2,
  maxLength: 5,
});

const CLEAR_READ = 4;

async function perform(actor: Actor, boxes: readonly Buffer[], action: Step): Promise<void> {
  const box = boxes[action.pick % boxes.length]!;
  if (action.kind === 'create') {
    await put(actor, box, about(`a ${action.animal} ${action.pick}`));
    return;
  }
  const { object } = await open(actor, box);
  const messages = await actor.database.query<{ id: number; entry_id: Buffer }>(
    'SELECT id, entry_id FROM object WHERE parent_id = :id AND kind = 5 AND deleted = 0 ORDER BY id',
    { id: object.id },
  );
  const message = messages[action.pick % Math.max(1, messages.length)];
  if (!message) return;
  const entryIds = [message.entry_id];
  const deletion = { messages: true, folders: false, syncId: 0 };
  switch (action.kind) {
    case 'edit': {
      const target = await open(actor, message.entry_id);
      await saveExisting(actor, target, { ...about(`${action.animal} ${action.pick}`), id: message.id }, { syncId: 0 });
      return;
    }
    case 'move':
      await moveMessages(actor, entryIds, await open(actor, boxes[(action.pick + 1) % boxes.length]!), 0);
      return;
    case 'soft delete':
    case 'hard delete':
      await deleteObjects(actor, { entryIds }, { ...deletion, hard: action.kind === 'hard delete' });
      return;
    default:
      await setReadFlags(actor, { entryIds }, action.kind === 'read' ? 0 : CLEAR_READ, 0);
  }
}

/** Another writer may have taken the message away meanwhile, which is no trouble here. */
const tryTo = (work: Promise<unknown>): Promise<unknown> =>
  work.catch((error: unknown) => {
    if (!(error instanceof Error) || !/is not there|is gone|is deleted|does not exist/.test(error.message)) throw error;
  });

const another = (): Actor => {
  const platform = server.another();
  return { platform, database: platform.database, identity: anna.actor.identity };
};

test("whatever writers do at once, a client's copy becomes what the folder has", async () => {
  await fc.assert(
    fc.asyncProperty(rounds, async (script) => {
      const boxes = [
        await folderIn(anna.actor, anna.rootEntryId, `box ${++folders}`),
        await folderIn(anna.actor, anna.rootEntryId, `box ${++folders}`),
      ];
      const clients = await Promise.all(boxes.map((box) => ContentsClient.of(anna.actor, box)));
      const late = await Promise.all(boxes.map((box) => ContentsClient.of(anna.actor, box)));
      for (const writers of script) {
        await Promise.all([
          ...writers.map(async (steps) => {
            const actor = another();
            for (const one of steps) await tryTo(perform(actor, boxes, one));
          }),
          ...clients.map((client) => client.sync()),
        ]);
      }
      for (const [index, box] of boxes.entries()) {
        const there = await contentsOf(anna.actor, box);
        for (const client of [clients[index]!, late[index]!]) {
          await client.sync();
          assert.deepEqual(new Map([...client.content].sort()), new Map([...there].sort()));
          assert.deepEqual(await client.sync(), []);
        }
      }
    }),
    { numRuns: 12 },
  );
});

test('with restrictions that come and go, the copy becomes what meets the last one', async () => {
  const restrictions = fc.array(fc.option(fc.constantFrom(...ANIMALS), { nil: undefined }), {
    minLength: 1,
    maxLength: 5,
  });
  await fc.assert(
    fc.asyncProperty(rounds, restrictions, async (script, animals) => {
      const box = await folderIn(anna.actor, anna.rootEntryId, `box ${++folders}`);
      const elsewhere = await folderIn(anna.actor, anna.rootEntryId, `box ${++folders}`);
      const client = await ContentsClient.of(anna.actor, box);
      const optionsFor = (animal: string | undefined) => (animal ? { restriction: onlyAbout(animal) } : {});
      for (const [index, writers] of script.entries()) {
        await Promise.all([
          ...writers.map(async (steps) => {
            const actor = another();
            for (const one of steps) await tryTo(perform(actor, [box, elsewhere], one));
          }),
          client.sync(optionsFor(animals[index % animals.length])),
        ]);
      }
      const last = animals.at(-1);
      await client.sync(optionsFor(last));
      const there = [...(await contentsOf(anna.actor, box))].filter(([, shown]) => !last || shown.includes(last));
      assert.deepEqual(new Map([...client.content].sort()), new Map(there.sort()));
      assert.deepEqual(await client.sync(optionsFor(last)), []);
    }),
    { numRuns: 12 },
  );
});

type FolderStep =
  | { readonly kind: 'create'; readonly pick: number }
  | { readonly kind: 'rename' | 'move' | 'delete'; readonly pick: number; readonly other: number };

const folderStep: fc.Arbitrary<FolderStep> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('create' as const), pick }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom('rename' as const, 'move' as const, 'delete' as const),
      pick,
      other: pick,
    }),
  },
);

async function performOnFolders(actor: Actor, root: Buffer, action: FolderStep): Promise<void> {
  const top = await open(actor, root);
  const all = await actor.database.query<{ entry_id: Buffer }>(
    `WITH RECURSIVE tree (id) AS (SELECT id FROM folder WHERE id = :id
      UNION ALL SELECT f.id FROM folder f JOIN tree t ON f.parent_id = t.id WHERE f.deleted = 0)
     SELECT o.entry_id FROM object o JOIN tree t ON t.id = o.id ORDER BY o.id`,
    { id: top.object.id },
  );
  const at = (number: number): Buffer => all[number % all.length]!.entry_id;
  if (action.kind === 'create') {
    const request = { name: `folder ${++folders}`, type: FOLDER_GENERIC, openIfExists: false, syncId: 0 };
    await createFolders(actor, await open(actor, at(action.pick)), [request], { mayCreate: true });
    return;
  }
  const folder = await open(actor, at(action.pick));
  if (folder.object.id === top.object.id) return;
  if (action.kind === 'rename') {
    const tree = { ...about(''), kind: folder.object.kind, id: folder.object.id };
    const properties = [{ tag: PR_DISPLAY_NAME, value: `renamed ${++folders}` }];
    await saveExisting(actor, folder, { ...tree, properties }, { syncId: 0 });
  } else if (action.kind === 'move') {
    await moveFolder(actor, { folder, destination: await open(actor, at(action.other)), syncId: 0 });
  } else {
    const options = { hard: action.other % 2 === 0, messages: true, folders: true, syncId: 0 };
    await deleteObjects(actor, { ids: [folder.object.id] }, options);
  }
}

test("whatever is done to folders, a client's copy becomes what there is", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(folderStep, { minLength: 1, maxLength: 5 }), { maxLength: 5 }),
      async (script) => {
        const root = await folderIn(anna.actor, anna.rootEntryId, `tree ${++folders}`);
        const client = await HierarchyClient.of(anna.actor, root);
        await client.sync();
        for (const steps of script) {
          for (const one of steps)
            await performOnFolders(anna.actor, root, one).catch((error: unknown) => {
              if (!(error instanceof Error) || !/lie in itself/.test(error.message)) throw error;
            });
          await client.sync();
        }
        await client.sync();
        const there = await foldersBelow(anna.actor, root);
        assert.deepEqual(new Map([...client.folders].sort()), new Map([...there].sort()));
        assert.deepEqual(await client.sync(), []);
      },
    ),
    { numRuns: 12 },
  );
});

test('a client of folders from the future, as after a restored backup, is brought back', async () => {
  const root = await folderIn(anna.actor, anna.rootEntryId, `tree ${++folders}`);
  const client = await HierarchyClient.of(anna.actor, root);
  client.changeId = 0xffffffff;
  await client.sync();
  await folderIn(anna.actor, root, 'new');
  assert.equal((await client.sync()).length, 1);
});
