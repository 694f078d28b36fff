import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { environment } from '../../../core/platform/configuration.ts';
import { functionEnvironment } from '../../../local/instance/function-environment.ts';
import { QUEUES } from '../../../local/instance/topology.ts';
import { aMailServer } from '../../core/mail/a-mail-server.ts';

type Handler = (event: unknown, context: Context) => Promise<SQSBatchResponse>;

const sample = (file: string): SQSEvent =>
  JSON.parse(readFileSync(new URL(`../../../events/${file}.json`, import.meta.url), 'utf8')) as SQSEvent;
const context = { functionName: 'spooler', getRemainingTimeInMillis: () => 60_000 } as unknown as Context;
const NONE = { batchItemFailures: [] };

test('the function does the sample events, reports by item what it cannot, and answers operators', async () => {
  await using server = await aMailServer();
  Object.assign(
    process.env,
    functionEnvironment({
      endpointUrl: server.cloud.url,
      dataApiUrl: server.database.endpoint,
      credentials: server.cloud.credentials,
      settings: { [environment.databaseName]: server.database.schema, [environment.logLevel]: 'silent' },
    }),
  );
  const { handler } = (await import('../../../lambdas/spooler/handler.ts')) as unknown as { handler: Handler };
  const alice = await server.user('alice');

  assert.deepEqual(await handler(sample('spooler'), context), NONE, 'a message that is gone is done');
  assert.deepEqual(await handler(sample('spooler-postponed'), context), NONE);
  assert.equal(server.cloud.queues.store.counts(QUEUES.spool).visible, 1, 'its time has come');
  assert.deepEqual(await handler(sample('spooler-send'), context), NONE);
  assert.deepEqual(await handler(sample('spooler-topic'), context), NONE);
  for (const _ of ['a bounce', 'and once more'])
    assert.deepEqual(await handler(sample('spooler-report'), context), NONE);
  assert.deepEqual(
    await server.counts(alice),
    { content: 1, unread: 1 },
    'one report, though nobody remembers the mail',
  );

  const [report] = sample('spooler-report').Records;
  const rubbish = { ...report!, messageId: 'rubbish', body: '{"eventType":"Bounce"}' };
  assert.deepEqual(await handler({ Records: [rubbish, report!] }, context), {
    batchItemFailures: [{ itemIdentifier: 'rubbish' }],
  });

  const { suppressed } = (await handler({ ask: 'suppressed' }, context)) as unknown as {
    suppressed: { address: string }[];
  };
  assert.deepEqual(
    suppressed.map(({ address }) => address),
    ['nobody@example.net'],
  );
  assert.ok('error' in (await handler({ ask: 'everything' }, context)));
});
