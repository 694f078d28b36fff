import type { DirectoryMapping } from '../mapping.ts';
import { ADDRESS_BOOK_FIELDS, CERTIFICATE, PHOTO } from './address-book-fields.ts';

/** Any directory of inetOrgPerson and posixGroup or groupOfNames, without Kopano's schema. */
export const posix: DirectoryMapping = {
  uniqueId: 'entryUUID',
  changed: { attribute: 'modifyTimestamp', kind: 'time' },
  user: {
    filter: '(&(objectClass=inetOrgPerson)(uid=*)(mail=*))',
    login: 'uid',
    fullName: 'cn',
    email: 'mail',
    aliases: ['mail'],
    disabled: { attribute: 'pwdAccountLockedTime' },
  },
  group: {
    filter: '(|(objectClass=posixGroup)(objectClass=groupOfNames))',
    name: 'cn',
    fullName: 'cn',
    email: 'mail',
    aliases: [],
    security: 'always',
    members: [
      { attribute: 'memberUid', by: 'name' },
      { attribute: 'member', by: 'dn' },
    ],
  },
  quotaUnit: 1,
  properties: { ...ADDRESS_BOOK_FIELDS, [PHOTO]: 'jpegPhoto', [CERTIFICATE]: 'userCertificate;binary' },
};
