import { seedDirectory } from '../directory/seed.ts';
import { SYSTEM_ID } from '../directory/well-known.ts';
import { entryIdOf, newGuid } from '../mapi/entry-id.ts';
import { KopanoError } from '../mapi/error.ts';
import { KCERR_COLLISION } from '../mapi/error-codes.ts';
import { MAPI_FOLDER, MAPI_STORE, STORE_PRIVATE } from '../mapi/object-types.ts';
import { DuplicateKeyError } from '../platform/database.ts';
import type { Platform } from '../platform/platform.ts';
import { seedServerGuid } from './server-guid.ts';
import { createStore } from './stores.ts';

/** What SYSTEM's own store calls itself (observed on 11.0.2). */
const ADMIN_STORE_NAME = 'Admin store';

/**
 * Fills a new database with what every server has: its GUID, the number
 * sequences, Everyone and SYSTEM, and SYSTEM's store. Safe to repeat.
 */
export async function seed(platform: Platform): Promise<void> {
  const { database } = platform;
  await seedServerGuid(database, newGuid());
  await database.execute(`INSERT IGNORE INTO sequence (name, next) VALUES ('object', 1), ('source key', 1)`);
  await seedDirectory(database);
  const [existing] = await database.query('SELECT id FROM store WHERE owner_id = :ownerId', { ownerId: SYSTEM_ID });
  if (existing) return;
  const guid = newGuid();
  try {
    await createStore(platform, {
      type: STORE_PRIVATE,
      ownerId: SYSTEM_ID,
      ownerName: 'SYSTEM',
      companyId: 0,
      storeEntryId: entryIdOf(guid, MAPI_STORE),
      rootEntryId: entryIdOf(guid, MAPI_FOLDER),
      displayName: ADMIN_STORE_NAME,
    });
  } catch (error) {
    // Another function seeds at the same time.
    if (!(error instanceof KopanoError && error.code === KCERR_COLLISION) && !(error instanceof DuplicateKeyError))
      throw error;
  }
}
