import { decodeAddressBookEntryId, isAddressBookEntryId } from '../mapi/address-book-entry-id.ts';
import type { SqlValue, Statements } from '../platform/database.ts';
import { listPrincipals, type Principal } from './principal.ts';

/** Entry ids looked up by one statement. */
const ENTRIES_PER_STATEMENT = 500;

/**
 * Whom entry ids of the address book name, by entry id in hexadecimal: by external
 * id where they have one, else by number. A statement for 500; strange ids name nobody.
 */
export async function findByEntryIds(
  statements: Statements,
  entryIds: readonly Buffer[],
): Promise<Map<string, Principal>> {
  const wanted = entryIds
    .filter(isAddressBookEntryId)
    .map((entryId) => ({ key: entryId.toString('hex'), reference: decodeAddressBookEntryId(entryId) }));
  const found = new Map<string, Principal>();
  for (let start = 0; start < wanted.length; start += ENTRIES_PER_STATEMENT) {
    const page = wanted.slice(start, start + ENTRIES_PER_STATEMENT);
    const parameters: Record<string, SqlValue> = {};
    const conditions = page.map(({ reference }, index) => {
      parameters[`entry${index}`] = reference.externalId.length > 0 ? reference.externalId : reference.id;
      return `${reference.externalId.length > 0 ? 'pri.external_id' : 'pri.id'} = :entry${index}`;
    });
    const principals = await listPrincipals(statements, [{ sql: conditions.join(' OR '), parameters }]);
    for (const { key, reference } of page) {
      const principal = principals.find(({ id, externalId }) =>
        reference.externalId.length > 0 ? externalId.equals(reference.externalId) : id === reference.id,
      );
      if (principal) found.set(key, principal);
    }
  }
  return found;
}
