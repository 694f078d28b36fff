import type { Properties } from '../mapi/property.ts';
import { PR_MESSAGE_CLASS, PR_ORIGINAL_INTERNET_MESSAGE_ID } from '../mapi/tags.ts';
import { firstField, readHeader } from './header.ts';
import { messageIds } from './header-properties.ts';
import type { MimePart } from './mime.ts';
import { decodeTransfer } from './transfer-encoding.ts';

/** Classes of read receipts: read, and deleted unread (MS-OXOMSG 2.2.2.9). */
export const CLASS_READ = 'REPORT.IPM.Note.IPNRN';
export const CLASS_NOT_READ = 'REPORT.IPM.Note.IPNNRN';

/** What a message disposition notification (RFC 8098) is besides a message; empty for all other mail. */
export function receiptProperties(root: MimePart): Properties {
  if (root.contentType !== 'multipart/report') return new Map();
  const part = root.parts.find(({ contentType }) => contentType === 'message/disposition-notification');
  if (!part) return new Map();
  const fields = readHeader(decodeTransfer(part.body, part.encoding) ?? part.body);
  // manual-action/MDN-sent-manually; displayed
  const type = (firstField(fields, 'disposition') ?? '').split(';')[1]?.trim().toLowerCase() ?? '';
  const properties: Properties = new Map([
    [PR_MESSAGE_CLASS, type.startsWith('deleted') ? CLASS_NOT_READ : CLASS_READ],
  ]);
  const original = messageIds(firstField(fields, 'original-message-id') ?? '')[0];
  if (original !== undefined) properties.set(PR_ORIGINAL_INTERNET_MESSAGE_ID, original);
  return properties;
}
