import { SESClient } from '@aws-sdk/client-ses';
import { SESv2Client } from '@aws-sdk/client-sesv2';
import { SesMailer } from '../../../core/platform/ses-mailer.ts';
import { aCloud } from '../../local/a-cloud.ts';
import { mailerContract } from './mailer.contract.ts';

mailerContract('SES', async () => {
  const cloud = await aCloud({ durable: false });
  const clients = [new SESClient(cloud.client), new SESv2Client(cloud.client)] as const;
  return {
    mailer: new SesMailer(...clients),
    async sent() {
      return Promise.all(
        cloud.outbox.list(10).map(async ({ key, from, recipients }) => {
          const { raw } = (await cloud.outbox.read(key))!;
          return { from, recipients, raw };
        }),
      );
    },
    async [Symbol.asyncDispose]() {
      for (const client of clients) client.destroy();
      await cloud[Symbol.asyncDispose]();
    },
  };
});
