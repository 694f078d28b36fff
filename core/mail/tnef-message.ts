import libmime from 'libmime';
import { ATTACH_BY_VALUE, ATTACH_EMBEDDED_MSG, ATTACH_OLE } from '../mapi/attachment-values.ts';
import { newGuid } from '../mapi/entry-id.ts';
import { NAMED_PROPERTIES, type NamedPropertyName, type NamedTags } from '../mapi/named-properties.ts';
import type { ObjectTree } from '../mapi/object-tree.ts';
import { MAPI_ATTACH, MAPI_MAILUSER, MAPI_MESSAGE } from '../mapi/object-types.ts';
import {
  type Properties,
  type PropertyTag,
  propertyId,
  propertyType,
  type ReadonlyProperties,
} from '../mapi/property.ts';
import { PT_ERROR, PT_OBJECT } from '../mapi/property-types.ts';
import * as tags from '../mapi/tags.ts';
import type { TnefProperty } from '../mapi/tnef/properties.ts';
import { readTnef, type Tnef, type TnefAttachment } from '../mapi/tnef/tnef.ts';
import { decodeText } from './charset.ts';
import { CP_UTF8, charsetOf } from './code-page.ts';
import { fileNameOf } from './content.ts';
import { htmlToText } from './html-text.ts';
import { MAX_MESSAGE_DEPTH } from './limits.ts';
import type { MimePart } from './mime.ts';
import { readRtf } from './rtf.ts';
import { isForeign } from './tnef-properties.ts';
import { decodeTransfer } from './transfer-encoding.ts';

/** What a winmail.dat adds to a message. */
export interface TnefAdditions {
  readonly properties: Properties;
  /** Attachments, without numbers. */
  readonly children: readonly ObjectTree[];
}

/** Whether a part is Outlook's wrapping of what mail can't say (MS-OXTNEF). */
export const isTnef = (part: MimePart): boolean =>
  /^application\/(?:vnd\.)?ms-tnef$/.test(part.contentType) ||
  (part.contentType === 'application/octet-stream' && fileNameOf(part)?.toLowerCase() === 'winmail.dat');

/** What a TNEF part holds; undefined if it can't be read, and then it is a file like any other. */
export function unpackTnef(part: MimePart, namedTags: NamedTags | undefined): TnefAdditions | undefined {
  const bytes = decodeTransfer(part.body, part.encoding);
  if (!bytes) return undefined;
  try {
    return new Unpacker(namedTags).additions(readTnef(bytes, decodeCodePage), 1);
  } catch {
    return undefined;
  }
}

const decodeCodePage = (bytes: Buffer, codePage: number): string => decodeText(bytes, charsetOf(codePage)).text;

class Unpacker {
  readonly #named: ReadonlyMap<string, PropertyTag>;

  constructor(namedTags: NamedTags | undefined) {
    this.#named = new Map(
      Object.entries(namedTags ?? {}).map(([name, tag]) => [nameKey(NAMED_PROPERTIES[name as NamedPropertyName]), tag]),
    );
  }

  additions(tnef: Tnef, depth: number): TnefAdditions {
    const properties = this.#properties(tnef.properties);
    if (tnef.messageClass && !properties.has(tags.PR_MESSAGE_CLASS))
      properties.set(tags.PR_MESSAGE_CLASS, tnef.messageClass);
    return { properties, children: tnef.attachments.map((attachment) => this.#attachment(attachment, depth)) };
  }

  /** Named ones under the tags that they have here; those without one are left out. */
  #properties(list: readonly TnefProperty[]): Properties {
    const properties: Properties = new Map();
    for (const { tag, name, value } of list) {
      const type = propertyType(tag);
      if (type === PT_OBJECT || type === PT_ERROR) continue;
      const own = name ? this.#named.get(nameKey(name)) : tag;
      if (own === undefined || propertyType(own) !== type || isForeign(propertyId(own))) continue;
      properties.set(own, value);
    }
    return properties;
  }

  #attachment(attachment: TnefAttachment, depth: number): ObjectTree {
    const properties = this.#properties(attachment.properties);
    const method = Number(properties.get(tags.PR_ATTACH_METHOD) ?? ATTACH_BY_VALUE);
    const object = attachment.properties.find(({ tag }) => tag === tags.PR_ATTACH_DATA_OBJ)?.value;
    const message =
      !attachment.ole && method === ATTACH_EMBEDDED_MSG && Buffer.isBuffer(object)
        ? this.#embedded(object, depth)
        : undefined;
    properties.set(tags.PR_RECORD_KEY, newGuid()).set(tags.PR_RENDERING_POSITION, attachment.position);
    if (message) {
      properties.delete(tags.PR_ATTACH_DATA_BIN);
      properties.set(tags.PR_ATTACH_METHOD, ATTACH_EMBEDDED_MSG);
      return { kind: MAPI_ATTACH, properties, children: [message] };
    }
    properties.set(tags.PR_ATTACH_METHOD, attachment.ole ? ATTACH_OLE : ATTACH_BY_VALUE);
    if (Buffer.isBuffer(object)) properties.set(tags.PR_ATTACH_DATA_BIN, object);
    nameFile(properties);
    return { kind: MAPI_ATTACH, properties, children: [] };
  }

  #embedded(bytes: Buffer, depth: number): ObjectTree | undefined {
    if (depth >= MAX_MESSAGE_DEPTH) return undefined;
    try {
      const tnef = readTnef(bytes, decodeCodePage);
      const { properties, children } = this.additions(tnef, depth + 1);
      const recipients = tnef.recipients.map(
        (row): ObjectTree => ({
          kind: MAPI_MAILUSER,
          properties: this.#properties(row),
          children: [],
        }),
      );
      return { kind: MAPI_MESSAGE, properties, children: [...recipients, ...numbered(children, 0)] };
    } catch {
      return undefined;
    }
  }
}

/** What TNEF says better than the mail around it; of all else the mail's own word counts (observed on 11.0.2). */
const BETTER: ReadonlySet<PropertyTag> = new Set([tags.PR_RTF_COMPRESSED, tags.PR_HTML, tags.PR_INTERNET_CPID]);
const CLASS = /^(?:ipm|report)(?:\.[\w{}-]{1,60}){1,8}$/i;

/** Adds what a winmail.dat holds to what the mail around it says, and the bodies that follow from its RTF. */
export function addTnefProperties(properties: Properties, added: ReadonlyProperties): void {
  for (const [tag, value] of added) {
    if (tag === tags.PR_MESSAGE_CLASS ? CLASS.test(String(value)) : BETTER.has(tag) || !properties.has(tag))
      properties.set(tag, value);
  }
  const compressed = added.get(tags.PR_RTF_COMPRESSED);
  if (added.has(tags.PR_HTML) || !Buffer.isBuffer(compressed)) return;
  const rtf = readRtf(compressed);
  if (rtf?.kind === 'html') {
    properties.set(tags.PR_HTML, Buffer.from(rtf.text)).set(tags.PR_INTERNET_CPID, CP_UTF8);
    if (!properties.has(tags.PR_BODY)) properties.set(tags.PR_BODY, htmlToText(rtf.text));
  }
  if (rtf?.kind === 'text' && !properties.has(tags.PR_BODY)) properties.set(tags.PR_BODY, rtf.text);
}

/** Attachments with their numbers, from the first free one on. */
export const numbered = (attachments: readonly ObjectTree[], first: number): ObjectTree[] =>
  attachments.map((attachment, index) => ({
    ...attachment,
    properties: new Map([...attachment.properties, [tags.PR_ATTACH_NUM, first + index]]),
  }));

const nameKey = (name: { readonly guid: Buffer; readonly number?: number; readonly name?: string }): string =>
  `${name.guid.toString('hex')}:${name.number ?? `"${name.name}"`}`;

/** A long name and a type, where Outlook gave none. */
function nameFile(properties: Properties): void {
  const short = properties.get(tags.PR_ATTACH_FILENAME);
  const name = properties.get(tags.PR_ATTACH_LONG_FILENAME) ?? short ?? 'attachment.bin';
  properties.set(tags.PR_ATTACH_LONG_FILENAME, name);
  if (!properties.has(tags.PR_ATTACH_MIME_TAG))
    properties.set(tags.PR_ATTACH_MIME_TAG, libmime.detectMimeType(String(name).split('.').pop() ?? ''));
}
