import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { SMTPServer } from 'smtp-server';
import { QUEUES } from '../../../local/instance/topology.ts';
import { parseRelay } from '../../../local/mail/relay.ts';
import { aCloud, until } from '../a-cloud.ts';

test('mail for other domains goes to the relay; what it refuses bounces, mail for here stays here', async () => {
  const got: { to: string[]; text: string }[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onRcptTo({ address }, _session, callback) {
      const refuse = Object.assign(new Error('5.1.1 no such user'), { responseCode: 550 });
      callback(address.startsWith('nobody@') ? refuse : null);
    },
    onData(stream, session, callback) {
      let text = '';
      stream.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      stream.on('end', () => {
        got.push({ to: session.envelope.rcptTo.map(({ address }) => address), text });
        callback(null);
      });
    },
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.server.address() as AddressInfo;
  try {
    await using cloud = await aCloud({ durable: false, relay: parseRelay(`smtp://127.0.0.1:${port}`) });
    const raw = Buffer.from('From: anna@demo.local\r\nTo: x@example.net\r\nSubject: Out\r\n\r\nHello\r\n');
    const recipients = ['world@example.net', 'nobody@example.net', 'ben@demo.local'];
    await cloud.outbox.send({ api: 'v1', from: 'anna@demo.local', recipients, tags: [], raw });
    await until(() => got.length === 1, 'the relay has it');
    assert.deepEqual(got[0]!.to, ['world@example.net']);
    assert.match(got[0]!.text, /\r\n\r\nHello/);
    assert.equal(cloud.queues.store.counts(QUEUES.inbound).visible, 1);
    const reports: {
      eventType: string;
      bounce?: { bounceType: string; bouncedRecipients: { emailAddress: string }[] };
    }[] = [];
    await until(async () => {
      for (const { body } of await cloud.queues.receive(QUEUES.reports, { most: 10 })) reports.push(JSON.parse(body));
      return reports.some(({ eventType }) => eventType === 'Bounce');
    }, 'the bounce');
    const { bounce } = reports.find(({ eventType }) => eventType === 'Bounce')!;
    assert.equal(bounce!.bounceType, 'Permanent');
    assert.deepEqual(
      bounce!.bouncedRecipients.map(({ emailAddress }) => emailAddress),
      ['nobody@example.net'],
    );
  } finally {
    await new Promise<void>((resolve) => void server.close(() => resolve()));
  }
});

test('a relay is a URL of a mail server', () => {
  assert.deepEqual(parseRelay('smtp://mail.example.org'), {
    host: 'mail.example.org',
    port: 25,
    secure: false,
    auth: undefined,
  });
  assert.deepEqual(parseRelay('smtps://me:p%40ss@mail.example.org:4465'), {
    host: 'mail.example.org',
    port: 4465,
    secure: true,
    auth: { user: 'me', pass: 'p@ss' },
  });
  for (const text of ['', 'mail.example.org', 'http://mail.example.org', 'smtp://', 'smtp://x/path'])
    assert.throws(() => parseRelay(text), /smtp:\/\//, text);
});
