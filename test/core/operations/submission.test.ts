import assert from 'node:assert/strict';
import test from 'node:test';
import { EC_SUBMIT_LOCAL, EC_SUBMIT_MASTER, submitMessage } from '../../../core/store/submission.ts';
import { open, put } from '../store/a-server.ts';
import { aService } from './a-service.ts';

test('only what clients send themselves is finished by their word; mail of the spooler stays in its queue', async () => {
  await using service = await aService();
  const anna = await service.server.mailbox('anna');
  const client = await service.client(anna);
  const { database } = service.server.platform;
  for (const [flags, left] of [
    [EC_SUBMIT_MASTER, 1],
    [EC_SUBMIT_LOCAL, 0],
  ] as const) {
    const { id, entryId } = await put(anna.actor, anna.inbox);
    await submitMessage(anna.actor, await open(anna.actor, entryId), flags);
    const before = (await open(anna.actor, entryId)).object.messageFlags;
    assert.equal((await client.call('finishedMessage', { sEntryId: entryId, ulFlags: flags })).result, 0);
    const rows = await database.query('SELECT 1 AS n FROM outgoing WHERE object_id = :id', { id });
    assert.equal(rows.length, left);
    const isUntouched = (await open(anna.actor, entryId)).object.messageFlags === before;
    assert.equal(isUntouched, flags === EC_SUBMIT_MASTER);
  }
});
