import { principalProperties } from '../../directory/address-book-properties.ts';
import { isMailUser } from '../../directory/object-class.ts';
import { findPrincipal, type Principal } from '../../directory/principal.ts';
import { SYSTEM } from '../../directory/system-identity.ts';
import { objectTypeOf } from '../../mapi/entry-id.ts';
import { millisecondsFromFileTime } from '../../mapi/file-time.ts';
import type { ObjectTree } from '../../mapi/object-tree.ts';
import { MAPI_FOLDER } from '../../mapi/object-types.ts';
import type { Properties, PropertyTag, ReadonlyProperties } from '../../mapi/property.ts';
import {
  PR_DEFERRED_DELIVERY_TIME,
  PR_DEFERRED_SEND_TIME,
  PR_DELETE_AFTER_SUBMIT,
  PR_EXPIRY_TIME,
  PR_INTERNET_MESSAGE_ID,
  PR_SENT_REPRESENTING_ENTRYID,
  PR_SENTMAIL_ENTRYID,
} from '../../mapi/tags.ts';
import { type Handover, partsOf } from '../../store/handover.ts';
import { readMessageTree } from '../../store/message-tree.ts';
import type { Target } from '../../store/object-row.ts';
import { findSubmission, type Settlement, type Submission, settleSubmission } from '../../store/sent-message.ts';
import { findTarget } from '../../store/target.ts';
import { knownRole } from '../address-book.ts';
import { REPRESENTING_TAGS, SENDER_TAGS } from '../header-properties.ts';
import { messageToMail } from '../message-to-mail.ts';
import { renderingFrom } from '../rendering.ts';
import type { MessageJob } from '../spool.ts';
import { type Author, authorOf, authorProperties, SenderRefusedError } from './author.ts';
import type { SendingContext } from './context.ts';
import { type Envelope, envelopeOf } from './envelope.ts';
import { giveUp, handOver, type Plan, plan, planParts } from './parts.ts';
import { keepForRepresentee } from './representee.ts';
import { reportFailures } from './undeliverable.ts';

/** What is left to do of a job. */
export type Outcome =
  | 'done'
  /** To be looked at again at a time, in ms since 1970; `failed`: and that counts as an attempt. */
  | { readonly later: number; readonly failed?: boolean };

/** Longest time that a message waits on the queue; the housekeeping wakes those that wait longer. */
const LONGEST_WAIT_MS = 26 * 3600 * 1000;

/** Sends a submitted message, as far as that is still to be done; safe to repeat at any point. */
export async function sendSubmission(context: SendingContext, job: MessageJob): Promise<Outcome> {
  const { platform } = context;
  const submission = await findSubmission(platform.database, job.object);
  if (!submission) return 'done';
  const { message } = submission;
  if (!submission.begun) {
    if (message.object.deleted || message.parent?.gone || submission.inWastebasket) {
      platform.log.info({ object: job.object }, 'a deleted message is not sent');
      await settle(context, submission, { set: new Map() });
      return 'done';
    }
  }
  const tree = await readMessageTree(platform, platform.database, message);
  const due = submission.begun ? 0 : dueTime(tree.properties);
  const now = platform.clock.now();
  if (due > now) return due > now + LONGEST_WAIT_MS ? 'done' : { later: due };
  return new Sending(context, submission, tree).run();
}

/** Gives a submission up: who sent it is told why, unless it has left already. */
export async function abandonSubmission(context: SendingContext, job: MessageJob, reason: string): Promise<Outcome> {
  const { platform } = context;
  const submission = await findSubmission(platform.database, job.object);
  if (!submission) return 'done';
  const tree = await readMessageTree(platform, platform.database, submission.message);
  return new Sending(context, submission, tree, reason).run();
}

/** Before this time the message isn't to be sent, in ms since 1970 (MS-OXOMSG 2.2.3.4, 2.2.3.5). */
const dueTime = (properties: ReadonlyProperties): number =>
  Math.max(0, ...[PR_DEFERRED_SEND_TIME, PR_DEFERRED_DELIVERY_TIME].map((tag) => timeOf(properties, tag) ?? 0));

function timeOf(properties: ReadonlyProperties, tag: PropertyTag): number | undefined {
  const value = properties.get(tag);
  return typeof value === 'bigint' ? millisecondsFromFileTime(value) : undefined;
}

class Sending {
  readonly #context: SendingContext;
  readonly #submission: Submission;
  readonly #tree: ObjectTree;
  readonly #abandoned: string | undefined;

  constructor(context: SendingContext, submission: Submission, tree: ObjectTree, abandoned?: string) {
    this.#context = context;
    this.#submission = submission;
    this.#tree = tree;
    this.#abandoned = abandoned;
  }

  async run(): Promise<Outcome> {
    const context = this.#context;
    const { platform } = context;
    const { sending, begun, message } = this.#submission;
    const owner = await this.#owner();
    if (!owner) {
      platform.log.warn({ sending }, 'a message of nobody is not sent');
      await settle(context, this.#submission, { set: new Map() });
      return 'done';
    }
    const author = await this.#author(owner);
    let planned: Plan | undefined;
    if (begun) planned = { parts: await partsOf(platform.database, sending), fresh: false };
    else {
      const envelope = await this.#envelope(owner, author);
      const about = { sending, objectId: message.object.id, principalId: owner.id };
      const sender = author instanceof SenderRefusedError ? owner.email : author.from.address;
      planned = await plan(context, { ...about, sender }, planParts(envelope));
      if (!planned) return 'done';
    }
    const progress =
      this.#abandoned === undefined
        ? await handOver(context, planned, () => this.#mail(author))
        : await giveUp(context, planned.parts, this.#abandoned);
    if (progress.later !== undefined) return { later: progress.later, failed: progress.refused === true };
    await this.#finish(owner, author, progress.parts);
    return 'done';
  }

  async #owner(): Promise<Principal | undefined> {
    const { ownerId } = this.#submission.message.store;
    const owner = await findPrincipal(this.#context.platform.database, [
      { sql: 'pri.id = :ownerId', parameters: { ownerId } },
    ]);
    return owner && isMailUser(owner.class) ? owner : undefined;
  }

  async #author(owner: Principal): Promise<Author | SenderRefusedError> {
    try {
      return await authorOf(this.#context, owner, this.#tree.properties);
    } catch (error) {
      if (error instanceof SenderRefusedError) return error;
      throw error;
    }
  }

  /** Who is to get it; nobody, with the reason, if it can't be sent at all. */
  async #envelope(owner: Principal, author: Author | SenderRefusedError): Promise<Envelope> {
    const refusal = this.#abandoned ?? (author instanceof SenderRefusedError ? author.message : this.#expired());
    const envelope = await envelopeOf(this.#context, owner, this.#tree);
    const all = [...envelope.recipients, ...envelope.unreachable.map(({ recipient }) => recipient)];
    if (refusal !== undefined)
      return { recipients: [], unreachable: all.map((recipient) => ({ recipient, reason: refusal })) };
    if (all.length > 0) return envelope;
    return { recipients: [], unreachable: [{ recipient: '(nobody)', reason: 'The message has no recipients.' }] };
  }

  #expired(): string | undefined {
    const expiry = timeOf(this.#tree.properties, PR_EXPIRY_TIME);
    return expiry !== undefined && expiry <= this.#context.platform.clock.now()
      ? 'The message had expired before it could be sent.'
      : undefined;
  }

  #rendered: Promise<Uint8Array> | undefined;

  #mail(author: Author | SenderRefusedError): Promise<Uint8Array> {
    this.#rendered ??= this.#render(author);
    return this.#rendered;
  }

  async #render(author: Author | SenderRefusedError): Promise<Uint8Array> {
    const { platform } = this.#context;
    const { sending } = this.#submission;
    const properties: Properties = new Map(this.#tree.properties);
    // Planned before, refused now: what was decided when it was planned stays decided, and what its copy says counts.
    const written: Properties = author instanceof SenderRefusedError ? new Map() : authorProperties(author);
    for (const [tag, value] of written) properties.set(tag, value);
    const domain = author instanceof SenderRefusedError ? 'localhost' : author.from.address.split('@').at(-1)!;
    const { raw } = await messageToMail(
      { ...this.#tree, properties },
      {
        purpose: 'send',
        now: platform.clock.now(),
        // The same for each attempt, in case that the provider keeps it.
        messageId: `<${sending}@${domain}>`,
        ...renderingFrom(platform.database),
      },
    );
    return raw;
  }

  /** Everything is handed over or given up: copies, reports, and the message goes where it belongs. */
  async #finish(owner: Principal, author: Author | SenderRefusedError, parts: readonly Handover[]): Promise<void> {
    const context = this.#context;
    const { platform, settings } = context;
    const submission = this.#submission;
    const sent = parts.find(({ providerId }) => providerId !== undefined);
    const own = principalProperties(owner, platform.settings);
    const set = new Map<PropertyTag, string | Buffer>(shortValues(knownRole(own, SENDER_TAGS)));
    if (!Buffer.isBuffer(this.#tree.properties.get(PR_SENT_REPRESENTING_ENTRYID)))
      for (const [tag, value] of shortValues(knownRole(own, REPRESENTING_TAGS))) set.set(tag, value);
    if (sent?.providerId) set.set(PR_INTERNET_MESSAGE_ID, context.mailer.headerId(sent.providerId));

    const failures = parts.filter(({ failure }) => failure !== undefined);
    if (failures.length > 0)
      await reportFailures(context, owner, {
        id: submission.sending,
        original: this.#tree,
        failed: failures.flatMap(({ recipients, failure }) =>
          recipients.map((recipient) => ({ recipient, reason: failure! })),
        ),
      });
    const representee = sent && !(author instanceof SenderRefusedError) ? author.representee : undefined;
    const copies = settings.copyDelegateMails;
    if (representee && copies !== 'no') await keepForRepresentee(context, representee, submission, this.#tree, set);
    const movesToRepresentee = representee !== undefined && copies === 'move-to-rep';
    await settle(context, submission, { set, ...(await this.#place(movesToRepresentee)) });
  }

  /** Where the message goes (the original's DoSentMail): to its Sent Items, away, or nowhere. */
  async #place(movesToRepresentee: boolean): Promise<{ destination?: Target | undefined; remove?: boolean }> {
    const { doSentMail, message } = this.#submission;
    const { properties } = this.#tree;
    if (movesToRepresentee) return { remove: true };
    if (!doSentMail) return {};
    const folder = properties.get(PR_SENTMAIL_ENTRYID);
    if (Buffer.isBuffer(folder) && objectTypeOf(folder) !== undefined) {
      const target = await findTarget(this.#context.platform.database, { entryId: folder });
      const fits = target?.object.kind === MAPI_FOLDER && target.store.id === message.store.id && !target.folder?.gone;
      return fits ? { destination: target } : {};
    }
    return { remove: properties.get(PR_DELETE_AFTER_SUBMIT) === true };
  }
}

const shortValues = (properties: ReadonlyProperties): [PropertyTag, string | Buffer][] =>
  [...properties].filter(
    (entry): entry is [PropertyTag, string | Buffer] => typeof entry[1] === 'string' || Buffer.isBuffer(entry[1]),
  );

const settle = ({ platform }: SendingContext, submission: Submission, settlement: Settlement): Promise<boolean> =>
  settleSubmission({ platform, database: platform.database, identity: SYSTEM }, submission, settlement);
