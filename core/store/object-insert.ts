import type { PropertyTag, ReadonlyProperties } from '../mapi/property.ts';
import {
  PR_CLIENT_SUBMIT_TIME,
  PR_IMPORTANCE,
  PR_LAST_MODIFICATION_TIME,
  PR_MESSAGE_CLASS,
  PR_MESSAGE_DELIVERY_TIME,
  PR_SENDER_NAME,
  PR_SENT_REPRESENTING_NAME,
  PR_SUBJECT,
} from '../mapi/tags.ts';
import type { SqlValue, Statements } from '../platform/database.ts';
import type { LargeValue } from './property-document.ts';
import { bytesFromFileTime } from './row-properties.ts';

/** Columns that mirror properties, so that tables sort and restrict without reading documents. */
export interface SortColumns {
  readonly importance: number | null;
  readonly received: Buffer | null;
  readonly sent: Buffer | null;
  readonly modified: Buffer | null;
  readonly subject: string | null;
  readonly sender: string | null;
  readonly representing: string | null;
  readonly message_class: string | null;
}

/** Characters of a text that the sort columns keep. */
export const SORT_TEXT_LENGTH = 100;

/** The sort columns of an object's properties; of large values their beginning is enough. */
export function sortColumns({
  values,
  large,
}: {
  readonly values: ReadonlyProperties;
  readonly large?: ReadonlyMap<PropertyTag, LargeValue>;
}): SortColumns {
  const text = (tag: PropertyTag): string | null => {
    const value = values.get(tag) ?? large?.get(tag)?.preview;
    return typeof value === 'string'
      ? [...value.slice(0, 2 * SORT_TEXT_LENGTH)].slice(0, SORT_TEXT_LENGTH).join('').toWellFormed()
      : null;
  };
  const time = (tag: PropertyTag): Buffer | null => {
    const value = values.get(tag);
    return typeof value === 'bigint' ? bytesFromFileTime(value) : null;
  };
  const importance = values.get(PR_IMPORTANCE);
  return {
    importance: typeof importance === 'number' ? importance : null,
    received: time(PR_MESSAGE_DELIVERY_TIME),
    sent: time(PR_CLIENT_SUBMIT_TIME),
    modified: time(PR_LAST_MODIFICATION_TIME),
    subject: text(PR_SUBJECT),
    sender: text(PR_SENDER_NAME),
    representing: text(PR_SENT_REPRESENTING_NAME),
    message_class: text(PR_MESSAGE_CLASS),
  };
}

/** A row to be inserted. */
export interface NewObject {
  readonly id: number;
  readonly storeId: number;
  readonly parentId: number;
  readonly kind: number;
  readonly associated: boolean;
  readonly ownerId: number;
  readonly entryId: Buffer | null;
  readonly sourceKey: Buffer | null;
  readonly changeKey: Buffer | null;
  readonly predecessors: Buffer | null;
  readonly instanceId: number | null;
  readonly messageFlags: number;
  readonly messageStatus: number | null;
  readonly size: number;
  readonly imapId: number;
  readonly hasAttach: boolean;
  readonly props: string;
  readonly overflow: string | null;
  /** Empty for what no table sorts: recipients, attachments. */
  readonly sort: SortColumns | undefined;
}

/** The row of a new store or folder, which has nothing of what only messages have. */
export const newContainer = (
  row: Pick<
    NewObject,
    'id' | 'storeId' | 'parentId' | 'kind' | 'ownerId' | 'entryId' | 'sourceKey' | 'props' | 'overflow'
  > &
    Partial<Pick<NewObject, 'changeKey' | 'predecessors'>>,
): NewObject => ({
  associated: false,
  changeKey: null,
  predecessors: null,
  instanceId: null,
  messageFlags: 0,
  messageStatus: null,
  size: 0,
  imapId: 0,
  hasAttach: false,
  sort: undefined,
  ...row,
});

const NOTHING_TO_SORT: SortColumns = {
  importance: null,
  received: null,
  sent: null,
  modified: null,
  subject: null,
  sender: null,
  representing: null,
  message_class: null,
};

const COLUMNS =
  'id, store_id, parent_id, kind, associated, owner_id, entry_id, source_key, change_key, predecessors, instance_id, ' +
  'message_flags, message_status, size, imap_id, has_attach, importance, received, sent, modified, subject, sender, representing, ' +
  'message_class, props, overflow';

/** Request bytes for the rows of one statement, of the 4 MiB that the Data API takes; JSON may double documents. */
const STATEMENT_BYTES = 1_500_000;
/** Rows of one statement; each binds 26 parameters. */
const STATEMENT_ROWS = 400;

const bytesOf = (object: NewObject): number => 1500 + object.props.length + (object.overflow?.length ?? 0);

/** Inserts rows, in one statement unless they are very many or large. */
export async function insertObjects(statements: Statements, objects: readonly NewObject[]): Promise<void> {
  for (let start = 0; start < objects.length; ) {
    let end = start;
    let bytes = 0;
    while (end < objects.length && end - start < STATEMENT_ROWS) {
      bytes += bytesOf(objects[end]!);
      if (end > start && bytes > STATEMENT_BYTES) break;
      end += 1;
    }
    await insertSome(statements, objects.slice(start, end));
    start = end;
  }
}

async function insertSome(statements: Statements, objects: readonly NewObject[]): Promise<void> {
  const parameters: Record<string, SqlValue> = {};
  const rows = objects.map((object, index) => {
    const sort = object.sort ?? NOTHING_TO_SORT;
    const values: SqlValue[] = [
      object.id,
      object.storeId,
      object.parentId,
      object.kind,
      object.associated ? 1 : 0,
      object.ownerId,
      object.entryId,
      object.sourceKey,
      object.changeKey,
      object.predecessors,
      object.instanceId,
      object.messageFlags,
      object.messageStatus,
      object.size,
      object.imapId,
      object.hasAttach ? 1 : 0,
      sort.importance,
      sort.received,
      sort.sent,
      sort.modified,
      sort.subject,
      sort.sender,
      sort.representing,
      sort.message_class,
      object.props,
      object.overflow,
    ];
    return `(${values
      .map((value, column) => {
        const name = `r${index}_${column}`;
        parameters[name] = value;
        return `:${name}`;
      })
      .join(', ')})`;
  });
  await statements.execute(`INSERT INTO object (${COLUMNS}) VALUES ${rows.join(', ')}`, parameters);
}

/** Names the blobs that objects use, so that housekeeping keeps them. */
export async function insertBlobUses(
  statements: Statements,
  uses: readonly { readonly objectId: number; readonly names: readonly string[] }[],
): Promise<void> {
  const pairs = uses.flatMap(({ objectId, names }) => names.map((name) => ({ objectId, name })));
  for (let start = 0; start < pairs.length; start += STATEMENT_ROWS) {
    const parameters: Record<string, SqlValue> = {};
    const rows = pairs.slice(start, start + STATEMENT_ROWS).map(({ objectId, name }, index) => {
      parameters[`name${index}`] = Buffer.from(name, 'hex');
      parameters[`object${index}`] = objectId;
      return `(:name${index}, :object${index})`;
    });
    await statements.execute(`INSERT IGNORE INTO blob_use (name, object_id) VALUES ${rows.join(', ')}`, parameters);
  }
}
