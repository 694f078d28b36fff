import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  MAX_MAIL_BYTES,
  MAX_RECIPIENTS,
  type Mailer,
  MailRejectedError,
  type OutgoingMail,
} from '../../../core/platform/mailer.ts';

export interface OpenMailer extends AsyncDisposable {
  readonly mailer: Mailer;
  /** What the world got, newest first. */
  sent(): Promise<{ from: string; recipients: readonly string[]; raw: Buffer }[]>;
}

const head = 'From: Anna <anna@example.org>\r\nTo: list@example.org\r\nSubject: x\r\n\r\n';

/** A mail of that many bytes. */
function aMail(bytes: number, recipients: readonly string[] = ['ben@example.org']): OutgoingMail {
  const raw = Buffer.alloc(bytes, 'x'.repeat(70).concat('\r\n'));
  raw.write(head);
  return { from: 'anna@example.org', recipients, raw };
}

/** What every implementation of the mailer port promises. */
export function mailerContract(name: string, open: () => Promise<OpenMailer>): void {
  suite(`${name} as a mailer`, { concurrency: true }, () => {
    test('sends to the envelope’s recipients, whatever the header says, with the body as it is', async () => {
      await using opened = await open();
      const mail = aMail(5_000, ['ben@example.org', '"odd name"@example.org']);
      assert.ok((await opened.mailer.send(mail)).length > 0);
      const [sent] = await opened.sent();
      assert.equal(sent?.from, 'anna@example.org');
      assert.deepEqual(sent?.recipients, mail.recipients);
      assert.ok(sent?.raw.subarray(-4_000).equals(mail.raw.subarray(-4_000) as Buffer));
    });

    test('takes mails at both sides of the bound between its two ways', async () => {
      await using opened = await open();
      for (const size of [10 * 1024 * 1024, 10 * 1024 * 1024 + 1]) await opened.mailer.send(aMail(size));
      assert.equal((await opened.sent()).length, 2);
    });

    test('takes as much as the limits say, and refuses one more for good', async () => {
      await using opened = await open();
      const recipients = Array.from({ length: MAX_RECIPIENTS }, (_, index) => `user${index}@example.org`);
      await opened.mailer.send(aMail(1_000, recipients));
      await assert.rejects(opened.mailer.send(aMail(1_000, [...recipients, 'x@example.org'])), MailRejectedError);
      await opened.mailer.send(aMail(MAX_MAIL_BYTES));
      await assert.rejects(opened.mailer.send(aMail(MAX_MAIL_BYTES + 1)), MailRejectedError);
      await assert.rejects(opened.mailer.send(aMail(1_000, [])), MailRejectedError);
      assert.equal((await opened.sent()).length, 2);
    });
  });
}
