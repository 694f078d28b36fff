import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { AddressBook } from '../../../../core/mail/address-book.ts';
import { NAMED_PROPERTIES, type NamedPropertyName } from '../../../../core/mapi/named-properties.ts';
import type { ObjectTree } from '../../../../core/mapi/object-tree.ts';
import { MAPI_ATTACH, MAPI_MAILUSER } from '../../../../core/mapi/object-types.ts';
import type { PropertyValue, ReadonlyProperties } from '../../../../core/mapi/property.ts';
import * as tags from '../../../../core/mapi/tags.ts';
import { NAMED_TAGS } from '../corpus/round.ts';
import { nameOf } from '../printed-tree.ts';

/** An object as the genuine delivery agent made it; keys are property names, values as they can be compared. */
export interface GenuineObject {
  readonly props: Readonly<Record<string, unknown>>;
  readonly recipients: readonly Readonly<Record<string, unknown>>[];
  readonly attachments: readonly GenuineAttachment[];
}
export interface GenuineAttachment {
  readonly props: Readonly<Record<string, unknown>>;
  readonly message?: GenuineObject;
}
export interface GenuineMail extends GenuineObject {
  readonly file: string;
}

const RECORDED = new URL('../../../golden/genuine/delivery-agent.jsonl.gz', import.meta.url);

/** What the genuine delivery agent 11.0.2 made of mails of the corpus, recorded once. */
export const recordedMails = (): GenuineMail[] =>
  gunzipSync(readFileSync(RECORDED))
    .toString('utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as GenuineMail);

/** One property that isn't as the genuine agent made it. */
export interface Difference {
  readonly mail: string;
  /** `message.attachment.PR_ATTACH_MIME_TAG`: objects on the way, then the property. */
  readonly where: string;
  readonly ours: unknown;
  readonly theirs: unknown;
}

/** What the server or the session computes, or what is random: nothing that conversion decides. */
const COMPUTED =
  /^(?:PR_ACCESS|PR_LAST_MODIF|PR_MDB_|PR_MESSAGE_SIZE|PR_NORMALIZED_SUBJECT|PR_OBJECT_TYPE|PR_RECEIVED_BY|PR_RCVD|PR_STORE_|PR_HASATTACH|PR_MESSAGE_(?:TO|CC|RECIP)_ME|PR_EC_MESSAGE_BCC|PR_MESSAGE_DELIVERY_TIME|PR_EC_MESSAGE_DELIVERY_DATE|PR_RTF_IN_SYNC|PS_EC_IMAP|PR_INSTANCE_KEY|PR_SEARCH_KEY|PR_RECORD_KEY|PR_EC_CONTACT_ENTRYID|PR_ROWID|PR_ATTACH_SIZE|PR_ATTACH_NUM|PR_ENTRYID|PR_CREATION|PR_SOURCE_KEY|PR_CHANGE_KEY|PR_SENDER_(?:ENTRYID|SEARCH_KEY)|PR_SENT_REPRESENTING_(?:ENTRYID|SEARCH_KEY)|PR_REPORT_ENTRYID)/;
export const isComputed = (name: string): boolean => COMPUTED.test(name);

const NAMES = new Map(Object.entries(NAMED_TAGS).map(([name, tag]) => [tag, name]));

const hash = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** Binary values count by their hash, times to the second. */
function comparable(value: PropertyValue): unknown {
  if (typeof value === 'bigint')
    return `${new Date(Number(value / 10_000n - 11_644_473_600_000n)).toISOString().slice(0, 19)}Z`;
  if (Buffer.isBuffer(value)) return value.length === 0 ? '' : `sha256:${hash(value)}`;
  return Array.isArray(value) ? value.map((each) => comparable(each as PropertyValue)) : value;
}

const ours = (properties: ReadonlyProperties): Record<string, unknown> =>
  Object.fromEntries(
    [...properties]
      .map(([tag, value]): [string, unknown] => [NAMES.get(tag) ?? nameOf(tag), comparable(value)])
      .filter(([name]) => !isComputed(name)),
  );

/** All properties that differ, in a message with its recipients and attachments. */
export function differences(mail: string, message: ObjectTree, genuine: GenuineObject): Difference[] {
  const found: Difference[] = [];
  const compare = (path: string, mine: Record<string, unknown>, theirs: Readonly<Record<string, unknown>>): void => {
    for (const name of new Set([...Object.keys(mine), ...Object.keys(theirs)]))
      if (JSON.stringify(mine[name]) !== JSON.stringify(theirs[name]))
        found.push({ mail, where: path + name, ours: mine[name], theirs: theirs[name] });
  };
  const visit = (tree: ObjectTree, object: GenuineObject, path: string): void => {
    compare(path, ours(tree.properties), object.props);
    const rows = tree.children.filter(({ kind }) => kind !== MAPI_ATTACH);
    const files = tree.children.filter(({ kind }) => kind === MAPI_ATTACH);
    if (rows.length !== object.recipients.length)
      found.push({ mail, where: `${path}recipients`, ours: rows.length, theirs: object.recipients.length });
    else
      for (const [index, row] of rows.entries())
        compare(`${path}recipient.`, ours(row.properties), object.recipients[index]!);
    if (files.length !== object.attachments.length) {
      found.push({ mail, where: `${path}attachments`, ours: files.length, theirs: object.attachments.length });
      return;
    }
    files.forEach((file, index) => {
      const theirs = object.attachments[index]!;
      const [inner] = file.children;
      if ((inner === undefined) !== (theirs.message === undefined)) {
        found.push({
          mail,
          where: `${path}attachment`,
          ours: inner ? 'message' : 'file',
          theirs: theirs.message ? 'message' : 'file',
        });
        return;
      }
      compare(`${path}attachment.`, ours(file.properties), theirs.props);
      if (inner && theirs.message) visit(inner, theirs.message, `${path}message.`);
    });
  };
  visit(message, genuine, '');
  return found;
}

/** The users of the server on which the recording was made. */
export const USERS: AddressBook = new Map(
  [1, 2, 3, 4, 10].map((number) => [
    `user${number}@example.com`,
    new Map<number, string | number>([
      [tags.PR_DISPLAY_NAME, `User${number} Example`],
      [tags.PR_ADDRTYPE, 'ZARAFA'],
      [tags.PR_EMAIL_ADDRESS, `user${number}`],
      [tags.PR_SMTP_ADDRESS, `user${number}@example.com`],
      [tags.PR_DISPLAY_TYPE, 0],
      [tags.PR_OBJECT_TYPE, MAPI_MAILUSER],
    ]),
  ]),
);

/** Names of named properties as the recording has them: property set and number or name. */
export const recordedNames: ReadonlyMap<string, NamedPropertyName> = new Map(
  Object.entries(NAMED_PROPERTIES).map(([name, property]) => {
    const { guid, ...id } = property as { guid: Buffer; number?: number; name?: string };
    return [`${guid.toString('hex')}:${id.number ?? id.name}`, name as NamedPropertyName];
  }),
);
