import { encodeAddressBookEntryId, NO_EXTERNAL_ID } from '../mapi/address-book-entry-id.ts';
import { MAPI_MAILUSER } from '../mapi/object-types.ts';
import { ADMIN_LEVEL_SYSADMIN, type Identity } from './identity.ts';
import { SYSTEM_ID } from './well-known.ts';

/** Who writes where the server itself does: deliveries, new mailboxes. */
export const SYSTEM: Identity = {
  principalId: SYSTEM_ID,
  name: 'SYSTEM',
  fullName: 'SYSTEM',
  adminLevel: ADMIN_LEVEL_SYSADMIN,
  companyId: 0,
  entryId: encodeAddressBookEntryId({ objectType: MAPI_MAILUSER, id: SYSTEM_ID, externalId: NO_EXTERNAL_ID }),
};
