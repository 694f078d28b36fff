import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { Instance } from '../../local/instance/instance.ts';
import { kgc } from './a-terminal.ts';
import { anInstance } from './an-instance.ts';

suite('the trusted door by signature', () => {
  let instance: Instance & AsyncDisposable;
  let server: string;
  let env: Record<string, string>;
  before(async () => {
    instance = await anInstance();
    const { soap, cloud } = instance.endpoints;
    server = `aws+${soap.url}`;
    env = {
      AWS_REGION: cloud.region,
      AWS_ACCESS_KEY_ID: cloud.accessKeyId,
      AWS_SECRET_ACCESS_KEY: cloud.secretAccessKey,
    };
  });
  after(() => instance[Symbol.asyncDispose]());

  test('whoever has the key acts as SYSTEM, and the log says whose key it was', async () => {
    const create = ['user', 'create', 'anna', '--email', 'anna@demo.local', '--without-password'];
    const { code, err } = await kgc(['--server', server, ...create], { env });
    assert.equal(err, '');
    assert.equal(code, 0);
    const log = readFileSync(path.join(instance.endpoints.logs, 'soap.log'), 'utf8');
    const lines = log.split('\n').filter((line) => line.includes('"audit":"trusted"'));
    const created = lines.map((line) => JSON.parse(line)).find(({ operation }) => operation === 'createUser');
    assert.match(created.principal, /^arn:aws:iam::\d{12}:user\//);
    assert.equal(created.user, 'SYSTEM');
    assert.ok(lines.some((line) => JSON.parse(line).operation === 'logon'));
  });

  test('another secret opens nothing, and says what to look at', async () => {
    const { code, err } = await kgc(['--server', server, 'user', 'list'], {
      env: { ...env, AWS_SECRET_ACCESS_KEY: 'another' },
    });
    assert.equal(code, 1);
    assert.match(err, /lets nobody in whom IAM does not know/);
    assert.match(err, /AWS_PROFILE/);
  });

  test('without a region it asks for one', async () => {
    const { code, err } = await kgc(['--server', server, 'user', 'list'], { env: { ...env, AWS_REGION: '' } });
    assert.equal(code, 2);
    assert.match(err, /--aws-region/);
  });

  test('nobody comes in there without a signature, nor as SYSTEM by the other way', async () => {
    const url = new URL('/trusted', instance.endpoints.soap.url);
    assert.equal((await fetch(url, { method: 'POST', body: '<x/>' })).status, 403);
    const { code, err } = await kgc(['--server', instance.endpoints.soap.url, 'user', 'list']);
    assert.equal(code, 1);
    assert.match(err, /trusted door only/);
  });
});
