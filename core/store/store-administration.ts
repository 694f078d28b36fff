import { KopanoError } from '../mapi/error.ts';
import { KCERR_COLLISION, KCERR_NOT_FOUND } from '../mapi/error-codes.ts';
import { fileTimeFromClock } from '../mapi/file-time.ts';
import { DuplicateKeyError } from '../platform/database.ts';
import type { Actor } from './actor.ts';
import type { StoreRow } from './object-row.ts';
import { bytesFromFileTime } from './row-properties.ts';

/** Takes a store from its owner: it stays as an orphan until it is hooked to somebody. */
export async function unhookStore({ database }: Actor, ownerId: number, type: number): Promise<void> {
  const { updated } = await database.execute(
    'UPDATE store SET owner_id = NULL WHERE owner_id = :ownerId AND type = :type AND deleted = 0',
    { ownerId, type },
  );
  if (updated === 0) throw new KopanoError(KCERR_NOT_FOUND, 'there is no such store');
}

/**
 * Gives an orphaned store to somebody. One of the type that he has becomes an orphan (observed on 11.0.2). The caller has
 * checked that it is one.
 */
export async function hookStore(
  { database }: Actor,
  store: StoreRow,
  owner: { readonly id: number; readonly name: string; readonly companyId: number },
  type: number,
): Promise<void> {
  try {
    await database.transaction(async (transaction) => {
      await transaction.execute(
        'UPDATE store SET owner_id = NULL WHERE owner_id = :ownerId AND type = :type AND deleted = 0 AND id <> :id',
        { ownerId: owner.id, type, id: store.id },
      );
      await transaction.execute(
        `UPDATE store SET owner_id = :ownerId, type = :type, owner_name = :name, company_id = :companyId WHERE id = :id`,
        { id: store.id, ownerId: owner.id, type, name: owner.name, companyId: owner.companyId },
      );
      // Who owns a store owns its root folder, whoever did before.
      await transaction.execute('UPDATE object SET owner_id = :ownerId WHERE id IN (:storeId, :rootId)', {
        ownerId: owner.id,
        storeId: store.id,
        rootId: store.rootId,
      });
    });
  } catch (error) {
    if (error instanceof DuplicateKeyError)
      throw new KopanoError(KCERR_COLLISION, 'the new owner has just got another store of this type', { cause: error });
    throw error;
  }
}

/** Marks an orphaned store as deleted; housekeeping removes it for good. */
export async function removeStore({ database, platform }: Actor, store: StoreRow): Promise<void> {
  const now = bytesFromFileTime(fileTimeFromClock(platform.clock.now()));
  await database.transaction(async (transaction) => {
    await transaction.execute('UPDATE store SET deleted = 1, owner_id = NULL WHERE id = :id', { id: store.id });
    await transaction.execute('UPDATE object SET deleted = 1, deleted_on = :now WHERE id = :id', { id: store.id, now });
    await transaction.execute('DELETE FROM receive_folder WHERE store_id = :id', { id: store.id });
  });
}
