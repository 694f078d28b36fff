import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { createTransport } from 'nodemailer';
import type { Endpoints } from '../../../local/instance/endpoints.ts';
import { aFolder, until } from '../a-cloud.ts';

const MAIN = fileURLToPath(new URL('run-instance.ts', import.meta.url));
const MAILS = 60;

async function run(data: string): Promise<{ child: ChildProcess; endpoints: Endpoints }> {
  const child = fork(MAIN, [data]);
  const [endpoints] = (await once(child, 'message')) as [Endpoints];
  return { child, endpoints };
}

/** Ids of the mails that the tests' dagent has delivered. */
async function delivered({ cloud, buckets }: Endpoints): Promise<Set<string>> {
  const s3 = new S3Client({ endpoint: cloud.url, region: cloud.region, credentials: cloud, forcePathStyle: true });
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: buckets.mail!, Prefix: 'delivered/' }));
  s3.destroy();
  return new Set(Contents.map((object) => object.Key!.split('/')[2]!));
}

/** Sends mails until the server is gone; answers the ids of those that were accepted. */
async function sendMails({ smtp }: Endpoints, onAccepted: (count: number) => void): Promise<string[]> {
  const transport = createTransport({ ...smtp, secure: false, pool: true, maxConnections: 4 });
  const accepted: string[] = [];
  const envelope = { from: 'world@example.org', to: 'anna@demo.local' };
  const sends = Array.from({ length: MAILS }, async (_, index) => {
    const { response } = await transport.sendMail({ envelope, raw: `Subject: ${index}\r\n\r\nx\r\n` });
    accepted.push(response.replace('250 OK ', ''));
    onAccepted(accepted.length);
  });
  await Promise.allSettled(sends);
  transport.close();
  return accepted;
}

test('after kill -9 in the middle of receiving and delivering, every accepted mail is delivered, and nothing is left running', async () => {
  using folder = aFolder();
  const first = await run(folder.path);
  const gone = once(first.child, 'exit');
  const accepted = await sendMails(first.endpoints, (count) => {
    if (count === MAILS / 2) first.child.kill('SIGKILL');
  });
  await gone;
  assert.ok(accepted.length >= MAILS / 2 && accepted.length < MAILS, `${accepted.length} mails were accepted`);
  await until(() => !existsSync(first.endpoints.database.socket), 'the database has ended');
  await assert.rejects(fetch(first.endpoints.dataApi.url));
  await assert.rejects(fetch(first.endpoints.soap.url));

  const second = await run(folder.path);
  await until(async () => {
    const found = await delivered(second.endpoints);
    return accepted.every((messageId) => found.has(messageId));
  }, 'all accepted mails are delivered');
  second.child.disconnect();
  await once(second.child, 'exit');
});
