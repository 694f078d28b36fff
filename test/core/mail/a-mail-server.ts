import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { ADMIN_LEVEL_SYSADMIN, type Identity } from '../../../core/directory/identity.ts';
import { ACTIVE_USER } from '../../../core/directory/object-class.ts';
import { insertPrincipal } from '../../../core/directory/principal.ts';
import { SYSTEM_ID } from '../../../core/directory/well-known.ts';
import { entryIdOf, newGuid } from '../../../core/mapi/entry-id.ts';
import { FOLDER_GENERIC, MAPI_FOLDER, MAPI_STORE, STORE_PRIVATE } from '../../../core/mapi/object-types.ts';
import { systemClock } from '../../../core/platform/clock.ts';
import type { Platform } from '../../../core/platform/platform.ts';
import { S3Blobs } from '../../../core/platform/s3-blobs.ts';
import { S3MailBucket } from '../../../core/platform/s3-mail-bucket.ts';
import { createFolders } from '../../../core/store/folders.ts';
import { loadObject } from '../../../core/store/load.ts';
import { migrate } from '../../../core/store/migrations.ts';
import { setReceiveFolder } from '../../../core/store/receive-folders.ts';
import { seed } from '../../../core/store/seed.ts';
import { createStore } from '../../../core/store/stores.ts';
import { findTarget } from '../../../core/store/target.ts';
import { type EphemeralDatabase, ephemeralDatabase } from '../../../local/database/ephemeral.ts';
import { BUCKETS } from '../../../local/instance/topology.ts';
import { aCloud, silent } from '../../local/a-cloud.ts';

export interface Mailbox {
  readonly principalId: number;
  readonly inboxId: number;
}

type Loaded = Awaited<ReturnType<typeof loadObject>>;

/** A server with mailboxes, on a real database and real buckets, and mail waiting in the bucket. */
export interface MailServer extends AsyncDisposable {
  readonly platform: Platform;
  readonly mailBucket: S3MailBucket;
  readonly database: EphemeralDatabase;
  /** For SDK clients that tests start themselves. */
  readonly cloud: Awaited<ReturnType<typeof aCloud>>;
  user(name: string, options?: { email?: string; aliases?: readonly string[] }): Promise<Mailbox>;
  /** Puts a raw mail into the bucket and answers the notification that SES would queue. */
  receive(mail: string | Buffer, recipients: readonly string[], mailId?: string): Promise<string>;
  /** The messages of a mailbox's inbox in the order of their arrival. */
  inbox(mailbox: Mailbox): Promise<Loaded[]>;
  /** Content and unread count of the inbox as its folder says. */
  counts(mailbox: Mailbox): Promise<{ content: number; unread: number }>;
}

const SYSTEM: Identity = {
  principalId: SYSTEM_ID,
  name: 'SYSTEM',
  fullName: 'SYSTEM',
  adminLevel: ADMIN_LEVEL_SYSADMIN,
  companyId: 0,
  entryId: Buffer.alloc(0),
};

let mails = 0;

export async function aMailServer(databaseOptions?: Parameters<typeof ephemeralDatabase>[0]): Promise<MailServer> {
  const cloud = await aCloud({ durable: false });
  const database = await ephemeralDatabase(databaseOptions);
  const s3 = new S3Client({ ...cloud.client, forcePathStyle: true });
  const platform: Platform = {
    database: database.database,
    blobs: new S3Blobs(BUCKETS.blobs, s3),
    clock: systemClock,
    log: silent,
    settings: { serverName: 'Unknown', hosted: false, embeddedMessageLimit: 20 },
  };
  await migrate(platform.database);
  await seed(platform);
  const actor = { platform, database: platform.database, identity: SYSTEM };

  return {
    platform,
    mailBucket: new S3MailBucket(BUCKETS.mail, s3),
    database,
    cloud,
    async user(name, { email = `${name}@example.org`, aliases } = {}) {
      const principal = await insertPrincipal(
        platform.database,
        {
          class: ACTIVE_USER,
          companyId: 0,
          name,
          fullName: `Full ${name}`,
          email,
          adminLevel: 0,
          hidden: false,
          details: aliases ? { aliases } : {},
        },
        null,
      );
      const guid = newGuid();
      const { storeId, rootId } = await createStore(platform, {
        type: STORE_PRIVATE,
        ownerId: principal.id,
        ownerName: name,
        companyId: 0,
        storeEntryId: entryIdOf(guid, MAPI_STORE),
        rootEntryId: entryIdOf(guid, MAPI_FOLDER),
      });
      const root = (await findTarget(platform.database, { id: rootId }))!;
      const [entryId] = await createFolders(
        actor,
        root,
        [{ name: 'Inbox', type: FOLDER_GENERIC, openIfExists: false, syncId: 0 }],
        { mayCreate: true },
      );
      const store = (await findTarget(platform.database, { id: storeId }))!;
      await setReceiveFolder(actor, store, entryId!, '');
      const inbox = (await findTarget(platform.database, { entryId: entryId! }))!;
      return { principalId: principal.id, inboxId: inbox.object.id };
    },
    async receive(mail, recipients, mailId = `mail${++mails}`) {
      await s3.send(new PutObjectCommand({ Bucket: BUCKETS.mail, Key: `inbound/${mailId}`, Body: Buffer.from(mail) }));
      return JSON.stringify({
        notificationType: 'Received',
        mail: { messageId: mailId, timestamp: '2026-11-23T20:45:37.402Z' },
        receipt: { recipients, action: { type: 'S3', bucketName: BUCKETS.mail, objectKey: `inbound/${mailId}` } },
      });
    },
    async inbox({ inboxId }) {
      const rows = await platform.database.query<{ id: number }>(
        'SELECT id FROM object WHERE parent_id = :inboxId AND deleted = 0 ORDER BY id',
        { inboxId },
      );
      const messages: Loaded[] = [];
      for (const { id } of rows) {
        const target = (await findTarget(platform.database, { id }))!;
        messages.push(await loadObject(platform, platform.database, target, { toTop: [], toEmbedded: [] }));
      }
      return messages;
    },
    async counts({ inboxId }) {
      const { folder } = (await findTarget(platform.database, { id: inboxId }))!;
      return { content: folder!.contentCount, unread: folder!.unreadCount };
    },
    async [Symbol.asyncDispose]() {
      s3.destroy();
      await database.dispose();
      await cloud[Symbol.asyncDispose]();
    },
  };
}
