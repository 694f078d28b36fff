import { foldAddress, hasMailbox } from '../../directory/mail-address.ts';
import type { Principal } from '../../directory/principal.ts';
import type { ObjectTree } from '../../mapi/object-tree.ts';
import { type Handover, noteParts, partOfProvider } from '../../store/handover.ts';
import { readMessageTree } from '../../store/message-tree.ts';
import { suppress } from '../../store/suppression.ts';
import { findTarget } from '../../store/target.ts';
import { principalOfAddress } from './author.ts';
import type { SendingContext } from './context.ts';
import { originalOfMail, senderOf } from './finished-mail.ts';
import { partOfLabel } from './parts.ts';
import { type ProviderEvent, readProviderEvent } from './provider-event.ts';
import { reportFailures } from './undeliverable.ts';

export interface QueueItem {
  readonly id: string;
  readonly body: string;
}

/** Does what the provider's reports ask for; answers the ids of the items that have to come again. Never throws. */
export async function processReports(context: SendingContext, items: readonly QueueItem[]): Promise<string[]> {
  const { log } = context.platform;
  const failed = new Set<string>();
  const events: { readonly id: string; readonly event: ProviderEvent }[] = [];
  for (const { id, body } of items)
    try {
      const event = readProviderEvent(body);
      if (event) events.push({ id, event });
    } catch (error) {
      log.error({ error, item: id }, 'an item is no report');
      failed.add(id);
    }
  // Most are that mail was taken; one statement notes them all.
  const taken = events.filter(({ event }) => event.kind === 'taken');
  try {
    await noteTaken(
      context,
      taken.map(({ event }) => event),
    );
  } catch (error) {
    log.error({ error, items: taken.length }, 'what was taken could not be noted');
    for (const { id } of taken) failed.add(id);
  }
  for (const { id, event } of events)
    try {
      await processEvent(context, event);
    } catch (error) {
      log.error({ error, item: id }, 'a report stays in the queue');
      failed.add(id);
    }
  return [...failed];
}

/** Notes what the provider has taken, in case that who handed it over died before he could. */
async function noteTaken({ platform }: SendingContext, events: readonly ProviderEvent[]): Promise<void> {
  const parts = events.flatMap(({ label, providerId }) => {
    const part = label === undefined ? undefined : partOfLabel(label);
    return part ? [{ ...part, providerId }] : [];
  });
  if (parts.length > 0) await noteParts(platform.database, parts);
}

async function processEvent(context: SendingContext, event: ProviderEvent): Promise<void> {
  if (event.kind === 'taken') return;
  const { platform } = context;
  // A bounce may come before it was noted that the mail was taken.
  await noteTaken(context, [event]);
  const { recipients, id, kind, final, providerId } = event;
  if (final && (kind === 'bounce' || kind === 'complaint'))
    for (const { address, diagnosis } of recipients)
      await suppress(platform.database, [foldAddress(address)], kind, diagnosis);
  if (kind === 'complaint' && !final) return;

  const part = await partOfProvider(platform.database, providerId);
  const sender = await whoIsTold(context, event, part);
  platform.log.info({ providerId, kind, final, recipients: recipients.length }, 'the mail provider reports');
  if (!sender) {
    platform.log.warn({ providerId, kind }, 'nobody to tell of a report');
    return;
  }
  await reportFailures(context, sender, {
    id,
    kind: kind === 'complaint' ? 'complaint' : kind === 'delay' ? 'delayed' : 'failed',
    failed: recipients.map(({ address, status, diagnosis }) => ({ recipient: address, status, reason: diagnosis })),
    original: kind === 'bounce' || kind === 'rejection' ? await originalOf(context, part, sender) : undefined,
  });
}

/** The sender as it was noted; of mail that nobody remembers, whose address it came from. */
async function whoIsTold(
  context: SendingContext,
  { source }: ProviderEvent,
  part: Handover | undefined,
): Promise<Principal | undefined> {
  if (part) return senderOf(context, part);
  const found = source === '' ? undefined : await principalOfAddress(context.platform, source);
  return found && hasMailbox(found) ? found : undefined;
}

/** The message as it lies in the sender's mailbox now, or the finished mail in the bucket; undefined if both are gone. */
async function originalOf(
  context: SendingContext,
  part: Handover | undefined,
  sender: Principal,
): Promise<ObjectTree | undefined> {
  if (!part) return undefined;
  const { platform } = context;
  if (part.objectId === undefined) return originalOfMail(context, part.sending);
  const message = await findTarget(platform.database, { id: part.objectId });
  // Never somebody else's, whatever became of the number.
  if (message?.store.ownerId !== sender.id) return undefined;
  return readMessageTree(platform, platform.database, message);
}
