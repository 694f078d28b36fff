import { MSGFLAG_ASSOCIATED, MSGFLAG_DELETED } from '../../mapi/message-flags.ts';
import { isMultiValued, type PropertyTag, propertyId, propertyType, unicodeTag } from '../../mapi/property.ts';
import {
  PT_APPTIME,
  PT_BINARY,
  PT_BOOLEAN,
  PT_CLSID,
  PT_DOUBLE,
  PT_FLOAT,
  PT_LONG,
  PT_LONGLONG,
  PT_SHORT,
  PT_SYSTIME,
  PT_UNICODE,
} from '../../mapi/property-types.ts';
import * as tags from '../../mapi/tags.ts';
import { TEXT_COLLATION } from '../../platform/sql-text.ts';
import { SORT_TEXT_LENGTH } from '../object-insert.ts';

/**
 * What SQL calls a property of a message, the row being `o`. `time` is a
 * FILETIME in 8 sortable bytes, `bigint` a 64-bit number.
 */
export interface MessageColumn {
  readonly sql: string;
  readonly type: 'number' | 'boolean' | 'time' | 'bigint' | 'text' | 'bytes';
  /** Index that lists a folder's messages in this order. */
  readonly index?: string;
  /** Texts in columns are cut to so many characters. */
  readonly cutAt?: number;
  /** The value lies in the property document, so that large values are stubs there. */
  readonly document?: true;
  /** Where the text is if there is a stub for it in the document. */
  readonly overflow?: string;
}

/** Texts longer than this sort alike when they begin alike (observed on 11.0.2). */
const SORTED_CHARACTERS = 255;

const flags = `(o.message_flags | IF(o.associated, ${MSGFLAG_ASSOCIATED}, 0) | IF(o.deleted, ${MSGFLAG_DELETED}, 0))`;
const text = (column: string): MessageColumn => ({
  sql: `o.${column}`,
  type: 'text',
  index: `object_${column === 'message_class' ? 'class' : column}`,
  cutAt: SORT_TEXT_LENGTH,
});

/** Properties that are columns. */
const COLUMNS: ReadonlyMap<PropertyTag, MessageColumn> = new Map<PropertyTag, MessageColumn>([
  [tags.PR_MESSAGE_DELIVERY_TIME, { sql: 'o.received', type: 'time', index: 'object_received' }],
  [tags.PR_CLIENT_SUBMIT_TIME, { sql: 'o.sent', type: 'time', index: 'object_sent' }],
  [tags.PR_LAST_MODIFICATION_TIME, { sql: 'o.modified', type: 'time', index: 'object_modified' }],
  [tags.PR_DELETED_ON, { sql: 'o.deleted_on', type: 'time' }],
  [tags.PR_SUBJECT, text('subject')],
  [tags.PR_SENDER_NAME, text('sender')],
  [tags.PR_SENT_REPRESENTING_NAME, text('representing')],
  [tags.PR_MESSAGE_CLASS, text('message_class')],
  [tags.PR_MESSAGE_SIZE, { sql: 'o.size', type: 'number', index: 'object_size' }],
  [tags.PR_IMPORTANCE, { sql: 'o.importance', type: 'number', index: 'object_importance' }],
  [tags.PR_MESSAGE_FLAGS, { sql: flags, type: 'number' }],
  [tags.PR_HASATTACH, { sql: 'o.has_attach', type: 'boolean', index: 'object_attach' }],
  [tags.PR_MSG_STATUS, { sql: 'COALESCE(o.message_status, 0)', type: 'number' }],
  [tags.PR_EC_IMAP_ID, { sql: 'IF(o.imap_id = 0, o.id, o.imap_id)', type: 'number' }],
  [tags.PR_EC_HIERARCHYID, { sql: 'o.id', type: 'number' }],
  [tags.PR_EC_PARENT_HIERARCHYID, { sql: 'o.parent_id', type: 'number' }],
  [tags.PR_ENTRYID, { sql: 'o.entry_id', type: 'bytes' }],
  [tags.PR_RECORD_KEY, { sql: 'o.entry_id', type: 'bytes' }],
  [tags.PR_LONGTERM_ENTRYID_FROM_TABLE, { sql: 'o.entry_id', type: 'bytes' }],
  [tags.PR_SOURCE_KEY, { sql: 'o.source_key', type: 'bytes' }],
  [tags.PR_CHANGE_KEY, { sql: 'o.change_key', type: 'bytes' }],
  [tags.PR_PREDECESSOR_CHANGE_LIST, { sql: 'o.predecessors', type: 'bytes' }],
]);

/** Columns that only sort: what orders rows the same way but has an index. */
const SORTING: ReadonlyMap<PropertyTag, MessageColumn> = new Map<PropertyTag, MessageColumn>([
  // The bits of the list are the same in all of its rows.
  [tags.PR_MESSAGE_FLAGS, { sql: 'o.message_flags', type: 'number', index: 'object_flags' }],
  [tags.PR_EC_IMAP_ID, { sql: 'o.imap_id', type: 'number', index: 'object_imap' }],
]);

/** Ids of properties that tables compute, so that neither columns nor documents tell them. */
export const COMPUTED_IDS: ReadonlySet<number> = new Set(
  [
    tags.PR_NORMALIZED_SUBJECT,
    tags.PR_CONTENT_UNREAD,
    tags.PR_CONTENT_COUNT,
    tags.PR_ENTRYID,
    tags.PR_RECORD_KEY,
    tags.PR_LONGTERM_ENTRYID_FROM_TABLE,
    tags.PR_PARENT_ENTRYID,
    tags.PR_STORE_ENTRYID,
    tags.PR_STORE_RECORD_KEY,
    tags.PR_USER_NAME,
    tags.PR_USER_ENTRYID,
    tags.PR_MAILBOX_OWNER_NAME,
    tags.PR_MAILBOX_OWNER_ENTRYID,
    tags.PR_EC_MAILBOX_OWNER_ACCOUNT,
    tags.PR_EC_HIERARCHYID,
    tags.PR_EC_PARENT_HIERARCHYID,
    tags.PR_EC_OUTGOING_FLAGS,
    tags.PR_PARENT_DISPLAY,
    tags.PR_INSTANCE_KEY,
    tags.PR_OBJECT_TYPE,
    tags.PR_SOURCE_KEY,
    tags.PR_PARENT_SOURCE_KEY,
    tags.PR_RIGHTS,
    tags.PR_ACCESS,
    tags.PR_ACCESS_LEVEL,
    tags.PR_ROW_TYPE,
    tags.PR_DEPTH,
    tags.PR_MAPPING_SIGNATURE,
    tags.PR_ASSOCIATED,
    tags.PR_HTML,
    tags.PR_RTF_COMPRESSED,
  ].map(propertyId),
);

/** Path of a property in the document. */
export const documentPath = (tag: PropertyTag): string => `$."${tag.toString(16).padStart(8, '0')}"`;

/** The column of a property, or its place in the document; undefined for what SQL can't tell. */
export function messageColumn(tag: PropertyTag): MessageColumn | undefined {
  const unicode = unicodeTag(tag);
  const column = COLUMNS.get(unicode);
  if (column) return column;
  if (isMultiValued(unicode) || COMPUTED_IDS.has(propertyId(unicode))) return undefined;
  const json = `JSON_EXTRACT(o.props, '${documentPath(unicode)}')`;
  const value = `JSON_UNQUOTE(${json})`;
  switch (propertyType(unicode)) {
    case PT_SHORT:
      return { sql: `CAST(${value} AS SIGNED)`, type: 'number', document: true };
    case PT_LONG:
      return { sql: `CAST(${value} AS UNSIGNED)`, type: 'number', document: true };
    case PT_BOOLEAN:
      return { sql: `(${value} = 'true')`, type: 'boolean', document: true };
    case PT_LONGLONG:
    case PT_SYSTIME:
      return { sql: `CAST(${value} AS SIGNED)`, type: 'bigint', document: true };
    case PT_UNICODE: {
      const overflow = `JSON_UNQUOTE(JSON_EXTRACT(o.overflow, '${documentPath(unicode)}'))`;
      return { sql: value, type: 'text', document: true, overflow };
    }
    case PT_BINARY:
    case PT_CLSID:
      return { sql: value, type: 'bytes', document: true };
    default:
      return undefined;
  }
}

/** What a message is sorted by; undefined for properties that order nothing. */
export function sortColumn(tag: PropertyTag): MessageColumn | undefined {
  const unicode = unicodeTag(tag);
  if (unicode === tags.PR_NORMALIZED_SUBJECT) return { sql: NORMALIZED_SUBJECT, type: 'text' };
  const column = SORTING.get(unicode) ?? messageColumn(unicode);
  if (!column?.document) return column ?? floatColumn(unicode);
  if (column.type !== 'text' && column.type !== 'bytes') return column;
  // Of a large value, the document has the beginning, which is all that sorts.
  const path = documentPath(unicode);
  const start = `JSON_UNQUOTE(COALESCE(JSON_EXTRACT(o.props, '${path}.p'), JSON_EXTRACT(o.props, '${path}')))`;
  if (column.type === 'bytes') return { sql: `FROM_BASE64(${start})`, type: 'bytes', document: true };
  return { sql: `LEFT(${start}, ${SORTED_CHARACTERS}) COLLATE ${TEXT_COLLATION}`, type: 'text', document: true };
}

/** Floating point numbers sort in SQL, but JSON texts of them don't compare exactly there. */
function floatColumn(tag: PropertyTag): MessageColumn | undefined {
  const type = propertyType(tag);
  if (type !== PT_FLOAT && type !== PT_DOUBLE && type !== PT_APPTIME) return undefined;
  if (COMPUTED_IDS.has(propertyId(tag))) return undefined;
  const value = `JSON_UNQUOTE(JSON_EXTRACT(o.props, '${documentPath(tag)}'))`;
  return { sql: `(${value} + 0.0e0)`, type: 'number', document: true };
}

/** PR_NORMALIZED_SUBJECT of the subject column: without a prefix of two or three characters, not all digits. */
const NORMALIZED_SUBJECT = `(CASE
  WHEN LOCATE(':', o.subject) IN (3, 4) AND SUBSTRING_INDEX(o.subject, ':', 1) NOT REGEXP '^[0-9]+$'
  THEN IF(SUBSTRING(o.subject, LOCATE(':', o.subject) + 1, 1) = ' ',
    SUBSTRING(o.subject, LOCATE(':', o.subject) + 2), SUBSTRING(o.subject, LOCATE(':', o.subject) + 1))
  ELSE o.subject END)`;
