import { foldAddress } from '../../directory/mail-address.ts';
import { type Handover, partsOf } from '../../store/handover.ts';
import { readMessageTree } from '../../store/message-tree.ts';
import { findSubmission } from '../../store/sent-message.ts';
import { findOwner } from '../../store/store-properties.ts';
import { listSuppressed, type Suppression, unsuppress } from '../../store/suppression.ts';
import { messageToMail } from '../message-to-mail.ts';
import { renderingFrom } from '../rendering.ts';
import { BadJobError, outboundKey, readJob } from '../spool.ts';
import type { SendingContext } from './context.ts';
import { envelopeOf } from './envelope.ts';

/** What an operator may ask of the function, who may invoke it: IAM decides that. */
export type OperatorRequest =
  /** What a job is about. `content`: with the mail itself. */
  | { readonly ask: 'job'; readonly job: string; readonly content?: boolean }
  /** The suppressed addresses behind one. */
  | { readonly ask: 'suppressed'; readonly after?: string }
  /** To send to an address again. */
  | { readonly ask: 'unsuppress'; readonly address: string };

export type OperatorAnswer =
  | JobFacts
  | { readonly suppressed: readonly Suppression[] }
  | { readonly found: boolean }
  | { readonly error: string };

/** What is known of a job, without a word of what is in the mail. */
export interface JobFacts {
  /** Whether there is anything left to send. */
  readonly waiting: boolean;
  /** Login name of who sends it, or the address. */
  readonly sender: string;
  readonly recipients: readonly string[];
  /** Bytes of the message. */
  readonly size: number;
  /** How far it is. */
  readonly parts: readonly Pick<Handover, 'part' | 'recipients' | 'providerId' | 'failure' | 'claimed'>[];
  /** The mail, as much of it as an answer carries. */
  readonly content?: string;
}

/** An invocation answers 6 MB; base64, JSON and the rest of the answer are to fit. */
const CONTENT_BYTES = 3 * 1024 * 1024;

export async function answerOperator(context: SendingContext, request: OperatorRequest): Promise<OperatorAnswer> {
  const { database } = context.platform;
  switch (request?.ask) {
    case 'job':
      return describe(context, request.job, request.content === true);
    case 'suppressed':
      return { suppressed: await listSuppressed(database, request.after ?? '') };
    case 'unsuppress':
      return { found: await unsuppress(database, foldAddress(request.address)) };
    default:
      return { error: 'The spooler knows the requests job, suppressed and unsuppress.' };
  }
}

async function describe(context: SendingContext, body: string, withContent: boolean): Promise<OperatorAnswer> {
  try {
    const job = readJob(body);
    const inner = job.kind === 'abandon' ? job.job : job;
    if (inner.kind === 'message') return await describeMessage(context, inner.object, withContent);
    const { database, spool } = context.platform;
    const parts = await partsOf(database, inner.id);
    const raw = await spool.mails.read(outboundKey(inner));
    return {
      waiting: parts.length === 0 || parts.some(isOpen),
      sender: inner.from,
      recipients: inner.recipients,
      size: raw.length,
      parts,
      ...(withContent && { content: raw.subarray(0, CONTENT_BYTES).toString('latin1') }),
    };
  } catch (error) {
    if (error instanceof BadJobError) return { error: `This is no job: ${error.message}` };
    throw error;
  }
}

const isOpen = ({ providerId, failure }: Handover): boolean => providerId === undefined && failure === undefined;

async function describeMessage(context: SendingContext, object: number, withContent: boolean): Promise<OperatorAnswer> {
  const { platform } = context;
  const { database } = platform;
  const submission = await findSubmission(database, object);
  if (!submission) return { waiting: false, sender: '', recipients: [], size: 0, parts: [] };
  const { message, sending } = submission;
  const owner = await findOwner(database, message.store);
  const tree = await readMessageTree(platform, database, message);
  const envelope = owner && (await envelopeOf(context, owner, tree));
  const content = withContent
    ? (await messageToMail(tree, { purpose: 'keep', now: platform.clock.now(), ...renderingFrom(database) })).raw
    : undefined;
  return {
    waiting: true,
    sender: owner?.name ?? '',
    recipients: [
      ...(envelope?.recipients ?? []),
      ...(envelope?.unreachable ?? []).map(({ recipient, reason }) => `${recipient} (${reason})`),
    ],
    size: message.object.size,
    parts: await partsOf(database, sending),
    ...(content && { content: content.subarray(0, CONTENT_BYTES).toString('latin1') }),
  };
}
