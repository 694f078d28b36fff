import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Context } from 'aws-lambda';
import type { MonitorReport } from '../../../core/mail/quota-monitor.ts';
import { environment } from '../../../core/platform/configuration.ts';
import { functionEnvironment } from '../../../local/instance/function-environment.ts';
import { aMailServer } from '../../core/mail/a-mail-server.ts';

type Handler = (event: unknown, context: Context) => Promise<MonitorReport>;

const sample: unknown = JSON.parse(readFileSync(new URL('../../../events/monitor.json', import.meta.url), 'utf8'));
const context = { functionName: 'monitor', getRemainingTimeInMillis: () => 60_000 } as unknown as Context;

test('the function tells whose mailbox is over the site’s limits, once, at the sample event', async () => {
  await using server = await aMailServer();
  const settings = {
    [environment.databaseName]: server.database.schema,
    [environment.logLevel]: 'silent',
    [environment.quotaDefaults]: JSON.stringify({ user: { warn: 1, soft: 0, hard: 0 } }),
    [environment.quotaResendHours]: '48',
  };
  Object.assign(
    process.env,
    functionEnvironment({
      endpointUrl: server.cloud.url,
      dataApiUrl: server.database.endpoint,
      credentials: server.cloud.credentials,
      settings,
    }),
  );
  const { handler } = (await import('../../../lambdas/monitor/handler.ts')) as unknown as { handler: Handler };
  const alice = await server.user('alice');
  assert.deepEqual(await handler(sample, context), { full: 0, mails: 0, failed: 0 });

  await server.platform.database.execute('UPDATE store SET size = 2000 WHERE owner_id = :id', {
    id: alice.principalId,
  });
  assert.deepEqual(await handler(sample, context), { full: 1, mails: 1, failed: 0 });
  assert.deepEqual(await handler(sample, context), { full: 0, mails: 0, failed: 0 });
  assert.deepEqual(await server.counts(alice), { content: 1, unread: 1 });
});
