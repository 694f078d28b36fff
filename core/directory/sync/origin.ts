import { KopanoError } from '../../mapi/error.ts';
import { KCERR_NOT_IMPLEMENTED } from '../../mapi/error-codes.ts';
import type { Statements } from '../../platform/database.ts';
import type { Platform } from '../../platform/platform.ts';

/** Whether a principal comes from the directory; one that has vanished from it does only with `vanished`. */
export async function isFromDirectory(statements: Statements, principalId: number, vanished = false): Promise<boolean> {
  const [row] = await statements.query(
    `SELECT principal_id FROM directory_entry WHERE principal_id = :principalId ${vanished ? '' : 'AND vanished IS NULL'}`,
    { principalId },
  );
  return row !== undefined;
}

/** People are made in the directory, where there is one: throws KCERR_NOT_IMPLEMENTED, as the original's LDAP plugin does. */
export function requireOwnUsers({ directory }: Pick<Platform, 'directory'>): void {
  if (directory) throw new KopanoError(KCERR_NOT_IMPLEMENTED, 'people, groups and companies are made in the directory');
}
