import type { DirectoryMapping } from '../mapping.ts';
import { ADDRESS_BOOK_FIELDS, CERTIFICATE, PHOTO } from './address-book-fields.ts';
import { KOPANO_QUOTA, KOPANO_USER_QUOTA } from './kopano-quota.ts';

/** OpenLDAP with the Kopano schema. */
export const openldap: DirectoryMapping = {
  uniqueId: 'entryUUID',
  changed: { attribute: 'modifyTimestamp', kind: 'time' },
  user: {
    filter: '(&(objectClass=kopano-user)(!(kopanoAccount=0)))',
    login: 'uid',
    fullName: 'cn',
    email: 'mail',
    aliases: ['kopanoAliases'],
    hidden: 'kopanoHidden',
    adminLevel: 'kopanoAdmin',
    nonActive: 'kopanoSharedStoreOnly',
    disabled: { attribute: 'pwdAccountLockedTime' },
    resourceType: 'kopanoResourceType',
    resourceCapacity: 'kopanoResourceCapacity',
    sendAs: { attribute: 'kopanoSendAsPrivilege', by: 'name' },
    quota: KOPANO_QUOTA,
  },
  contact: {
    filter: '(objectClass=kopano-contact)',
    fullName: 'cn',
    email: 'mail',
    aliases: ['kopanoAliases'],
    hidden: 'kopanoHidden',
  },
  group: {
    filter: '(&(objectClass=kopano-group)(!(kopanoAccount=0)))',
    name: 'cn',
    fullName: 'cn',
    email: 'mail',
    aliases: ['kopanoAliases'],
    hidden: 'kopanoHidden',
    security: { attribute: 'kopanoSecurityGroup' },
    members: [
      { attribute: 'member', by: 'dn' },
      { attribute: 'memberUid', by: 'name' },
    ],
    sendAs: { attribute: 'kopanoSendAsPrivilege', by: 'name' },
  },
  dynamicGroup: {
    filter: '(objectClass=kopano-dynamicgroup)',
    name: 'cn',
    fullName: 'cn',
    email: 'mail',
    aliases: ['kopanoAliases'],
    hidden: 'kopanoHidden',
    memberFilter: 'kopanoFilter',
    memberBase: 'kopanoBase',
  },
  company: {
    filter: '(objectClass=kopano-company)',
    fullName: 'ou',
    hidden: 'kopanoHidden',
    viewers: { attribute: 'kopanoViewPrivilege', by: 'name' },
    administrators: { attribute: 'kopanoAdminPrivilege', by: 'name' },
    systemAdministrator: { attribute: 'kopanoSystemAdmin', by: 'name' },
    quota: KOPANO_QUOTA,
    userQuota: KOPANO_USER_QUOTA,
    userQuotaRecipients: { attribute: 'kopanoQuotaUserWarningRecipients', by: 'name' },
    companyQuotaRecipients: { attribute: 'kopanoQuotaCompanyWarningRecipients', by: 'name' },
  },
  quotaUnit: 1,
  properties: { ...ADDRESS_BOOK_FIELDS, [PHOTO]: 'jpegPhoto', [CERTIFICATE]: 'userCertificate;binary' },
};
