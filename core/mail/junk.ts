import type { ReadonlyProperties } from '../mapi/property.ts';
import type { DeliverySettings } from './delivery-settings.ts';
import { headerLines } from './mail-header.ts';
import type { Receipt } from './receipt-notification.ts';

/** Whether a mail belongs into the junk folder: SES found spam or a virus in it, or an earlier server says so in a header. */
export function isJunk(receipt: Receipt, message: ReadonlyProperties, settings: DeliverySettings): boolean {
  if (receipt.spam || receipt.virus) return true;
  const { spamHeader } = settings;
  if (!spamHeader || spamHeader.name === '') return false;
  const name = `${spamHeader.name.toLowerCase()}:`;
  const value = spamHeader.value.trim().toLowerCase();
  return headerLines(message).some((line) => {
    const folded = line.toLowerCase();
    return folded.startsWith(name) && folded.slice(name.length).includes(value);
  });
}
