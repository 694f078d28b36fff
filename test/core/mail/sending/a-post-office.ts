import { SESClient } from '@aws-sdk/client-ses';
import { SESv2Client } from '@aws-sdk/client-sesv2';
import { findPrincipal, type Principal, principalEntryId } from '../../../../core/directory/principal.ts';
import { SYSTEM } from '../../../../core/directory/system-identity.ts';
import type { SendingContext } from '../../../../core/mail/sending/context.ts';
import { processReports } from '../../../../core/mail/sending/provider-reports.ts';
import { DEFAULT_SENDING_SETTINGS } from '../../../../core/mail/sending/settings.ts';
import { resumeBatch, spoolBatch } from '../../../../core/mail/sending/spooler.ts';
import { wakeLater, wakeNow } from '../../../../core/mail/spool.ts';
import { entryIdOf } from '../../../../core/mapi/entry-id.ts';
import { FOLDER_GENERIC, MAPI_MAILUSER, MAPI_MESSAGE } from '../../../../core/mapi/object-types.ts';
import { encodeOneOff } from '../../../../core/mapi/one-off-entry-id.ts';
import type { Property } from '../../../../core/mapi/property.ts';
import * as tags from '../../../../core/mapi/tags.ts';
import type { Mailer } from '../../../../core/platform/mailer.ts';
import { SesMailer } from '../../../../core/platform/ses-mailer.ts';
import { createFolders } from '../../../../core/store/folders.ts';
import { readMessageTree } from '../../../../core/store/message-tree.ts';
import { saveExisting } from '../../../../core/store/save-existing.ts';
import { saveNewMessage } from '../../../../core/store/save-new.ts';
import type { SaveTree } from '../../../../core/store/save-tree.ts';
import { EC_SUBMIT_DOSENTMAIL, EC_SUBMIT_MASTER, submitMessage } from '../../../../core/store/submission.ts';
import { findTarget, type LoadedTarget } from '../../../../core/store/target.ts';
import { deadLettersOf, QUEUES } from '../../../../local/instance/topology.ts';
import { queueOf, spoolOf } from '../../../local/a-spool.ts';
import { aMailServer, type Mailbox, type MailServer } from '../a-mail-server.ts';

/** A mailbox with the folders that sending needs. */
export interface SenderMailbox extends Mailbox {
  readonly principal: Principal;
  readonly outbox: LoadedTarget;
  readonly sentItems: Buffer;
  readonly wastebasket: Buffer;
}

export type Sent = { readonly from: string; readonly recipients: readonly string[]; readonly text: string };

/** A server with mailboxes, a spooler that a test runs step by step, and a local SES. */
export interface PostOffice extends AsyncDisposable {
  readonly server: MailServer;
  readonly context: SendingContext;
  /** Moves the spooler's clock. */
  pass(milliseconds: number): void;
  user(name: string, options?: Parameters<MailServer['user']>[1]): Promise<SenderMailbox>;
  /** Writes a message into an outbox. */
  write(mailbox: SenderMailbox, options?: Draft): Promise<LoadedTarget>;
  submit(message: LoadedTarget): Promise<void>;
  /** Wakes the spooler for a message, as its queue does when time has passed. */
  wake(message: LoadedTarget): Promise<void>;
  /** Does what is on the queues; answers how many jobs there were. What was put aside waits in real time. */
  work(context?: SendingContext): Promise<number>;
  /** What SES has taken, oldest first. */
  sent(): Promise<Sent[]>;
  /** The message as it is now. */
  now(message: LoadedTarget): Promise<LoadedTarget>;
  messagesIn(folder: Buffer): Promise<LoadedTarget[]>;
  /** A spooler that differs in some parts. */
  spooler(parts: { mailer?: Mailer; settings?: Partial<SendingContext['settings']> }): SendingContext;
  deadLetters(): Promise<object[]>;
}

export interface Draft {
  readonly to?: readonly (string | Principal)[];
  readonly cc?: readonly string[];
  readonly bcc?: readonly string[];
  readonly properties?: readonly Property[];
  readonly children?: readonly SaveTree[];
}

const node = (kind: number, properties: readonly Property[], children: readonly SaveTree[] = []): SaveTree => ({
  clientId: 0,
  id: 0,
  kind,
  deleted: false,
  removed: [],
  properties,
  children,
});

/** A row of the recipient table as clients write it. */
export function aRecipient(who: string | Principal, type = 1, properties: readonly Property[] = []): SaveTree {
  const plain = typeof who === 'string';
  const entryId = plain ? encodeOneOff({ name: who, addressType: 'SMTP', address: who }) : principalEntryId(who);
  return node(MAPI_MAILUSER, [
    { tag: tags.PR_RECIPIENT_TYPE, value: type },
    { tag: tags.PR_DISPLAY_NAME, value: plain ? who : who.fullName },
    { tag: tags.PR_ADDRTYPE, value: plain ? 'SMTP' : 'ZARAFA' },
    { tag: tags.PR_EMAIL_ADDRESS, value: plain ? who : who.name },
    { tag: tags.PR_EC_CONTACT_ENTRYID, value: entryId },
    ...properties,
  ]);
}

export async function aPostOffice(): Promise<PostOffice> {
  const server = await aMailServer();
  const { cloud } = server;
  const ses = [new SESClient(cloud.client), new SESv2Client(cloud.client)] as const;
  let moved = 0;
  const clock = { now: () => Date.now() + moved };
  const platform = { ...server.platform, clock, spool: spoolOf(cloud) };
  const actor = { platform, database: platform.database, identity: SYSTEM };
  const context: SendingContext = {
    platform,
    mailer: new SesMailer(...ses),
    deadLetters: queueOf(cloud, deadLettersOf(QUEUES.spool)),
    settings: DEFAULT_SENDING_SETTINGS,
  };

  const folder = async (parent: LoadedTarget, name: string): Promise<Buffer> =>
    (
      await createFolders(actor, parent, [{ name, type: FOLDER_GENERIC, openIfExists: false, syncId: 0 }], {
        mayCreate: true,
      })
    )[0]!;
  const at = async (entryId: Buffer): Promise<LoadedTarget> => (await findTarget(platform.database, { entryId }))!;

  const take = async (
    queue: string,
    consumer: (items: { id: string; body: string }[]) => Promise<string[]>,
  ): Promise<number> => {
    let count = 0;
    for (;;) {
      const messages = await cloud.queues.receive(queue, { most: 10 });
      if (messages.length === 0) return count;
      count += messages.length;
      const failed = await consumer(messages.map(({ messageId: id, body }) => ({ id, body })));
      cloud.queues.delete(
        queue,
        messages.filter(({ messageId }) => !failed.includes(messageId)).map(({ receipt }) => receipt),
      );
    }
  };

  return {
    server,
    context,
    pass: (milliseconds) => {
      moved += milliseconds;
    },
    async user(name, options) {
      const mailbox = await server.user(name, options);
      const principal = (await findPrincipal(platform.database, [
        { sql: 'pri.id = :id', parameters: { id: mailbox.principalId } },
      ]))!;
      const inbox = (await findTarget(platform.database, { id: mailbox.inboxId }))!;
      const root = (await findTarget(platform.database, { id: inbox.store.rootId }))!;
      const outbox = await at(await folder(root, 'Outbox'));
      const sentItems = await folder(root, 'Sent Items');
      const wastebasket = await folder(root, 'Deleted Items');
      const store = (await findTarget(platform.database, { id: inbox.store.id }))!;
      const properties = [
        { tag: tags.PR_IPM_SENTMAIL_ENTRYID, value: sentItems },
        { tag: tags.PR_IPM_WASTEBASKET_ENTRYID, value: wastebasket },
      ];
      await saveExisting(actor, store, { ...node(store.object.kind, properties), id: store.object.id }, { syncId: 0 });
      return { ...mailbox, principal, outbox, sentItems, wastebasket };
    },
    async write(mailbox, { to = ['world@example.net'], cc = [], bcc = [], properties = [], children = [] } = {}) {
      const entryId = entryIdOf(mailbox.outbox.store.guid, MAPI_MESSAGE);
      const tree = node(
        MAPI_MESSAGE,
        [
          { tag: tags.PR_MESSAGE_CLASS, value: 'IPM.Note' },
          { tag: tags.PR_SUBJECT, value: 'Figures' },
          { tag: tags.PR_BODY, value: 'Dear world' },
          { tag: tags.PR_MESSAGE_FLAGS, value: 8 },
          { tag: tags.PR_SENTMAIL_ENTRYID, value: mailbox.sentItems },
          ...properties,
        ].filter(({ value }) => value !== undefined),
        [
          ...to.map((who) => aRecipient(who, 1)),
          ...cc.map((who) => aRecipient(who, 2)),
          ...bcc.map((who) => aRecipient(who, 3)),
          ...children,
        ],
      );
      await saveNewMessage(actor, mailbox.outbox, tree, { entryId, associated: false, syncId: 0 });
      return at(entryId);
    },
    async submit(message) {
      const job = { object: message.object.id, store: message.store.guid.toString('hex') };
      await wakeLater(platform, job);
      await submitMessage(actor, message, EC_SUBMIT_MASTER | EC_SUBMIT_DOSENTMAIL);
      await wakeNow(platform, job);
    },
    wake: (message) => wakeNow(platform, { object: message.object.id, store: message.store.guid.toString('hex') }),
    async work(by = context) {
      let jobs = await take(QUEUES.spool, (items) => spoolBatch(by, items));
      jobs += await take(QUEUES.postponed, (items) => resumeBatch(by, items));
      jobs += await take(QUEUES.reports, (items) => processReports(by, items));
      return jobs;
    },
    async sent() {
      const mails = cloud.outbox.list(1000).toReversed();
      return Promise.all(
        mails.map(async ({ key, from, recipients }) => ({
          from,
          recipients,
          text: (await cloud.outbox.read(key))!.raw.toString(),
        })),
      );
    },
    now: async (message) => (await findTarget(platform.database, { id: message.object.id }))!,
    async messagesIn(entryId) {
      const { object } = await at(entryId);
      const rows = await platform.database.query<{ id: number }>(
        `SELECT id FROM object WHERE parent_id = :id AND kind = ${MAPI_MESSAGE} AND deleted = 0 ORDER BY id`,
        { id: object.id },
      );
      return Promise.all(rows.map(async ({ id }) => (await findTarget(platform.database, { id }))!));
    },
    spooler: ({ mailer = context.mailer, settings = {} }) => ({
      ...context,
      mailer,
      settings: { ...context.settings, ...settings },
    }),
    async deadLetters() {
      const letters = await cloud.queues.receive(deadLettersOf(QUEUES.spool), { most: 10 });
      return letters.map(({ body }) => JSON.parse(body) as object);
    },
    async [Symbol.asyncDispose]() {
      for (const client of ses) client.destroy();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** All of a message, for looking at it. */
export const treeOf = (office: PostOffice, message: LoadedTarget) =>
  readMessageTree(office.context.platform, office.context.platform.database, message);
