import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { ADMIN_LEVEL_SYSADMIN, type Identity } from '../../../core/directory/identity.ts';
import { ACTIVE_USER } from '../../../core/directory/object-class.ts';
import { insertPrincipal, type PrincipalDraft } from '../../../core/directory/principal.ts';
import { addRelation, RELATION_GROUP_MEMBER } from '../../../core/directory/relation.ts';
import { SYSTEM_ID } from '../../../core/directory/well-known.ts';
import { type MailJob, outboundKey } from '../../../core/mail/spool.ts';
import { entryIdOf, newGuid } from '../../../core/mapi/entry-id.ts';
import { FOLDER_GENERIC, MAPI_FOLDER, MAPI_STORE, STORE_PRIVATE } from '../../../core/mapi/object-types.ts';
import type { Property } from '../../../core/mapi/property.ts';
import { systemClock } from '../../../core/platform/clock.ts';
import type { Platform } from '../../../core/platform/platform.ts';
import { S3Blobs } from '../../../core/platform/s3-blobs.ts';
import { S3MailBucket } from '../../../core/platform/s3-mail-bucket.ts';
import { SqsQueue } from '../../../core/platform/sqs-queue.ts';
import { createFolders } from '../../../core/store/folders.ts';
import { loadObject } from '../../../core/store/load.ts';
import { migrate } from '../../../core/store/migrations.ts';
import { setReceiveFolder } from '../../../core/store/receive-folders.ts';
import { saveExisting } from '../../../core/store/save-existing.ts';
import { seed } from '../../../core/store/seed.ts';
import { createStore } from '../../../core/store/stores.ts';
import { findTarget } from '../../../core/store/target.ts';
import { type EphemeralDatabase, ephemeralDatabase } from '../../../local/database/ephemeral.ts';
import { ACCOUNT_ID, BUCKETS, QUEUES } from '../../../local/instance/topology.ts';
import { aCloud, silent } from '../../local/a-cloud.ts';

export interface Mailbox {
  readonly principalId: number;
  readonly storeId: number;
  readonly rootId: number;
  readonly inboxId: number;
}

/** A folder of a mailbox. */
export interface TestFolder {
  /** As {@link MailServer.inbox} and its like want a folder. */
  readonly inboxId: number;
  readonly entryId: Buffer;
}

/** A mail that waits for the spooler. */
export interface WaitingMail extends Pick<MailJob, 'id' | 'from' | 'recipients'> {
  readonly text: string;
}

type Loaded = Awaited<ReturnType<typeof loadObject>>;

/** A server with mailboxes, on a real database and real buckets, and mail waiting in the bucket. */
export interface MailServer extends AsyncDisposable {
  readonly platform: Platform;
  readonly mailBucket: S3MailBucket;
  readonly database: EphemeralDatabase;
  /** For SDK clients that tests start themselves. */
  readonly cloud: Awaited<ReturnType<typeof aCloud>>;
  user(
    name: string,
    options?: { email?: string; aliases?: readonly string[]; class?: number; hardQuota?: number; adminLevel?: number },
  ): Promise<Mailbox>;
  /** Somebody without a mailbox: a group, a contact. */
  principal(draft: Partial<PrincipalDraft> & Pick<PrincipalDraft, 'name' | 'class'>): Promise<number>;
  /** Puts people into a group. */
  members(group: number, members: readonly number[]): Promise<void>;
  /** Makes a folder below the root of a mailbox. */
  folder(mailbox: Pick<Mailbox, 'rootId'>, name: string): Promise<TestFolder>;
  /** Sets properties of an object as a client does. */
  set(objectId: number, ...properties: readonly Property[]): Promise<void>;
  /** Takes the mails off the spool queue. */
  spooled(): Promise<WaitingMail[]>;
  /** Puts a raw mail into the bucket and answers the notification that SES would queue. */
  receive(
    mail: string | Buffer,
    recipients: readonly string[],
    options?: { mailId?: string; from?: string; spam?: boolean },
  ): Promise<string>;
  /** The messages of a mailbox's inbox in the order of their arrival. */
  inbox(mailbox: Pick<Mailbox, 'inboxId'>): Promise<Loaded[]>;
  /** Content and unread count of the inbox as its folder says. */
  counts(mailbox: Pick<Mailbox, 'inboxId'>): Promise<{ content: number; unread: number }>;
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

export async function aMailServer(
  databaseOptions?: Parameters<typeof ephemeralDatabase>[0],
  cloudOptions?: Parameters<typeof aCloud>[0],
): Promise<MailServer> {
  const cloud = await aCloud({ durable: false, ...cloudOptions });
  const database = await ephemeralDatabase(databaseOptions);
  const s3 = new S3Client({ ...cloud.client, forcePathStyle: true });
  const sqs = new SQSClient(cloud.client);
  const queue = (name: string): SqsQueue => new SqsQueue(`${cloud.url}/${ACCOUNT_ID}/${name}`, sqs);
  const platform: Platform = {
    spool: {
      jobs: queue(QUEUES.spool),
      postponed: queue(QUEUES.postponed),
      mails: new S3MailBucket(BUCKETS.mail, s3),
    },
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
    async user(
      name,
      { email = `${name}@example.org`, aliases, class: kind = ACTIVE_USER, hardQuota, adminLevel = 0 } = {},
    ) {
      const principal = await insertPrincipal(
        platform.database,
        {
          class: kind,
          companyId: 0,
          name,
          fullName: `Full ${name}`,
          email,
          adminLevel,
          hidden: false,
          details: {
            ...(aliases && { aliases }),
            ...(hardQuota !== undefined && { quota: { useDefault: false, warn: 0, soft: 0, hard: hardQuota } }),
          },
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
      return { principalId: principal.id, storeId, rootId, inboxId: inbox.object.id };
    },
    async principal(draft) {
      const whole = {
        companyId: 0,
        fullName: draft.name,
        email: '',
        adminLevel: 0,
        hidden: false,
        details: {},
        ...draft,
      };
      return (await platform.database.transaction((transaction) => insertPrincipal(transaction, whole, null))).id;
    },
    async members(group, members) {
      for (const childId of members)
        await platform.database.transaction((transaction) =>
          addRelation(transaction, { type: RELATION_GROUP_MEMBER, parentId: group, childId }),
        );
    },
    async folder({ rootId }, name) {
      const root = (await findTarget(platform.database, { id: rootId }))!;
      const wanted = [{ name, type: FOLDER_GENERIC, openIfExists: false, syncId: 0 }];
      const [entryId] = await createFolders(actor, root, wanted, { mayCreate: true });
      return { entryId: entryId!, inboxId: (await findTarget(platform.database, { entryId: entryId! }))!.object.id };
    },
    async set(objectId, ...properties) {
      const target = (await findTarget(platform.database, { id: objectId }))!;
      const { kind } = target.object;
      const tree = { clientId: 0, id: objectId, kind, deleted: false, removed: [], properties, children: [] };
      await saveExisting(actor, target, tree, { syncId: 0 });
    },
    async spooled() {
      const waiting: WaitingMail[] = [];
      for (;;) {
        const taken = await cloud.queues.receive(QUEUES.spool, { most: 10 });
        if (taken.length === 0) return waiting;
        for (const { body } of taken) {
          const job = JSON.parse(body) as MailJob;
          const text = (await platform.spool!.mails.read(outboundKey(job))).toString();
          waiting.push({ id: job.id, from: job.from, recipients: job.recipients, text });
        }
      }
    },
    async receive(mail, recipients, { mailId = `mail${++mails}`, from = 'bob@example.net', spam = false } = {}) {
      await s3.send(new PutObjectCommand({ Bucket: BUCKETS.mail, Key: `inbound/${mailId}`, Body: Buffer.from(mail) }));
      return JSON.stringify({
        notificationType: 'Received',
        mail: { messageId: mailId, timestamp: '2026-11-23T20:45:37.402Z', source: from },
        receipt: {
          recipients,
          spamVerdict: { status: spam ? 'FAIL' : 'PASS' },
          action: { type: 'S3', bucketName: BUCKETS.mail, objectKey: `inbound/${mailId}` },
        },
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
      sqs.destroy();
      await database.dispose();
      await cloud[Symbol.asyncDispose]();
    },
  };
}
