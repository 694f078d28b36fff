/** Fields of the address book and the attributes of inetOrgPerson, Active Directory and the Kopano schema that hold them. */
export const ADDRESS_BOOK_FIELDS: Readonly<Record<string, string>> = {
  '3a06001e': 'givenName',
  '3a11001e': 'sn',
  '3a0a001e': 'initials',
  '3a17001e': 'title',
  '3a16001e': 'company',
  '3a18001e': 'department',
  '3a19001e': 'physicalDeliveryOfficeName',
  '3a30001e': 'assistant',
  '3a08001e': 'telephoneNumber',
  '3a1b101e': 'otherTelephone',
  '3a1c001e': 'mobile',
  '3a09001e': 'homePhone',
  '3a2f101e': 'otherHomePhone',
  '3a23001e': 'facsimileTelephoneNumber',
  '3a21001e': 'pager',
  '3a15001e': 'postalAddress',
  '3a29001e': 'streetAddress',
  '3a2a001e': 'postalCode',
  '3a27001e': 'l',
  '3a28001e': 'st',
  '3a26001e': 'co',
  '3a2b001e': 'postOfficeBox',
  '3a0c001e': 'preferredLanguage',
  '3a10001e': 'employeeNumber',
  '3a51001e': 'wWWHomePage',
  '67b3101e': 'kopanoEnabledFeatures',
  '67b4101e': 'kopanoDisabledFeatures',
  '67c4101e': 'kopanoUserArchiveServers',
  '67c5101e': 'kopanoUserArchiveCouplings',
};

/** EMS_AB_THUMBNAIL_PHOTO and PR_EMS_AB_X509_CERT, whose attributes differ. */
export const PHOTO = '8c9e0102';
export const CERTIFICATE = '8c6a1102';
