import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { suite, test } from 'node:test';
import { notifyQueues } from '../../../local/buckets/notifications.ts';
import { ObjectMissingError, ObjectStore } from '../../../local/buckets/object-store.ts';
import { DEFAULT_ATTRIBUTES } from '../../../local/queues/queue-attributes.ts';
import { QueueStore } from '../../../local/queues/queue-store.ts';
import { Queues } from '../../../local/queues/queues.ts';
import { aFolder, until } from '../a-cloud.ts';

const metadata = { contentType: 'text/plain', user: {} };

function aStore() {
  const folder = aFolder();
  let store = new ObjectStore(folder.path);
  store.createBucket('bucket');
  return {
    get store() {
      return store;
    },
    files: () => readdirSync(path.join(folder.path, 'content')),
    folder: folder.path,
    reopen() {
      store.close();
      store = new ObjectStore(folder.path);
    },
    [Symbol.dispose]() {
      store.close();
      folder[Symbol.dispose]();
    },
  };
}

suite('the object store', () => {
  test('keeps objects over a restart', async () => {
    using setting = aStore();
    await setting.store.put('bucket', 'a', Buffer.from('content'), metadata);
    setting.reopen();
    assert.equal((await setting.store.read('bucket', 'a')).toString(), 'content');
  });

  test('removes at the next start what a crash has left without a name', async () => {
    using setting = aStore();
    await setting.store.put('bucket', 'a', Buffer.from('content'), metadata);
    writeFileSync(path.join(setting.folder, 'content', 'stray.part'), 'half');
    setting.reopen();
    assert.equal(setting.files().length, 1);
    assert.equal((await setting.store.read('bucket', 'a')).toString(), 'content');
  });

  test('keeps nothing of an object whose content breaks off', async () => {
    using setting = aStore();
    async function* broken() {
      yield Buffer.from('half');
      throw new Error('gone');
    }
    await assert.rejects(setting.store.put('bucket', 'a', broken(), metadata), /gone/);
    assert.deepEqual(setting.files(), []);
    assert.throws(() => setting.store.head('bucket', 'a'), ObjectMissingError);
  });

  test('lets who reads an object finish while it is replaced or deleted', async () => {
    using setting = aStore();
    await setting.store.put('bucket', 'a', Buffer.from('old'), metadata);
    const { content } = await setting.store.open('bucket', 'a');
    await setting.store.put('bucket', 'a', Buffer.from('new'), metadata);
    await setting.store.delete('bucket', 'a');
    assert.equal((await content.readFile()).toString(), 'old');
    await content.close();
    await until(() => setting.files().length === 0, 'the files are removed');
  });

  test('tells the queues of its bucket about a new object as S3 does', async () => {
    using setting = aStore();
    using folder = aFolder();
    const queues = new Queues(new QueueStore(path.join(folder.path, 'queues.db')));
    queues.store.putQueue('told', DEFAULT_ATTRIBUTES);
    const created = notifyQueues([{ bucket: 'bucket', queue: 'told' }], setting.store, queues, 'local');
    await setting.store.put('bucket', 'a b/ä', Buffer.from('content'), metadata);
    await created('bucket', 'a b/ä');
    const [message] = await queues.receive('told', { most: 1 });
    const { Records } = JSON.parse(message!.body) as { Records: { eventName: string; s3: { object: object } }[] };
    assert.equal(Records[0]!.eventName, 'ObjectCreated:Put');
    assert.deepEqual(Records[0]!.s3.object, { key: 'a+b%2F%C3%A4', size: 7, eTag: '9a0364b9e99bb480dd25e1f0284c8555' });
    queues.close();
  });
});
