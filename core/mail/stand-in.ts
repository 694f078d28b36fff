import { newGuid } from '../mapi/entry-id.ts';
import type { ObjectTree } from '../mapi/object-tree.ts';
import { MAPI_MESSAGE } from '../mapi/object-types.ts';
import type { Properties, PropertyTag, PropertyValue } from '../mapi/property.ts';
import { PR_BODY, PR_INTERNET_CPID, PR_MESSAGE_CLASS, PR_SEARCH_KEY, PR_SUBJECT } from '../mapi/tags.ts';
import type { AddressBook } from './address-book.ts';
import { originalAttachment } from './attachments.ts';
import { CP_UTF8 } from './code-page.ts';
import { type Header, readHeader } from './header.ts';
import { headerProperties } from './header-properties.ts';
import { MAX_SALVAGED_HEADER_BYTES } from './limits.ts';
import { displayLists, recipientRows } from './recipients.ts';
import { subjectProperties } from './subject.ts';

const SUBJECT = 'Fallback delivery';
const TEXT =
  'This mail could not be read, because it is damaged or too complex.\r\n' +
  'The original is attached as it arrived, so that nothing of it is lost.\r\n';

/**
 * A message that stands for a mail which can't be read: says so, shows what can
 * be told from the beginning of the header, and has the original attached.
 */
export function standIn(raw: Buffer, receivedAt: number, addressBook: AddressBook): ObjectTree {
  const salvaged = salvage(raw, receivedAt, addressBook);
  const rows = salvaged?.rows ?? [];
  const properties: Properties = new Map<PropertyTag, PropertyValue>([
    [PR_MESSAGE_CLASS, 'IPM.Note'],
    [PR_SEARCH_KEY, newGuid()],
    ...(salvaged?.properties ?? headerProperties(EMPTY, { addressBook, receivedAt })),
    ...displayLists(rows),
    [PR_BODY, TEXT],
    [PR_INTERNET_CPID, CP_UTF8],
  ]);
  if (!properties.has(PR_SUBJECT))
    for (const [tag, value] of subjectProperties(SUBJECT, undefined)) properties.set(tag, value);
  return { kind: MAPI_MESSAGE, properties, children: [...rows, originalAttachment(raw, 0)] };
}

const EMPTY: Header = { fields: [], raw: Buffer.alloc(0) };

/** What the beginning of the header tells; undefined if even that can't be read. */
function salvage(
  raw: Buffer,
  receivedAt: number,
  addressBook: AddressBook,
): { properties: Properties; rows: ObjectTree[] } | undefined {
  try {
    const header = readHeader(beginningOfHeader(raw));
    return {
      properties: headerProperties(header, { addressBook, receivedAt }),
      rows: recipientRows(header, addressBook),
    };
  } catch {
    return undefined;
  }
}

/** The header, or as many whole lines of it as the bound allows. */
function beginningOfHeader(raw: Buffer): Buffer {
  const beginning = raw.subarray(0, MAX_SALVAGED_HEADER_BYTES);
  const ends = [beginning.indexOf('\r\n\r\n'), beginning.indexOf('\n\n')].filter((end) => end >= 0);
  if (ends.length > 0) return beginning.subarray(0, Math.min(...ends));
  return beginning.subarray(0, beginning.lastIndexOf(0x0a) + 1);
}
