import libmime from 'libmime';
import {
  ATT_MHTML_REF,
  ATTACH_BY_VALUE,
  ATTACH_EMBEDDED_MSG,
  ATTACHMENT_SHOWN_IN_BODY,
  RENDERING_POSITION_FIRST,
  RENDERING_POSITION_NONE,
} from '../mapi/attachment-values.ts';
import { newGuid } from '../mapi/entry-id.ts';
import type { ObjectTree } from '../mapi/object-tree.ts';
import { MAPI_ATTACH } from '../mapi/object-types.ts';
import type { Properties, PropertyTag, PropertyValue } from '../mapi/property.ts';
import {
  PR_ATTACH_CONTENT_ID,
  PR_ATTACH_CONTENT_LOCATION,
  PR_ATTACH_DATA_BIN,
  PR_ATTACH_EXTENSION,
  PR_ATTACH_FILENAME,
  PR_ATTACH_FLAGS,
  PR_ATTACH_LONG_FILENAME,
  PR_ATTACH_METHOD,
  PR_ATTACH_MIME_TAG,
  PR_ATTACH_NUM,
  PR_ATTACHMENT_FLAGS,
  PR_ATTACHMENT_HIDDEN,
  PR_DISPLAY_NAME,
  PR_RECORD_KEY,
  PR_RENDERING_POSITION,
  PR_SUBJECT,
} from '../mapi/tags.ts';
import { fileNameOf } from './content.ts';
import { decodeWords, firstField, firstText } from './header.ts';
import { type BodyReferences, isInBody } from './inline.ts';
import { MAX_FILE_NAME_LENGTH } from './limits.ts';
import { isMessage, type MimePart } from './mime.ts';
import { ENVELOPE_FILE_NAME, isEnveloped } from './smime.ts';
import { decodeTransfer } from './transfer-encoding.ts';

/** A part as an attachment with its data, hidden if the body shows it. A file without a name gets the given one. */
export function fileAttachment(
  part: MimePart,
  number: number,
  references: BodyReferences,
  nameless?: string,
): ObjectTree {
  const decoded = decodeTransfer(part.body, part.encoding);
  // What can't be decoded is not what its type says (RFC 2045 6.4).
  const contentType = decoded ? typeOf(part) : UNKNOWN_TYPE;
  const contentId = contentIdOf(part);
  const location = firstText(part.header, 'content-location');
  const inBody = isShownInBody(part, references);
  const properties = attachmentProperties(number, ATTACH_BY_VALUE);
  setFileName(properties, fileName(part, contentType, nameless));
  properties
    .set(PR_ATTACH_DATA_BIN, decoded ?? part.body)
    .set(PR_ATTACH_MIME_TAG, contentType)
    .set(PR_RENDERING_POSITION, RENDERING_POSITION_FIRST)
    .set(PR_ATTACHMENT_HIDDEN, inBody)
    .set(PR_ATTACH_FLAGS, inBody ? ATT_MHTML_REF : 0);
  if (inBody) properties.set(PR_ATTACHMENT_FLAGS, ATTACHMENT_SHOWN_IN_BODY);
  if (contentId) properties.set(PR_ATTACH_CONTENT_ID, contentId);
  if (location) properties.set(PR_ATTACH_CONTENT_LOCATION, location);
  return { kind: MAPI_ATTACH, properties, children: [] };
}

const UNKNOWN_TYPE = 'application/octet-stream';

/** What a part says it is; of a file that says nothing, what its name tells. */
const typeOf = (part: MimePart): string =>
  part.typed || part.contentType !== 'text/plain' || part.disposition.value !== 'attachment'
    ? part.contentType
    : libmime.detectMimeType(fileNameOf(part)?.split('.').pop() ?? '') || UNKNOWN_TYPE;

/** Whether the body shows a part, so that it is no attachment to the reader. */
export const isShownInBody = (part: MimePart, references: BodyReferences): boolean =>
  isInBody(part, contentIdOf(part), firstText(part.header, 'content-location'), references);

const contentIdOf = (part: MimePart): string | undefined =>
  firstField(part.header, 'content-id')?.trim().replace(/^<|>$/g, '').slice(0, MAX_FILE_NAME_LENGTH);

/** A message as an attachment that clients open like any message. */
export function messageAttachment(message: ObjectTree, number: number): ObjectTree {
  const properties = attachmentProperties(number, ATTACH_EMBEDDED_MSG);
  const subject = message.properties.get(PR_SUBJECT);
  if (subject !== undefined) properties.set(PR_DISPLAY_NAME, subject);
  return { kind: MAPI_ATTACH, properties, children: [message] };
}

/** A whole mail as a file, where it can't be shown otherwise. */
export function originalAttachment(raw: Buffer, number: number): ObjectTree {
  const properties = attachmentProperties(number, ATTACH_BY_VALUE);
  setFileName(properties, 'original.eml');
  properties.set(PR_ATTACH_DATA_BIN, raw).set(PR_ATTACH_MIME_TAG, 'message/rfc822');
  properties.set(PR_RENDERING_POSITION, RENDERING_POSITION_NONE);
  return { kind: MAPI_ATTACH, properties, children: [] };
}

/** The whole of a signed message, byte by byte, for clients to verify (MS-OXOSMIME 2.1.3.1). */
export function signedOriginal(raw: Buffer, number: number): ObjectTree {
  const properties = attachmentProperties(number, ATTACH_BY_VALUE);
  properties.set(PR_ATTACH_DATA_BIN, raw).set(PR_ATTACH_MIME_TAG, 'multipart/signed');
  properties.set(PR_RENDERING_POSITION, RENDERING_POSITION_NONE);
  return { kind: MAPI_ATTACH, properties, children: [] };
}

/** The signed bytes of a mail whose parts are shown, too: never seen, and what a mail made of it consists of. */
export function hiddenOriginal(raw: Buffer, number: number): ObjectTree {
  const attachment = signedOriginal(raw, number);
  setFileName(attachment.properties, 'signed-message.eml');
  attachment.properties.set(PR_ATTACHMENT_HIDDEN, true);
  return attachment;
}

const attachmentProperties = (number: number, method: number): Properties =>
  new Map<PropertyTag, PropertyValue>([
    [PR_ATTACH_NUM, number],
    [PR_RECORD_KEY, newGuid()],
    [PR_ATTACH_METHOD, method],
  ]);

function fileName(part: MimePart, contentType: string, nameless: string | undefined): string {
  // An encoded word in a parameter is decoded already; some senders encode twice.
  const named = cleanName(decodeWords(fileNameOf(part) ?? ''));
  if (named !== '') return named;
  if (nameless !== undefined) return nameless;
  if (isEnveloped(part)) return ENVELOPE_FILE_NAME;
  const base = part.disposition.value === 'attachment' ? 'attachment' : 'inline';
  return `${base}.${isMessage(part) ? 'eml' : extensionFor(contentType)}`;
}

/** The usual extension of a type; what only its name tells to be readable opens as text. */
function extensionFor(contentType: string): string {
  const extension = libmime.detectExtension(contentType);
  return extension === 'bin' && /^(?:text|message)\//.test(contentType) ? 'txt' : extension;
}

/** A name, not a path: directories are the sender's business, and separators invite to write elsewhere. */
const cleanName = (name: string): string => {
  const last = name.replace(/^.*[\\/]/, '').trim();
  const extension = extensionOf(last);
  const base = last.slice(0, last.length - extension.length);
  return base.slice(0, MAX_FILE_NAME_LENGTH - extension.length) + extension;
};

const extensionOf = (name: string): string => /\.[^.\s]{1,16}$/.exec(name)?.[0] ?? '';

function setFileName(properties: Properties, name: string): void {
  properties.set(PR_ATTACH_LONG_FILENAME, name).set(PR_ATTACH_FILENAME, shortName(name));
  const extension = extensionOf(name);
  if (extension) properties.set(PR_ATTACH_EXTENSION, extension);
}

const SHORT_BASE = 8;
const SHORT_EXTENSION = 3;

/** The name in 8.3 form (MS-OXCMSG 2.2.2.11). */
function shortName(name: string): string {
  const extension = extensionOf(name);
  const base = name.slice(0, name.length - extension.length).replace(/[\s.]+/g, '');
  const short = base.length > SHORT_BASE ? `${base.slice(0, SHORT_BASE - 2)}~1` : base;
  return short + extension.slice(0, SHORT_EXTENSION + 1);
}
