import { KCERR_NOT_FOUND } from '../../core/mapi/error-codes.ts';
import { MSGFLAG_READ } from '../../core/mapi/message-flags.ts';
import { MAPI_ATTACH, MAPI_MAILUSER, MAPI_MESSAGE } from '../../core/mapi/object-types.ts';
import type { Properties } from '../../core/mapi/property.ts';
import { TABLE_SORT_DESCEND } from '../../core/mapi/sort-order.ts';
import * as tags from '../../core/mapi/tags.ts';
import { isRefused } from '../connection/refused-error.ts';
import type { Session } from '../connection/session.ts';
import { numberOf, readProperties, textOf, timeOf } from '../wire-properties.ts';
import type { Folder } from './folders.ts';
import { loadObject } from './objects.ts';
import { readTable } from './table.ts';

/** A message as lists show it. */
export interface MessageRow {
  readonly entryId: Buffer;
  readonly received: Date | undefined;
  readonly from: string;
  readonly subject: string;
  readonly bytes: number;
  readonly read: boolean;
  readonly attachments: boolean;
}

/** A message with what is in it. */
export interface Message extends MessageRow {
  readonly recipients: readonly string[];
  readonly body: string;
  readonly files: readonly { readonly name: string; readonly type: string; readonly bytes: number }[];
}

const COLUMNS = [
  tags.PR_ENTRYID,
  tags.PR_MESSAGE_DELIVERY_TIME,
  tags.PR_SENT_REPRESENTING_NAME,
  tags.PR_SENT_REPRESENTING_EMAIL_ADDRESS,
  tags.PR_SUBJECT,
  tags.PR_MESSAGE_SIZE,
  tags.PR_MESSAGE_FLAGS,
  tags.PR_HASATTACH,
];

/** The messages of a folder, the newest first. */
export async function listMessages(session: Session, folder: Folder, limit: number): Promise<MessageRow[]> {
  const rows = await readTable(session, {
    entryId: folder.entryId,
    objectType: MAPI_MESSAGE,
    columns: COLUMNS,
    sort: [{ ulPropTag: tags.PR_MESSAGE_DELIVERY_TIME, ulOrder: TABLE_SORT_DESCEND }],
    limit,
  });
  return rows.map((row) => rowOf(row, row.get(tags.PR_ENTRYID) as Buffer));
}

function rowOf(properties: Properties, entryId: Buffer): MessageRow {
  const name = textOf(properties, tags.PR_SENT_REPRESENTING_NAME);
  const address = textOf(properties, tags.PR_SENT_REPRESENTING_EMAIL_ADDRESS);
  return {
    entryId,
    received: timeOf(properties, tags.PR_MESSAGE_DELIVERY_TIME),
    from: withAddress(name, address),
    subject: textOf(properties, tags.PR_SUBJECT) ?? '',
    bytes: numberOf(properties, tags.PR_MESSAGE_SIZE) ?? 0,
    read: ((numberOf(properties, tags.PR_MESSAGE_FLAGS) ?? 0) & MSGFLAG_READ) !== 0,
    attachments: properties.get(tags.PR_HASATTACH) === true,
  };
}

/** Name and address; people of this server have a login name in place of the address, which says nothing more. */
const withAddress = (name = '', address = ''): string =>
  name === '' || name === address ? address : address.includes('@') ? `${name} <${address}>` : name;

/** A message with recipients, text and the names of its attachments. */
export async function readMessage(session: Session, entryId: Buffer): Promise<Message> {
  const { properties, saved } = await loadObject(session, entryId);
  const children = saved.children.map((child) => ({
    type: child.ulObjType,
    properties: readProperties(child.modProps),
  }));
  return {
    ...rowOf(properties, entryId),
    recipients: children
      .filter(({ type }) => type === MAPI_MAILUSER)
      .map((recipient) =>
        withAddress(
          textOf(recipient.properties, tags.PR_DISPLAY_NAME),
          textOf(recipient.properties, tags.PR_SMTP_ADDRESS) ?? textOf(recipient.properties, tags.PR_EMAIL_ADDRESS),
        ),
      ),
    body: textOf(properties, tags.PR_BODY) ?? (await loadBody(session, entryId)),
    files: children
      .filter(({ type }) => type === MAPI_ATTACH)
      .map((attachment) => ({
        name:
          textOf(attachment.properties, tags.PR_ATTACH_LONG_FILENAME) ??
          textOf(attachment.properties, tags.PR_ATTACH_FILENAME) ??
          '',
        type: textOf(attachment.properties, tags.PR_ATTACH_MIME_TAG) ?? '',
        bytes: numberOf(attachment.properties, tags.PR_ATTACH_SIZE) ?? 0,
      })),
  };
}

/** A long text doesn't come with its message. */
async function loadBody(session: Session, entryId: Buffer): Promise<string> {
  try {
    const { lpPropVal } = await session.call('loadProp', { sEntryId: entryId, ulPropTag: tags.PR_BODY });
    return (lpPropVal && textOf(readProperties([lpPropVal]), tags.PR_BODY)) ?? '';
  } catch (error) {
    if (isRefused(error, KCERR_NOT_FOUND)) return '';
    throw error;
  }
}
