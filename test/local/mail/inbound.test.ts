import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createConnection } from 'node:net';
import { suite, test } from 'node:test';
import { createTransport } from 'nodemailer';
import type { SMTPServer } from 'smtp-server';
import { BUCKETS, QUEUES } from '../../../local/instance/topology.ts';
import { MAX_INBOUND_BYTES } from '../../../local/mail/mail-exchange.ts';
import type { ReceiptNotification } from '../../../local/mail/ses-receipt.ts';
import { createSmtpDoor } from '../../../local/mail/smtp-door.ts';
import { aCloud, silent } from '../a-cloud.ts';

/** A cloud with its SMTP door on a free port. */
async function aDoor() {
  const cloud = await aCloud({ durable: false });
  const door: SMTPServer = createSmtpDoor(cloud.exchange, silent);
  door.on('error', () => {});
  door.listen(0, '127.0.0.1');
  await once(door.server, 'listening');
  const { port } = door.server.address() as { port: number };
  const transport = createTransport({ host: '127.0.0.1', port, secure: false });
  return {
    cloud,
    port,
    transport,
    /** The events that wait for dagent. */
    async events(): Promise<ReceiptNotification[]> {
      const messages = await cloud.queues.receive(QUEUES.inbound, { most: 10 });
      return messages.map((message) => JSON.parse(message.body) as ReceiptNotification);
    },
    async [Symbol.asyncDispose]() {
      transport.close();
      await new Promise<void>((resolve) => door.close(() => resolve()));
      await cloud[Symbol.asyncDispose]();
    },
  };
}

const envelope = { from: 'world@example.org', to: ['anna@demo.local', 'ben@demo.local'] };

suite('mail in by SMTP', { concurrency: true }, () => {
  test('lies raw in the bucket, and its event in the queue names the envelope’s recipients', async () => {
    await using door = await aDoor();
    const raw =
      'From: World <world@example.org>\r\nTo: list@example.org\r\nSubject: Hi\r\n there\r\n\r\n.dot\r\nend\r\n';
    const { response } = await door.transport.sendMail({ envelope, raw });
    const [event] = await door.events();
    assert.match(response, new RegExp(`^250 OK ${event!.mail.messageId}$`));
    assert.equal(event!.notificationType, 'Received');
    assert.equal(event!.mail.source, 'world@example.org');
    assert.deepEqual(event!.receipt.recipients, envelope.to);
    assert.equal(event!.mail.commonHeaders.subject, 'Hi there');
    const { bucketName, objectKey } = event!.receipt.action;
    assert.equal(bucketName, BUCKETS.mail);
    assert.equal(objectKey, `inbound/${event!.mail.messageId}`);
    const stored = (await door.cloud.objects.read(bucketName, objectKey)).toString();
    assert.match(
      stored,
      /^Return-Path: <world@example\.org>\r\nReceived: from .*\r\n by .* with SMTP id .*;\r\n .*\r\n/,
    );
    assert.ok(stored.endsWith(raw));
  });

  test('may come without a sender, as bounces do', async () => {
    await using door = await aDoor();
    await door.transport.sendMail({ envelope: { from: '', to: 'anna@demo.local' }, raw: 'Subject: failed\r\n\r\n' });
    const [event] = await door.events();
    assert.equal(event!.mail.source, '');
  });

  test('is 8-bit clean and keeps a header of any length out of the event’s way', async () => {
    await using door = await aDoor();
    const long = Array.from({ length: 2000 }, (_, index) => `X-Line-${index}: ${'ü'.repeat(60)}`).join('\r\n');
    const raw = Buffer.from(`Subject: Grüße\r\n${long}\r\n\r\n\u00e9\r\n`);
    await door.transport.sendMail({ envelope, raw });
    const [event] = await door.events();
    assert.equal(event!.mail.headersTruncated, true);
    assert.equal(event!.mail.commonHeaders.subject, 'Grüße');
    const stored = await door.cloud.objects.read(BUCKETS.mail, event!.receipt.action.objectKey);
    assert.ok(stored.subarray(-raw.length).equals(raw));
  });

  test('is refused when it is larger than SES takes, and the connection goes on', async () => {
    await using door = await aDoor();
    const socket = createConnection(door.port, '127.0.0.1');
    const answers: string[] = [];
    let rest = '';
    socket.on('data', (chunk) => {
      const lines = (rest + chunk.toString()).split('\r\n');
      rest = lines.pop()!;
      answers.push(...lines);
    });
    const answer = async (count: number): Promise<string> => {
      while (answers.length < count) await once(socket, 'data');
      return answers[count - 1]!;
    };
    await answer(1);
    // Without a SIZE the server learns the size only as it reads.
    for (const [index, line] of ['HELO test', 'MAIL FROM:<a@b.c>', 'RCPT TO:<anna@demo.local>', 'DATA'].entries()) {
      socket.write(`${line}\r\n`);
      await answer(index + 2);
    }
    const line = `${'x'.repeat(998)}\r\n`;
    const block = Buffer.from(line.repeat(1024));
    for (let sent = 0; sent <= MAX_INBOUND_BYTES; sent += block.length) {
      if (!socket.write(block)) await once(socket, 'drain');
    }
    socket.write('\r\n.\r\n');
    assert.match(await answer(6), /^552 /);
    socket.write('NOOP\r\n');
    assert.match(await answer(7), /^250 /);
    socket.destroy();
    assert.deepEqual(await door.events(), []);
    assert.deepEqual(door.cloud.objects.list(BUCKETS.mail).objects, []);
  });

  test('gets a temporary error, and leaves nothing, while it can’t be stored', async () => {
    await using door = await aDoor();
    door.cloud.queues.store.deleteQueue(QUEUES.inbound);
    const sending = door.transport.sendMail({ envelope, raw: 'Subject: later\r\n\r\n' });
    await assert.rejects(sending, { responseCode: 451 });
    assert.deepEqual(door.cloud.objects.list(BUCKETS.mail).objects, []);
  });

  test('of a client that goes away in the middle is forgotten', async () => {
    await using door = await aDoor();
    const socket = createConnection(door.port, '127.0.0.1');
    await once(socket, 'data');
    socket.write('HELO x\r\nMAIL FROM:<a@b.c>\r\nRCPT TO:<anna@demo.local>\r\nDATA\r\nSubject: half\r\n');
    await new Promise((resolve) => setTimeout(resolve, 100));
    socket.destroy();
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.deepEqual(await door.events(), []);
    assert.deepEqual(door.cloud.objects.list(BUCKETS.mail).objects, []);
  });

  test('is not taken for more recipients than SES takes', async () => {
    await using door = await aDoor();
    const to = Array.from({ length: 101 }, (_, index) => `user${index}@demo.local`);
    const { rejected } = await door.transport.sendMail({ envelope: { from: 'a@b.c', to }, raw: 'Subject: x\r\n\r\n' });
    assert.deepEqual(rejected, ['user100@demo.local']);
    const [event] = await door.events();
    assert.equal(event!.receipt.recipients.length, 100);
  });
});
