import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import type { SQSEvent } from 'aws-lambda';
import { EventSource } from '../../local/functions/event-source.ts';
import { scheduledEvent } from '../../local/functions/schedule.ts';
import { arnOfQueue, QUEUES } from '../../local/instance/topology.ts';
import { aCloud, silent } from './a-cloud.ts';

const sample = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../events/${name}.json`, import.meta.url), 'utf8'));

/** The names in an object, all the way down; of lists those of the first item. */
function shape(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? [] : [shape(value[0])];
  if (typeof value !== 'object' || value === null) return typeof value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([name, member]): [string, unknown] => [name, shape(member)])
      .sort(([x], [y]) => (x < y ? -1 : 1)),
  );
}

suite('an event of the local cloud has the same members as the cloud’s, by the samples', () => {
  test('of received mail', async () => {
    await using cloud = await aCloud({ durable: false });
    const raw =
      'From: Bob <bob@example.net>\r\nTo: alice@example.org\r\nSubject: x\r\nMessage-ID: <x@x>\r\nDate: Mon, 23 Nov 2026 21:45:30 +0100\r\n\r\nx\r\n';
    const envelope = { from: 'bob@example.net', recipients: ['alice@example.org'], client: 'mx.example.net' };
    await cloud.exchange.receive(envelope, [Buffer.from(raw)]);
    const got = Promise.withResolvers<SQSEvent>();
    const source = new EventSource({
      queues: cloud.queues,
      queue: QUEUES.inbound,
      region: 'local',
      arnOf: arnOfQueue,
      batchSize: 5,
      concurrency: 1,
      log: silent,
      invoke: async (event) => got.resolve(event),
    });
    const event = await got.promise;
    await source.stop();
    const expected = sample('dagent') as SQSEvent;
    assert.deepEqual(shape(event), shape(expected));
    assert.deepEqual(shape(JSON.parse(event.Records[0]!.body)), shape(JSON.parse(expected.Records[0]!.body)));
  });

  test('of mail that was taken and of a bounce, which the addresses of SES’s mailbox simulator cause', async () => {
    await using cloud = await aCloud({ durable: false });
    const raw = Buffer.from(
      'From: Alice <alice@example.org>\r\nTo: bounce@simulator.amazonses.com\r\nSubject: Hello\r\nMessage-ID: <x@x>\r\n\r\nx\r\n',
    );
    const recipients = [
      'bounce+label@simulator.amazonses.com',
      'complaint@simulator.amazonses.com',
      'fine@example.net',
    ];
    const tags = [['sending', 'm4711-1_1']] as const;
    const messageId = await cloud.outbox.send({ api: 'v1', from: 'alice@example.org', recipients, tags, raw });
    const messages = await cloud.queues.receive(QUEUES.reports, { most: 10 });
    const reports = messages.map(
      (message) => JSON.parse(message.body) as { eventType: string; mail: { messageId: string } },
    );
    assert.deepEqual(
      reports.map((report) => [report.eventType, report.mail.messageId]),
      [
        ['Send', messageId],
        ['Bounce', messageId],
        ['Complaint', messageId],
      ],
    );
    for (const [index, file] of ['spooler-send', 'spooler-report'].entries()) {
      const expected = (sample(file) as SQSEvent).Records[0]!.body;
      assert.deepEqual(shape(reports[index]), shape(JSON.parse(expected)));
    }
  });

  test('of a schedule', () => {
    assert.deepEqual(shape(scheduledEvent('monitor', 'local', '0')), shape(sample('monitor')));
  });
});
