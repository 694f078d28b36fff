import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { JobTooLargeError, type Queue } from '../../../core/platform/queue.ts';

export interface OpenQueue extends AsyncDisposable {
  readonly queue: Queue;
  /** Takes what can be consumed now, in order. */
  consume(): Promise<string[]>;
}

/** What every implementation of the queue port promises; `open` makes a new, empty FIFO or standard queue. */
export function queueContract(name: string, open: (kind: 'standard' | 'fifo') => Promise<OpenQueue>): void {
  suite(`${name} as a queue`, { concurrency: true }, () => {
    test('delivers what was sent', async () => {
      await using opened = await open('standard');
      await opened.queue.send('grüße 🐟\n{"a":1}');
      assert.deepEqual(await opened.consume(), ['grüße 🐟\n{"a":1}']);
    });

    test('keeps a delayed job back', async () => {
      await using opened = await open('standard');
      await opened.queue.send('later', { delaySeconds: 1 });
      assert.deepEqual(await opened.consume(), []);
      await new Promise((resolve) => setTimeout(resolve, 1_050));
      assert.deepEqual(await opened.consume(), ['later']);
    });

    test('keeps the order of a group and takes a job only once', async () => {
      await using opened = await open('fifo');
      for (const id of ['1', '2', '2', '3']) await opened.queue.send(id, { groupId: 'g', deduplicationId: id });
      assert.deepEqual(await opened.consume(), ['1', '2', '3']);
    });

    test('takes a job of 1 MiB and refuses one that is a byte longer', async () => {
      await using opened = await open('standard');
      await opened.queue.send('x'.repeat(1024 * 1024));
      await assert.rejects(opened.queue.send('x'.repeat(1024 * 1024 + 1)), JobTooLargeError);
      await assert.rejects(opened.queue.send('ü'.repeat(512 * 1024 + 1)), JobTooLargeError);
      assert.equal((await opened.consume()).length, 1);
    });
  });
}
