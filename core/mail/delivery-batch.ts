import { type DeliveryContext, deliverMail } from './delivery.ts';
import { readReceipt } from './receipt-notification.ts';

/** One item of the queue of received mail. */
export interface QueueItem {
  readonly id: string;
  /** What SES published, as JSON. */
  readonly body: string;
}

/** Mails delivered at the same time: the largest need about 250 MB each, and the function has 1 GB. */
const AT_ONCE = 3;

/**
 * Delivers what the items of a batch tell of. Answers the ids of those that
 * have to come again, or end in the dead-letter queue: a mail counts as done when all of
 * its recipients have it. Never throws.
 */
export async function deliverBatch(context: DeliveryContext, items: readonly QueueItem[]): Promise<string[]> {
  const waiting = [...items];
  const failed: string[] = [];
  const work = async (): Promise<void> => {
    for (let item = waiting.shift(); item; item = waiting.shift()) {
      if (!(await deliverItem(context, item))) failed.push(item.id);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return failed;
}

async function deliverItem(context: DeliveryContext, item: QueueItem): Promise<boolean> {
  const { log } = context.platform;
  try {
    const receipt = readReceipt(item.body);
    if (receipt) await deliverMail(context, receipt);
    else log.info({ item: item.id }, 'SES has set up a receipt rule');
    return true;
  } catch (error) {
    log.error({ error, item: item.id }, 'the item stays in the queue');
    return false;
  }
}
