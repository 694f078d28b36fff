import type { Statements } from '../platform/database.ts';
import { ADMIN_LEVEL_NONE, ADMIN_LEVEL_SYSADMIN } from './identity.ts';
import { nameKey } from './login-name.ts';
import { ACTIVE_USER, DISTLIST_SECURITY } from './object-class.ts';
import { printDetails } from './principal-details.ts';
import { EVERYONE_ID, SYSTEM_ID } from './well-known.ts';

/** The principals that every server has, as the genuine server shows them (observed on 11.0.2). */
const INTERNAL = [
  { id: EVERYONE_ID, class: DISTLIST_SECURITY, name: 'Everyone', email: '', adminLevel: ADMIN_LEVEL_NONE, hidden: 0 },
  {
    id: SYSTEM_ID,
    class: ACTIVE_USER,
    name: 'SYSTEM',
    email: 'postmaster@localhost',
    adminLevel: ADMIN_LEVEL_SYSADMIN,
    hidden: 1,
  },
] as const;

/** Creates Everyone and SYSTEM where they are missing; may be repeated. Users then begin with number 3. */
export async function seedDirectory(statements: Statements): Promise<void> {
  for (const principal of INTERNAL) {
    await statements.execute(
      `INSERT INTO principal (id, class, external_id, name, name_key, full_name, email, admin_level, hidden, details)
       VALUES (:id, :class, :name, :name, :nameKey, :name, :email, :adminLevel, :hidden, :details)
       ON DUPLICATE KEY UPDATE id = id`,
      { ...principal, nameKey: nameKey(principal.class, 0, principal.name), details: printDetails({}) },
    );
  }
}
