import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  BadJobError,
  enqueue,
  outboundKey,
  postpone,
  readJob,
  requireSpool,
  resume,
  sendMail,
  wakeLater,
  wakeNow,
} from '../../../core/mail/spool.ts';
import type { Platform } from '../../../core/platform/platform.ts';
import type { Spool } from '../../../core/platform/spool.ts';
import { QUEUES } from '../../../local/instance/topology.ts';
import { aCloud, silent, type TestCloud } from '../../local/a-cloud.ts';
import { spoolOf } from '../../local/a-spool.ts';

const NOW = Date.UTC(2026, 0, 5, 12);
const store = '896cff8ffb7b4d639bc5967c4bb58234';
const id = 'ab'.repeat(32);

const platformOf = (spool: Spool): Platform =>
  ({ clock: { now: () => NOW }, log: silent, spool }) as unknown as Platform;

const jobsOf = async (cloud: TestCloud, queue: keyof typeof QUEUES = 'spool'): Promise<unknown[]> =>
  (await cloud.queues.receive(QUEUES[queue], { most: 10 })).map(({ body }) => JSON.parse(body) as unknown);

describe('A finished mail', () => {
  it('is in the bucket before its job is on the queue, under a name made of its id', async () => {
    await using cloud = await aCloud({ durable: false });
    const spool = spoolOf(cloud);
    const mail = {
      from: 'a@demo.local',
      recipients: ['b@example.net'],
      raw: Buffer.from('x'),
      dedupeId: 'rule 1 of mail 2',
    };
    await sendMail(platformOf(spool), mail);
    const [job] = await jobsOf(cloud);
    const { id: name, ...rest } = job as { id: string };
    assert.deepEqual(rest, { kind: 'mail', from: 'a@demo.local', recipients: ['b@example.net'] });
    assert.equal((await spool.mails.read(outboundKey({ id: name }))).toString(), 'x');
  });

  it('for nobody is no mail', async () => {
    await using cloud = await aCloud({ durable: false });
    await sendMail(platformOf(spoolOf(cloud)), { from: '', recipients: [], raw: Buffer.from('x'), dedupeId: '1' });
    assert.deepEqual(await jobsOf(cloud), []);
  });

  it('can only be handed over by a function that knows the spooler', () => {
    assert.throws(() => requireSpool({} as Platform), /spooler/);
  });
});

describe('A submission', () => {
  it('wakes the spooler at once, and once more in a minute', async () => {
    await using cloud = await aCloud({ durable: false });
    const spool = spoolOf(cloud);
    await wakeLater(platformOf(spool), { object: 7, store });
    assert.equal(cloud.queues.store.counts(QUEUES.postponed).delayed, 1);
    await wakeNow(platformOf(spool), { object: 7, store });
    assert.deepEqual(await jobsOf(cloud), [{ kind: 'message', object: 7, store }]);
  });

  it('that can’t wake the spooler is no failure', async () => {
    await using cloud = await aCloud({ durable: false });
    const spool = { ...spoolOf(cloud), jobs: { send: () => Promise.reject(new Error('no queue')) } };
    await wakeNow(platformOf(spool), { object: 7, store });
  });

  it('is sent in the order of its store', async () => {
    await using cloud = await aCloud({ durable: false });
    const spool = spoolOf(cloud);
    for (const object of [1, 2]) await enqueue(spool, { kind: 'message', object, store });
    await enqueue(spool, { kind: 'message', object: 3, store: 'another' });
    const first = await cloud.queues.receive(QUEUES.spool, { most: 1 });
    assert.equal((JSON.parse(first[0]!.body) as { object: number }).object, 1);
    assert.deepEqual(
      (await jobsOf(cloud)).map((job) => (job as { object: number }).object),
      [3],
      'what follows in the store waits for the first',
    );
  });
});

describe('A postponed job', () => {
  it('is put back until its time has come, and goes to the spooler then', async () => {
    await using cloud = await aCloud({ durable: false });
    const spool = spoolOf(cloud);
    const job = { kind: 'message', object: 7, store, notBefore: NOW + 3_600_000 } as const;
    await resume(spool, JSON.stringify(job), NOW);
    assert.equal(cloud.queues.store.counts(QUEUES.postponed).delayed, 1);
    assert.deepEqual(await jobsOf(cloud), []);
    await resume(spool, JSON.stringify(job), NOW + 3_600_000);
    assert.deepEqual(await jobsOf(cloud), [job]);
  });

  it('whose time is past is looked at without delay', async () => {
    await using cloud = await aCloud({ durable: false });
    const spool = spoolOf(cloud);
    await postpone(spool, { kind: 'message', object: 7, store }, NOW - 1, NOW);
    assert.equal((await jobsOf(cloud, 'postponed')).length, 1);
  });
});

describe('A job', () => {
  const good = [
    { kind: 'message', object: 7, store },
    { kind: 'message', object: 7, store, attempt: 3, notBefore: NOW },
    { kind: 'mail', id, from: '', recipients: ['a@b'] },
    { kind: 'abandon', job: { kind: 'message', object: 7, store }, reason: 'no' },
  ];
  for (const job of good)
    it(`is read as it was written: ${JSON.stringify(job)}`, () => {
      assert.deepEqual(readJob(JSON.stringify(job)), job);
    });

  const bad = [
    '',
    'null',
    '[]',
    '{"kind":"message","object":"7","store":"x"}',
    '{"kind":"message","object":7}',
    '{"kind":"mail","id":"../x","from":"","recipients":[]}',
    `{"kind":"mail","id":"${id}","from":"","recipients":[1]}`,
    '{"kind":"message","object":7,"store":"x","notBefore":"soon"}',
    '{"kind":"abandon","reason":"no","job":{"kind":"abandon","reason":"no","job":{}}}',
  ];
  for (const body of bad)
    it(`is refused where nobody of us wrote it: ${body}`, () => {
      assert.throws(() => readJob(body), BadJobError);
    });
});
