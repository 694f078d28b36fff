import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { SQSEvent } from 'aws-lambda';
import { EventSource } from '../../../local/functions/event-source.ts';
import { arnOfQueue, deadLettersOf, QUEUES, queues } from '../../../local/instance/topology.ts';
import { aCloud, silent, until } from '../a-cloud.ts';

const queue = QUEUES.inbound;

/** A cloud whose inbound queue feeds `invoke`. */
async function aSource(
  invoke: (event: SQSEvent) => Promise<unknown>,
  options: { batchSize?: number; concurrency?: number } = {},
) {
  const cloud = await aCloud({ durable: false, queueAttributes: queues(1) });
  const events: SQSEvent[] = [];
  let source: EventSource | undefined;
  return {
    cloud,
    events,
    send: (...bodies: string[]) =>
      cloud.queues.send(
        queue,
        bodies.map((body) => ({ body })),
      ),
    counts: () => cloud.queues.store.counts(queue),
    listen() {
      source = new EventSource({
        queues: cloud.queues,
        queue,
        region: 'local',
        arnOf: arnOfQueue,
        batchSize: 10,
        concurrency: 1,
        log: silent,
        ...options,
        invoke: (event) => {
          events.push(event);
          return invoke(event);
        },
      });
    },
    stop: () => source?.stop(),
    async [Symbol.asyncDispose]() {
      await source?.stop();
      await cloud[Symbol.asyncDispose]();
    },
  };
}

const bodiesOf = (event: SQSEvent | undefined) => event?.Records.map((record) => record.body);
const empty = { visible: 0, inFlight: 0, delayed: 0 };

suite('a queue that feeds a function', { concurrency: true }, () => {
  test('gives batches in the shape of SQS events and deletes what went well', async () => {
    await using source = await aSource(async () => ({ batchItemFailures: [] }));
    source.send('1', '2', '3');
    source.listen();
    await until(() => source.events.length > 0, 'the function is invoked');
    await until(() => source.counts().inFlight === 0, 'the batch is deleted');
    assert.deepEqual(bodiesOf(source.events[0]), ['1', '2', '3']);
    const [record] = source.events[0]!.Records;
    assert.equal(record?.eventSourceARN, arnOfQueue(queue));
    assert.equal(record?.attributes.ApproximateReceiveCount, '1');
    assert.deepEqual(source.counts(), empty);
  });

  test('gives again only those that the function reports as failed', async () => {
    await using source = await aSource(async (event) => ({
      batchItemFailures: event.Records.filter(
        (record) => record.body === 'bad' && record.attributes.ApproximateReceiveCount === '1',
      ).map((record) => ({ itemIdentifier: record.messageId })),
    }));
    source.send('good', 'bad', 'fine');
    source.listen();
    await until(() => source.events.length === 2, 'the failed one comes again');
    assert.deepEqual(bodiesOf(source.events[1]), ['bad']);
    await until(() => source.counts().inFlight === 0, 'it is deleted then');
    assert.deepEqual(source.counts(), empty);
  });

  test('gives all of a batch again when the function throws or names an item that is none', async () => {
    let call = 0;
    await using source = await aSource(async () => {
      call += 1;
      if (call === 1) throw new Error('broken');
      if (call === 2) return { batchItemFailures: [{ itemIdentifier: 'of another batch' }] };
      return null;
    });
    source.send('1', '2');
    source.listen();
    await until(() => source.events.length === 3, 'the batch comes a third time');
    assert.deepEqual(bodiesOf(source.events[2]), ['1', '2']);
    await until(() => source.counts().inFlight === 0, 'it is deleted then');
  });

  test('leaves poison to the dead-letter queue after five attempts', async () => {
    await using source = await aSource(async () => {
      throw new Error('poison');
    });
    source.send('poison');
    source.listen();
    const { store } = source.cloud.queues;
    await until(() => store.counts(deadLettersOf(queue)).visible === 1, 'it is a dead letter');
    assert.equal(source.events.length, 5);
    assert.deepEqual(source.counts(), empty);
  });

  test('invokes at most as many at a time as it may, and ends after those under way', async () => {
    let running = 0;
    let most = 0;
    const open = Promise.withResolvers<void>();
    await using source = await aSource(
      async () => {
        running += 1;
        most = Math.max(most, running);
        await open.promise;
        running -= 1;
      },
      { batchSize: 1, concurrency: 2 },
    );
    source.send('1', '2', '3', '4');
    source.listen();
    await until(() => running === 2, 'two run');
    const stopped = source.stop();
    open.resolve();
    await stopped;
    assert.equal(most, 2);
    assert.deepEqual(source.counts(), { visible: 2, inFlight: 0, delayed: 0 });
  });
});
