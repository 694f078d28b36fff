import assert from 'node:assert/strict';
import path from 'node:path';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { DEFAULT_ATTRIBUTES, type QueueAttributes } from '../../../local/queues/queue-attributes.ts';
import { NotInFlightError, QueueMissingError, QueueStore } from '../../../local/queues/queue-store.ts';
import { aFolder } from '../a-cloud.ts';

/** A store with the queues `jobs`, `ordered.fifo` and `dead`, and a clock that the test sets. */
function aStore(attributes: Partial<QueueAttributes> = {}) {
  const folder = aFolder();
  const clock = { time: 1_000_000, now: () => clock.time };
  const file = path.join(folder.path, 'queues.db');
  let store = new QueueStore(file, { clock });
  store.putQueue('dead', DEFAULT_ATTRIBUTES);
  store.putQueue('jobs', { ...DEFAULT_ATTRIBUTES, ...attributes });
  store.putQueue('ordered.fifo', { ...DEFAULT_ATTRIBUTES, fifo: true, ...attributes });
  return {
    get store() {
      return store;
    },
    clock,
    reopen() {
      store.close();
      store = new QueueStore(file, { clock });
    },
    [Symbol.dispose]() {
      store.close();
      folder[Symbol.dispose]();
    },
  };
}

const bodies = (messages: readonly { body: string }[]) => messages.map((message) => message.body);

suite('a standard queue', () => {
  test('gives a message to one consumer, and again only after the visibility time-out', () => {
    using setting = aStore({ visibilityTimeoutSeconds: 30 });
    const { store, clock } = setting;
    store.send('jobs', [{ body: 'a' }]);
    assert.deepEqual(bodies(store.receive('jobs', 10)), ['a']);
    assert.deepEqual(store.receive('jobs', 10), []);
    clock.time += 29_999;
    assert.deepEqual(store.receive('jobs', 10), []);
    clock.time += 1;
    const [again] = store.receive('jobs', 10);
    assert.equal(again?.receiveCount, 2);
    assert.equal(again?.firstReceivedAt, 1_000_000);
  });

  test('forgets what was deleted, and ignores a receipt that a later receive has outdated', () => {
    using setting = aStore();
    const { store, clock } = setting;
    store.send('jobs', [{ body: 'a' }]);
    const [first] = store.receive('jobs', 1);
    clock.time += 30_000;
    const [second] = store.receive('jobs', 1);
    store.delete('jobs', [first!.receipt]);
    assert.equal(store.counts('jobs').inFlight, 1);
    store.delete('jobs', [second!.receipt]);
    assert.deepEqual(store.counts('jobs'), { visible: 0, inFlight: 0, delayed: 0 });
  });

  test('shows a message at once when its consumer gives it back', () => {
    using setting = aStore();
    const { store } = setting;
    store.send('jobs', [{ body: 'a' }]);
    const [message] = store.receive('jobs', 1);
    store.changeVisibility('jobs', message!.receipt, 0);
    assert.deepEqual(bodies(store.receive('jobs', 1)), ['a']);
    assert.throws(() => store.changeVisibility('jobs', message!.receipt, 0), NotInFlightError);
  });

  test('keeps a delayed message back', () => {
    using setting = aStore();
    const { store, clock } = setting;
    store.send('jobs', [{ body: 'a', delaySeconds: 5 }]);
    assert.deepEqual(store.counts('jobs'), { visible: 0, inFlight: 0, delayed: 1 });
    assert.equal(store.nextVisibleAt('jobs'), clock.time + 5_000);
    clock.time += 5_000;
    assert.deepEqual(bodies(store.receive('jobs', 1)), ['a']);
  });

  test('hands a message to the dead-letter queue after as many receives as its policy allows', () => {
    using setting = aStore({ redrive: { deadLetterQueue: 'dead', maxReceiveCount: 3 } });
    const { store, clock } = setting;
    store.send('jobs', [{ body: 'poison' }]);
    for (let receive = 1; receive <= 3; receive++) {
      assert.deepEqual(bodies(store.receive('jobs', 1)), ['poison'], `receive ${receive}`);
      clock.time += 30_000;
    }
    const told: string[] = [];
    assert.deepEqual(store.receive('jobs', 1, { onDeadLetter: (queue) => told.push(queue) }), []);
    assert.deepEqual(told, ['dead']);
    const [letter] = store.receive('dead', 1);
    assert.equal(letter?.body, 'poison');
    assert.equal(letter?.deadLetterSource, 'jobs');
  });

  test('drops a message that has outlived its retention', () => {
    using setting = aStore({ retentionSeconds: 60 });
    const { store, clock } = setting;
    store.send('jobs', [{ body: 'old' }]);
    clock.time += 60_000;
    store.send('jobs', [{ body: 'young' }]);
    clock.time += 1;
    store.expire();
    assert.deepEqual(bodies(store.receive('jobs', 10)), ['young']);
  });

  test('is unknown until it is made', () => {
    using setting = aStore();
    assert.throws(() => setting.store.send('no-such', [{ body: 'a' }]), QueueMissingError);
    assert.throws(() => setting.store.receive('no-such', 1), QueueMissingError);
  });
});

suite('a restart', () => {
  test('keeps all messages, and shows at once those whose consumers went with it', () => {
    using setting = aStore();
    setting.store.send('jobs', [{ body: 'a' }, { body: 'b' }, { body: 'late', delaySeconds: 60 }]);
    setting.store.receive('jobs', 1);
    setting.reopen();
    setting.store.releaseAll();
    assert.deepEqual(bodies(setting.store.receive('jobs', 10)), ['a', 'b']);
    assert.equal(setting.store.counts('jobs').delayed, 1);
  });

  test('does not make a message twice that was sent with the same deduplication id', () => {
    using setting = aStore();
    const message = { body: 'a', groupId: 'g', deduplicationId: 'once' };
    const [before] = setting.store.send('ordered.fifo', [message]);
    setting.reopen();
    const [after] = setting.store.send('ordered.fifo', [message]);
    assert.deepEqual(after, before);
    assert.equal(setting.store.counts('ordered.fifo').visible, 1);
  });
});

suite('a FIFO queue', () => {
  const message = (groupId: string, body: string) => ({ groupId, body, deduplicationId: body });

  test('gives a whole run of a group in one batch, in order', () => {
    using setting = aStore();
    setting.store.send('ordered.fifo', [message('g', '1'), message('g', '2'), message('g', '3')]);
    assert.deepEqual(bodies(setting.store.receive('ordered.fifo', 10)), ['1', '2', '3']);
  });

  test('holds a group back while one of its messages is in flight, and lets others pass', () => {
    using setting = aStore();
    const { store } = setting;
    store.send('ordered.fifo', [message('g', 'g1'), message('g', 'g2'), message('h', 'h1')]);
    const [first] = store.receive('ordered.fifo', 1);
    assert.deepEqual(bodies(store.receive('ordered.fifo', 10)), ['h1']);
    store.delete('ordered.fifo', [first!.receipt]);
    assert.deepEqual(bodies(store.receive('ordered.fifo', 10)), ['g2']);
  });

  test('gives a failed message again before those behind it', () => {
    using setting = aStore();
    const { store } = setting;
    store.send('ordered.fifo', [message('g', '1'), message('g', '2')]);
    const [first] = store.receive('ordered.fifo', 1);
    store.changeVisibility('ordered.fifo', first!.receipt, 0);
    assert.deepEqual(bodies(store.receive('ordered.fifo', 10)), ['1', '2']);
  });

  test('takes the same deduplication id again after five minutes', () => {
    using setting = aStore();
    const { store, clock } = setting;
    store.send('ordered.fifo', [message('g', 'same')]);
    clock.time += 5 * 60_000 - 1;
    store.send('ordered.fifo', [message('g', 'same')]);
    assert.equal(store.counts('ordered.fifo').visible, 1);
    clock.time += 1;
    store.send('ordered.fifo', [message('g', 'same')]);
    assert.equal(store.counts('ordered.fifo').visible, 2);
  });

  test('never lets a message overtake another of its group, whatever consumers do', () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('send' as const), group: fc.constantFrom('g', 'h', 'i') }),
      fc.record({ do: fc.constant('receive' as const), most: fc.integer({ min: 1, max: 4 }) }),
      fc.record({ do: fc.constantFrom('delete' as const, 'give back' as const), index: fc.nat(5) }),
      fc.record({ do: fc.constant('wait' as const) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        using setting = aStore();
        const { store, clock } = setting;
        let sent = 0;
        const done: { group: string; number: number }[] = [];
        let flying: ReturnType<QueueStore['receive']> = [];
        const finish = (one: (typeof flying)[number]): void => {
          store.delete('ordered.fifo', [one.receipt]);
          done.push({ group: one.groupId!, number: Number(one.body) });
          flying = flying.filter((other) => other !== one);
        };
        for (const one of steps) {
          if (one.do === 'send') store.send('ordered.fifo', [message(one.group, String(sent++))]);
          else if (one.do === 'receive') flying.push(...store.receive('ordered.fifo', one.most));
          else if (one.do === 'wait') {
            clock.time += 30_000;
            flying = [];
          } else if (flying.length > 0) {
            const chosen = flying[one.index % flying.length]!;
            // A consumer works a group off in order, as it gets it.
            const first = flying.find((other) => other.groupId === chosen.groupId)!;
            if (one.do === 'delete') finish(first);
            else {
              const last = flying.findLast((other) => other.groupId === chosen.groupId)!;
              store.changeVisibility('ordered.fifo', last.receipt, 0);
              flying = flying.filter((other) => other !== last);
            }
          }
        }
        clock.time += 30_000;
        for (let rest = store.receive('ordered.fifo', 10); rest.length > 0; rest = store.receive('ordered.fifo', 10)) {
          flying = rest;
          for (const one of rest) finish(one);
        }
        assert.equal(done.length, sent);
        for (const group of ['g', 'h', 'i']) {
          const order = done.filter((one) => one.group === group).map((one) => one.number);
          assert.deepEqual(
            order,
            order.toSorted((x, y) => x - y),
          );
        }
      }),
      { numRuns: 40 },
    );
  });
});
