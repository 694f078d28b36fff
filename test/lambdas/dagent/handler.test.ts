import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { environment } from '../../../core/platform/configuration.ts';
import { functionEnvironment } from '../../../local/instance/function-environment.ts';
import { aMailServer } from '../../core/mail/a-mail-server.ts';

type Handler = (event: SQSEvent, context: Context) => Promise<SQSBatchResponse>;

const sample = (file: string): SQSEvent =>
  JSON.parse(readFileSync(new URL(`../../../events/${file}`, import.meta.url), 'utf8')) as SQSEvent;
const context = { functionName: 'dagent', getRemainingTimeInMillis: () => 60_000 } as unknown as Context;

test('the function delivers the sample event, and reports by item what it cannot', async () => {
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
  const { handler } = (await import('../../../lambdas/dagent/handler.ts')) as unknown as { handler: Handler };

  const alice = await server.user('alice');
  const carol = await server.user('carol');
  const event = sample('dagent.json');
  const mail = 'From: bob@example.net\r\nSubject: Lunch?\r\n\r\nAt noon\r\n';
  for (const { body } of event.Records) {
    const { mail: ses } = JSON.parse(body) as { mail: { messageId: string } };
    await server.receive(mail, [], { mailId: ses.messageId });
  }
  assert.deepEqual(await handler(event, context), { batchItemFailures: [] });
  assert.deepEqual(await server.counts(alice), { content: 2, unread: 2 });
  assert.deepEqual(await server.counts(carol), { content: 1, unread: 1 });

  assert.deepEqual(await handler(sample('dagent-setup.json'), context), { batchItemFailures: [] });

  const [lost, known] = event.Records;
  const unknown = { ...lost!, body: lost!.body.replaceAll('alice@', 'nobody@') };
  assert.deepEqual(await handler({ Records: [unknown, known!] }, context), {
    batchItemFailures: [{ itemIdentifier: unknown.messageId }],
  });
});
