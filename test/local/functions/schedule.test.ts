import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { Schedule, scheduledEvent } from '../../../local/functions/schedule.ts';
import { silent } from '../a-cloud.ts';

const where = { region: 'local', accountId: '000000000000', log: silent };

test('a schedule invokes at its interval, survives failures, and never twice at a time', async () => {
  let running = 0;
  let calls = 0;
  const schedule = new Schedule({
    ...where,
    name: 'monitor',
    everyMinutes: 20 / 60_000,
    invoke: async () => {
      calls += 1;
      assert.equal(++running, 1);
      await pause(50);
      running -= 1;
      if (calls === 1) throw new Error('broken');
    },
  });
  await pause(400);
  await schedule.stop();
  assert.ok(calls >= 2 && calls <= 8, `${calls} calls`);
  const before = calls;
  await pause(100);
  assert.equal(calls, before);
});

test('a scheduled event has the shape of EventBridge', () => {
  const event = scheduledEvent('monitor', 'local', '000000000000');
  assert.equal(event['detail-type'], 'Scheduled Event');
  assert.deepEqual(event.resources, ['arn:aws:events:local:000000000000:rule/monitor']);
  assert.match(event.time, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
});
