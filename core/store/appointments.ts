import { MAPI_MESSAGE, STORE_PRIVATE } from '../mapi/object-types.ts';
import type { Properties, PropertyTag } from '../mapi/property.ts';
import { PR_IPM_APPOINTMENT_ENTRYID } from '../mapi/tags.ts';
import type { SqlParameters, Statements } from '../platform/database.ts';
import { decodeValue, propertyKey } from './property-document.ts';
import { findTarget, type LoadedTarget } from './target.ts';

/** The calendar folder of somebody's mailbox (MS-OXOSFLD 2.2.3); undefined without one. Two statements. */
export async function findCalendarFolder(statements: Statements, ownerId: number): Promise<LoadedTarget | undefined> {
  const [row] = await statements.query<{ entry_id: string | null }>(
    `SELECT JSON_UNQUOTE(JSON_EXTRACT(root.props, '$."${propertyKey(PR_IPM_APPOINTMENT_ENTRYID)}"')) AS entry_id
     FROM store st JOIN object root ON root.id = st.root_id
     WHERE st.owner_id = :ownerId AND st.type = ${STORE_PRIVATE} AND st.deleted = 0`,
    { ownerId },
  );
  if (!row?.entry_id) return undefined;
  const folder = await findTarget(statements, { entryId: Buffer.from(row.entry_id, 'base64') });
  return folder && folder.store.ownerId === ownerId && !folder.object.deleted ? folder : undefined;
}

/** What of an appointment is in its row, as far as it is small. */
export interface AppointmentRow {
  readonly id: number;
  readonly properties: Properties;
  /** Of those asked for, what is too large to be there. */
  readonly elsewhere: readonly PropertyTag[];
}

/** Rows of one answer: small values of a handful of properties each. */
const PAGE = 100;
/** Rows of a calendar that are looked at; more than anybody has in half a year. */
const MOST = 5_000;

/** The appointments of a folder that have an id among their properties. */
export const appointmentsOf = (
  statements: Statements,
  folderId: number,
  tag: PropertyTag,
  id: Buffer,
  wanted: readonly PropertyTag[],
): Promise<AppointmentRow[]> =>
  read(statements, folderId, wanted, {
    sql: `JSON_UNQUOTE(${jsonOf(tag)}) = :wantedId`,
    parameters: { wantedId: id.toString('base64') },
  });

/** The appointments of a folder that overlap a span of time, or repeat. Times are FILETIMEs. */
export const appointmentsAround = (
  statements: Statements,
  folderId: number,
  tags: { readonly start: PropertyTag; readonly end: PropertyTag; readonly repeats: PropertyTag },
  span: { readonly from: bigint; readonly until: bigint },
  wanted: readonly PropertyTag[],
): Promise<AppointmentRow[]> => {
  const time = (tag: PropertyTag): string => `CAST(JSON_UNQUOTE(${jsonOf(tag)}) AS UNSIGNED)`;
  return read(statements, folderId, wanted, {
    sql: `(${jsonOf(tags.repeats)} = TRUE OR (${time(tags.start)} < CAST(:spanUntil AS UNSIGNED) AND ${time(tags.end)} > CAST(:spanFrom AS UNSIGNED)))`,
    // As text, for FILETIMEs are beyond what a number can say exactly.
    parameters: { spanFrom: String(span.from), spanUntil: String(span.until) },
  });
};

const jsonOf = (tag: PropertyTag): string => `JSON_EXTRACT(o.props, '$."${propertyKey(tag)}"')`;

async function read(
  statements: Statements,
  folderId: number,
  wanted: readonly PropertyTag[],
  condition: { readonly sql: string; readonly parameters: SqlParameters },
): Promise<AppointmentRow[]> {
  const members = wanted.map((tag) => `'${propertyKey(tag)}', ${jsonOf(tag)}`).join(', ');
  const rows: AppointmentRow[] = [];
  for (let last = 0; rows.length < MOST; ) {
    const page = await statements.query<{ id: number; document: string }>(
      `SELECT o.id, JSON_OBJECT(${members}) AS document FROM object o
       WHERE o.parent_id = :folderId AND o.kind = ${MAPI_MESSAGE} AND o.associated = 0 AND o.deleted = 0
         AND o.id > :last AND ${condition.sql}
       ORDER BY o.id LIMIT ${PAGE}`,
      { ...condition.parameters, folderId, last },
    );
    rows.push(
      ...page.map(({ id, document }) => appointmentRow(id, JSON.parse(document) as Record<string, unknown>, wanted)),
    );
    if (page.length < PAGE) return rows;
    last = page.at(-1)!.id;
  }
  return rows;
}

function appointmentRow(id: number, document: Record<string, unknown>, wanted: readonly PropertyTag[]): AppointmentRow {
  const properties: Properties = new Map();
  const elsewhere: PropertyTag[] = [];
  for (const tag of wanted) {
    const json = document[propertyKey(tag)];
    if (json === undefined || json === null) continue;
    // A stub tells where a large value is.
    if (typeof json === 'object' && !Array.isArray(json)) elsewhere.push(tag);
    else properties.set(tag, decodeValue(tag, json));
  }
  return { id, properties, elsewhere };
}
