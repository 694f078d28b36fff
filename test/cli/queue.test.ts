import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { submitOne } from '../local/instance/submission-storm.ts';
import { anInstance, asSystem, kgcOf } from './an-instance.ts';

/** Waits until `look` finds something; the machine may be busy. */
async function eventually<T>(look: () => Promise<T | undefined>, what: string): Promise<T> {
  for (let tries = 0; tries < 600; tries++) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`never: ${what}`);
}

suite('mail out of a local instance', () => {
  test('goes the whole way to a user here, comes back as a report from elsewhere, and kgc queue helps where it fails', async () => {
    await using instance = await anInstance();
    const kgc = kgcOf(instance);
    const queue = (...args: string[]) => kgc.run(['queue', ...args, '--endpoints', instance.directory.endpoints]);
    const queueJson = async (...args: string[]) => JSON.parse((await queue(...args, '--json')).out);
    await kgc.user('anna');
    await kgc.user('ben');
    await using session = await asSystem(instance);

    await submitOne(session, 'anna', 'To you here', 'ben@demo.local');
    const inbox = async (user: string): Promise<{ subject: string }[]> => kgc.json('message', 'list', user, 'Inbox');
    const arrived = await eventually(
      async () => (await inbox('ben')).find(({ subject }) => subject === 'To you here'),
      'it arrives',
    );
    assert.ok(arrived);
    const sent: { subject: string }[] = await eventually(async () => {
      const rows: { subject: string }[] = await kgc.json('message', 'list', 'anna', 'Sent Items');
      return rows.length > 0 ? rows : undefined;
    }, 'it is in Sent Items');
    assert.deepEqual(
      sent.map(({ subject }) => subject),
      ['To you here'],
    );

    await submitOne(session, 'anna', 'To nobody', 'bounce@simulator.amazonses.com');
    await eventually(
      async () => (await inbox('anna')).find(({ subject }) => subject === 'Undelivered Mail Returned to Sender'),
      'the report',
    );
    const [suppressed, ...others] = await queueJson('suppressed');
    assert.deepEqual(others, []);
    assert.equal(suppressed.address, 'bounce@simulator.amazonses.com');
    assert.match((await queue('unsuppress', 'bounce@simulator.amazonses.com')).out, /again/);
    assert.deepEqual(await queueJson('suppressed'), []);

    assert.match((await queue('list')).err, /Nothing has failed/);
    const { cloud, queues } = instance.endpoints;
    const sqs = new SQSClient({ endpoint: cloud.url, region: cloud.region, credentials: cloud });
    await sqs.send(
      new SendMessageCommand({
        QueueUrl: queues.spool,
        MessageBody: '{"kind":"rubbish"}',
        MessageGroupId: 'x',
        MessageDeduplicationId: 'x',
      }),
    );
    sqs.destroy();
    const [letter] = await eventually(async () => {
      const letters = await queueJson('list');
      return letters.length > 0 ? letters : undefined;
    }, 'a dead letter');
    assert.equal(letter.queue, 'spool');
    assert.match(letter.reason, /not a job/);
    assert.match((await queue('drop', letter.id)).err, /--yes/);
    assert.match((await queue('drop', letter.id.slice(0, 8), '--yes')).out, /Gave up/);
    assert.deepEqual(await queueJson('list'), []);
    assert.equal((await queue('show', 'zzz')).code, 1);
    assert.equal((await queue('retry')).code, 2);
  });
});
