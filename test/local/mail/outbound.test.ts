import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { suite, test } from 'node:test';
import { SESClient } from '@aws-sdk/client-ses';
import { SESv2Client } from '@aws-sdk/client-sesv2';
import { MailRejectedError } from '../../../core/platform/mailer.ts';
import { SesMailer } from '../../../core/platform/ses-mailer.ts';
import { QUEUES } from '../../../local/instance/topology.ts';
import { createOutboxPage } from '../../../local/mail/outbox-page.ts';
import type { ReceiptNotification } from '../../../local/mail/ses-receipt.ts';
import { aCloud, silent } from '../a-cloud.ts';

async function aMailer(options: Parameters<typeof aCloud>[0] = {}) {
  const cloud = await aCloud({ durable: false, ...options });
  const clients = [new SESClient(cloud.client), new SESv2Client(cloud.client)] as const;
  return {
    cloud,
    mailer: new SesMailer(...clients),
    async [Symbol.asyncDispose]() {
      for (const client of clients) client.destroy();
      await cloud[Symbol.asyncDispose]();
    },
  };
}

const mail = {
  from: 'anna@demo.local',
  recipients: ['world@example.org'],
  raw: Buffer.from(
    'From: Anna <anna@demo.local>\r\nTo: world@example.org\r\nBcc: hidden@example.org\r\nSubject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=\r\n' +
      'Message-ID: <mine@demo.local>\r\nDate: Thu, 1 Jan 1970 00:00:00 +0000\r\n\r\nHello\r\n',
  ),
};

suite('the local SES', { concurrency: true }, () => {
  test('keeps what was sent by either API, newest first', async () => {
    await using setting = await aMailer();
    const first = await setting.mailer.send(mail);
    await new Promise((resolve) => setTimeout(resolve, 2));
    const large = Buffer.concat([mail.raw, Buffer.alloc(10 * 1024 * 1024, 'x\r\n')]);
    const second = await setting.mailer.send({ ...mail, raw: large });
    const sent = setting.cloud.outbox.list(10);
    assert.deepEqual(
      sent.map(({ messageId, api }) => [messageId, api]),
      [
        [second, 'v2'],
        [first, 'v1'],
      ],
    );
    assert.deepEqual(sent[1]!.recipients, ['world@example.org']);
    const { raw } = (await setting.cloud.outbox.read(sent[1]!.key))!;
    assert.ok(raw.toString().endsWith('\r\n\r\nHello\r\n'));
  });

  test('sets Message-ID and Date of its own and takes Bcc out, as SES does', async () => {
    await using setting = await aMailer();
    const messageId = await setting.mailer.send(mail);
    const [sent] = setting.cloud.outbox.list(1);
    const text = (await setting.cloud.outbox.read(sent!.key))!.raw.toString();
    assert.match(text, new RegExp(`\r\nMessage-ID: <${messageId}@local\\.amazonses\\.com>\r\n`));
    assert.doesNotMatch(text, /Bcc|mine@demo|1970/);
  });

  test('brings mail for a local domain back in', async () => {
    await using setting = await aMailer();
    await setting.mailer.send({ ...mail, recipients: ['ben@demo.local', 'world@example.org'] });
    const [message] = await setting.cloud.queues.receive(QUEUES.inbound, { most: 1 });
    const event = JSON.parse(message!.body) as ReceiptNotification;
    assert.deepEqual(event.receipt.recipients, ['ben@demo.local']);
    assert.equal(event.mail.source, 'anna@demo.local');
  });

  test('refuses for good what SES would refuse', async () => {
    await using setting = await aMailer();
    const tooMany = Array.from({ length: 51 }, (_, index) => `user${index}@example.org`);
    await assert.rejects(setting.mailer.send({ ...mail, recipients: tooMany }), MailRejectedError);
    await assert.rejects(setting.mailer.send({ ...mail, recipients: [] }), MailRejectedError);
    const tooLarge = Buffer.alloc(40 * 1024 * 1024 + 1);
    await assert.rejects(setting.mailer.send({ ...mail, raw: tooLarge }), MailRejectedError);
    const noSender = { from: '', recipients: ['world@example.org'], raw: Buffer.from('Subject: x\r\n\r\n') };
    await assert.rejects(setting.mailer.send(noSender), MailRejectedError);
    assert.deepEqual(setting.cloud.outbox.list(10), []);
  });
});

suite('the page of sent mail', { concurrency: true }, () => {
  async function aPage() {
    const setting = await aMailer();
    const page = createOutboxPage(setting.cloud.outbox, silent).listen(0, '127.0.0.1');
    await once(page, 'listening');
    const { port } = page.address() as AddressInfo;
    return {
      ...setting,
      port,
      get: (path: string) => fetch(`http://127.0.0.1:${port}${path}`),
      async [Symbol.asyncDispose]() {
        page.close();
        page.closeAllConnections();
        await setting[Symbol.asyncDispose]();
      },
    };
  }

  const hostile = Buffer.from(
    'From: "<script>alert(1)</script>" <evil@example.org>\r\nTo: world@example.org\r\nSubject: <img src=x onerror=alert(2)>\r\n' +
      'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n' +
      '<script>alert(3)</script><b>bold</b>\r\n--b\r\nContent-Type: text/html; name="<x>.html"\r\n' +
      'Content-Disposition: attachment; filename="<x>.html"\r\n\r\n<script>alert(4)</script>\r\n--b--\r\n',
  );

  test('shows a list and each mail, in which nothing of a mail’s own can run', async () => {
    await using page = await aPage();
    await page.mailer.send({ ...mail, raw: hostile });
    const list = await page.get('/');
    assert.equal(list.status, 200);
    const text = await list.text();
    assert.doesNotMatch(text, /<script|<img/);
    const link = /\/sent\/[0-9a-f-]+/.exec(text)![0];
    const shown = await (await page.get(link)).text();
    assert.doesNotMatch(shown, /<script|<img/);
    assert.match(shown, /<iframe sandbox=""/);
    const body = await page.get(`${link}/html`);
    assert.match(await body.text(), /<b>bold<\/b>/);
    assert.match(body.headers.get('content-security-policy')!, /^sandbox; default-src 'none'/);
    const file = await page.get(`${link}/attachments/0`);
    assert.equal(file.headers.get('content-type'), 'application/octet-stream');
    assert.equal(file.headers.get('content-disposition'), 'attachment');
    const raw = await page.get(`${link}/raw`);
    assert.match(raw.headers.get('content-type')!, /^text\/plain/);
    assert.equal(raw.headers.get('x-content-type-options'), 'nosniff');
  });

  test('is only for this machine: a foreign name that leads here is refused', async () => {
    await using page = await aPage();
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const options = { port: page.port, host: '127.0.0.1', headers: { host: 'evil.example.org' } };
      request(options, (response) => resolve(response.resume().statusCode))
        .on('error', reject)
        .end();
    });
    assert.equal(status, 403);
  });

  test('says so where there is nothing', async () => {
    await using page = await aPage();
    assert.match(await (await page.get('/')).text(), /Nothing was sent yet/);
    assert.equal((await page.get('/sent/0000000000000-ab')).status, 404);
    assert.equal((await page.get('/sent/../../etc/passwd')).status, 404);
  });
});
