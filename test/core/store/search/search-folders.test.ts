import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import * as tags from '../../../../core/mapi/tags.ts';
import { aServer, folderIn, type Mailbox, type Server } from '../a-server.ts';
import { contains, foundIn, judgedIn, searchFolderIn, type Wanted } from './a-search.ts';
import { aWorld, operation, UNREAD } from './a-world.ts';

let server: Server;
before(async () => {
  server = await aServer();
});
after(async () => {
  await server[Symbol.asyncDispose]();
});

let names = 0;
const newMailbox = (): Promise<Mailbox> => server.mailbox(`person${++names}`);

test('whatever happens to messages and folders, a search folder lists what a look at every message would find', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(operation, { minLength: 1, maxLength: 6 }), { minLength: 2, maxLength: 6 }),
      async (rounds) => {
        const mailbox = await newMailbox();
        const { actor, inbox, rootEntryId } = mailbox;
        const world = await aWorld(mailbox);
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
