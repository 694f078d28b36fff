import { hasMailbox } from '../directory/mail-address.ts';
import type { Principal } from '../directory/principal.ts';
import { isFromDirectory } from '../directory/sync/origin.ts';
import { KopanoError } from '../mapi/error.ts';
import { KCERR_COLLISION } from '../mapi/error-codes.ts';
import type { Platform } from '../platform/platform.ts';
import { createMailbox } from './mailbox.ts';

/**
 * Makes the mailbox of one who comes from a directory when it is first asked
 * for: a synchronisation may bring many thousands who never log on. Answers
 * whether there is a mailbox now. The server's own users get theirs from whoever
 * makes them, as with the original.
 */
export async function ensureMailbox(platform: Platform, principal: Principal): Promise<boolean> {
  if (!hasMailbox(principal) || !(await isFromDirectory(platform.database, principal.id))) return false;
  const { id, name } = principal;
  try {
    await createMailbox(platform, { id, name, companyId: platform.settings.hosted ? principal.companyId : 0 });
    platform.log.info({ principal: id }, 'mailbox made');
  } catch (error) {
    // Somebody else was faster.
    if (!(error instanceof KopanoError && error.code === KCERR_COLLISION)) throw error;
  }
  return true;
}
