import libmime from 'libmime';
import { ATTACH_BY_VALUE, ATTACH_EMBEDDED_MSG } from '../../mapi/attachment-values.ts';
import type { ObjectTree } from '../../mapi/object-tree.ts';
import { MAPI_ATTACH, MAPI_MESSAGE } from '../../mapi/object-types.ts';
import type { PropertyTag } from '../../mapi/property.ts';
import * as tags from '../../mapi/tags.ts';
import type { BodyReferences } from '../inline.ts';
import { type Field, idField, textField } from './field.ts';
import type { Part } from './part.ts';

/** The attachments of a message in the order in which it has them. */
export const attachmentsOf = (message: ObjectTree): ObjectTree[] =>
  message.children
    .filter(({ kind }) => kind === MAPI_ATTACH)
    .map((attachment, index) => ({ attachment, number: numberOf(attachment, tags.PR_ATTACH_NUM) ?? index }))
    .sort((a, b) => a.number - b.number)
    .map(({ attachment }) => attachment);

/** The message that an attachment holds, if it holds one. */
export function embeddedMessage(attachment: ObjectTree): ObjectTree | undefined {
  const method = numberOf(attachment, tags.PR_ATTACH_METHOD) ?? ATTACH_BY_VALUE;
  return method === ATTACH_EMBEDDED_MSG ? attachment.children.find(({ kind }) => kind === MAPI_MESSAGE) : undefined;
}

/** Whether the HTML body shows an attachment inside itself: it is hidden in lists, and the body names it. */
export function isInline(attachment: ObjectTree, references: BodyReferences): boolean {
  if (references.html === '' || attachment.properties.get(tags.PR_ATTACHMENT_HIDDEN) !== true) return false;
  const contentId = textOf(attachment, tags.PR_ATTACH_CONTENT_ID);
  const location = textOf(attachment, tags.PR_ATTACH_CONTENT_LOCATION);
  if (contentId && references.contentIds.has(contentId.toLowerCase())) return true;
  return !!location && references.html.includes(location.toLowerCase());
}

/** A file of a message. One whose data is missing says so, as the original does. */
export function filePart(attachment: ObjectTree, inline: boolean): Part {
  const fileName = fileNameOf(attachment);
  const data = attachment.properties.get(tags.PR_ATTACH_DATA_BIN);
  const content = Buffer.isBuffer(data) ? data : Buffer.from('Attachment is missing.');
  const type = Buffer.isBuffer(data) ? contentType(attachment, fileName) : 'text/plain';
  return {
    type,
    encoding: encodingOf(type, content),
    disposition: inline ? 'inline' : 'attachment',
    fileName,
    fields: partFields(attachment),
    content,
  };
}

/** Fields that say how the body names an attachment. */
function partFields(attachment: ObjectTree): Field[] {
  const contentId = textOf(attachment, tags.PR_ATTACH_CONTENT_ID);
  const location = textOf(attachment, tags.PR_ATTACH_CONTENT_LOCATION);
  const id = contentId ? idField('Content-ID', [`<${contentId.replace(/^<|>$/g, '')}>`]) : undefined;
  return [...(id ? [id] : []), ...(location ? [textField('Content-Location', location)] : [])];
}

const TYPE = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,126}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}$/;
const UNKNOWN_TYPE = 'application/octet-stream';

/** What the attachment says it is, or else what its name tells. A multipart is none that can be attached. */
function contentType(attachment: ObjectTree, fileName: string): string {
  const type = (textOf(attachment, tags.PR_ATTACH_MIME_TAG) ?? '').trim().toLowerCase();
  if (TYPE.test(type)) return type.startsWith('multipart/') ? UNKNOWN_TYPE : type;
  return libmime.detectMimeType(fileName.split('.').pop() ?? '') || UNKNOWN_TYPE;
}

/** A message is not to be encoded (RFC 2046 5.2.1), unless it would not survive the way as it is. */
function encodingOf(type: string, content: Buffer): '7bit' | '8bit' | 'base64' {
  if (!type.startsWith('message/') || !isMailText(content)) return 'base64';
  return content.every((byte) => byte < 0x80) ? '7bit' : '8bit';
}

const LONGEST_LINE = 998;

/** Whether bytes are lines as mail has them (RFC 5322 2.1.1, 2.3). */
function isMailText(bytes: Buffer): boolean {
  let line = 0;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!;
    if (byte === 0 || (byte === 0x0a && bytes[i - 1] !== 0x0d) || (byte === 0x0d && bytes[i + 1] !== 0x0a))
      return false;
    line = byte === 0x0a ? 0 : line + 1;
    if (line > LONGEST_LINE + 1) return false;
  }
  return true;
}

const fileNameOf = (attachment: ObjectTree): string =>
  textOf(attachment, tags.PR_ATTACH_LONG_FILENAME) ||
  textOf(attachment, tags.PR_ATTACH_FILENAME) ||
  textOf(attachment, tags.PR_DISPLAY_NAME) ||
  'data.bin';

const textOf = ({ properties }: ObjectTree, tag: PropertyTag): string | undefined => {
  const value = properties.get(tag);
  return typeof value === 'string' ? value : undefined;
};

const numberOf = ({ properties }: ObjectTree, tag: PropertyTag): number | undefined => {
  const value = properties.get(tag);
  return typeof value === 'number' ? value : undefined;
};
