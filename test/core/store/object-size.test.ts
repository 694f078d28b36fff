import assert from 'node:assert/strict';
import test from 'node:test';
import { MAPI_MESSAGE } from '../../../core/mapi/object-types.ts';
import { PR_EC_IMAP_EMAIL, PR_SUBJECT } from '../../../core/mapi/tags.ts';
import { saveExisting } from '../../../core/store/save-existing.ts';
import { aMessage, aServer, open, put } from './a-server.ts';

test('the mail that the IMAP gateway keeps beside a message does not count as its size, saved at once or later', async () => {
  await using server = await aServer();
  const { actor, inbox } = await server.mailbox('anna');
  const sizeOf = async (entryId: Buffer) => (await open(actor, entryId)).object.size;
  for (const bytes of [100, 100_000]) {
    const kept = [{ tag: PR_EC_IMAP_EMAIL, value: Buffer.alloc(bytes, 'mail') }];
    const atOnce = await put(actor, inbox, aMessage(kept));
    const later = await put(actor, inbox);
    const plain = await sizeOf(later.entryId);
    const tree = { ...aMessage(), kind: MAPI_MESSAGE, id: later.id, properties: kept };
    await saveExisting(actor, await open(actor, later.entryId), tree, { syncId: 0 });
    for (const { entryId } of [atOnce, later]) assert.ok((await sizeOf(entryId)) - plain < 100, `of ${bytes} bytes`);
    const renamed = { ...tree, properties: [{ tag: PR_SUBJECT, value: 'x'.repeat(1_000) }] };
    await saveExisting(actor, await open(actor, later.entryId), renamed, { syncId: 0 });
    assert.ok((await sizeOf(later.entryId)) - plain > 500, 'a subject counts');
  }
});
