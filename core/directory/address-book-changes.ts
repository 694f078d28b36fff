import { ICS_AB_NEW } from '../mapi/change-types.ts';
import type { Statements } from '../platform/database.ts';
import {
  type Criterion,
  conjunction,
  isInternal,
  listPrincipals,
  parametersOf,
  principalEntryId,
} from './principal.ts';
import { isOfCompany, type Viewer } from './visibility.ts';
import { SYSTEM_ID } from './well-known.ts';

/** A change of an address book entry. */
export interface AddressBookChange {
  readonly changeId: number;
  readonly entryId: Buffer;
  /** ICS_AB_NEW, ICS_AB_CHANGE or ICS_AB_DELETE. */
  readonly type: number;
}

export interface AddressBookChanges {
  readonly changes: readonly AddressBookChange[];
  /** Where the reader is now; 0 where nothing changed (observed on 11.0.2). */
  readonly maxChangeId: number;
}

/** Changes of one statement; each weighs below 200 bytes of the 1 MiB of a response, but for the external id of up to 255. */
const PAGE_ROWS = 2_000;

/**
 * What changed in the address book after a change; of each entry and kind of
 * change the last. After nothing: everybody there is. SYSTEM and Everyone are in
 * every copy. In hosted mode only the viewer's company counts, not those he
 * happens to see: else what becomes visible later would never be told.
 */
export async function addressBookChanges(
  statements: Statements,
  viewer: Viewer,
  hosted: boolean,
  after: number,
): Promise<AddressBookChanges> {
  return after > 0 ? loggedSince(statements, viewer, hosted, after) : everybody(statements, viewer, hosted);
}

const seesAll = (viewer: Viewer, hosted: boolean): boolean => !hosted || viewer.principalId === SYSTEM_ID;

async function everybody(statements: Statements, viewer: Viewer, hosted: boolean): Promise<AddressBookChanges> {
  // Read before the list: who comes meanwhile may be told twice, but never missed.
  const [row] = await statements.query<{ newest: number | null }>('SELECT MAX(id) AS newest FROM address_book_change');
  const newest = row?.newest ?? 0;
  const principals = await listPrincipals(
    statements,
    seesAll(viewer, hosted) ? [] : [isOfCompany(viewer.companyId, hosted)],
  );
  const changes = principals
    .filter(({ id }) => !isInternal(id))
    .map((principal) => ({ changeId: newest, entryId: principalEntryId(principal), type: ICS_AB_NEW }));
  return { changes, maxChangeId: newest };
}

async function loggedSince(
  statements: Statements,
  viewer: Viewer,
  hosted: boolean,
  after: number,
): Promise<AddressBookChanges> {
  const company: Criterion[] = seesAll(viewer, hosted)
    ? []
    : [{ sql: 'company_id = :companyId OR principal_id = :companyId', parameters: { companyId: viewer.companyId } }];
  const changes: AddressBookChange[] = [];
  let last = after;
  for (;;) {
    const rows = await statements.query<{
      id: number;
      principal_id: number;
      class: number;
      external_id: Buffer;
      ics_type: number;
    }>(
      `SELECT id, principal_id, class, external_id, ics_type FROM address_book_change
       WHERE id > :last AND id IN (SELECT MAX(id) FROM address_book_change WHERE id > :after GROUP BY principal_id, class, ics_type)
         AND ${conjunction(company)} ORDER BY id LIMIT ${PAGE_ROWS}`,
      { ...parametersOf(company), after, last },
    );
    for (const row of rows)
      changes.push({
        changeId: row.id,
        entryId: principalEntryId({ id: row.principal_id, class: row.class, externalId: row.external_id }),
        type: row.ics_type,
      });
    if (rows.length < PAGE_ROWS) return { changes, maxChangeId: changes.at(-1)?.changeId ?? 0 };
    last = rows.at(-1)!.id;
  }
}
