import type { NamedPropertyName } from '../../mapi/named-properties.ts';
import type { PropertyTag } from '../../mapi/property.ts';
import * as tags from '../../mapi/tags.ts';

/** A telephone number of a contact and the TYPE values by which a vCard (RFC 6350 6.4.1) tells it. */
export interface TelephoneField {
  readonly tag: PropertyTag;
  readonly types: readonly string[];
}

/** In the order in which a number looks for its place: what says more comes first (types observed on 11.0.2). */
export const TELEPHONES: readonly TelephoneField[] = [
  { tag: tags.PR_HOME_FAX_NUMBER, types: ['home', 'fax'] },
  { tag: tags.PR_BUSINESS_FAX_NUMBER, types: ['work', 'fax'] },
  { tag: tags.PR_PRIMARY_FAX_NUMBER, types: ['main', 'fax'] },
  { tag: tags.PR_PRIMARY_FAX_NUMBER, types: ['fax'] },
  { tag: tags.PR_MOBILE_TELEPHONE_NUMBER, types: ['cell'] },
  { tag: tags.PR_MOBILE_TELEPHONE_NUMBER, types: ['mobile'] },
  { tag: tags.PR_PAGER_TELEPHONE_NUMBER, types: ['pager'] },
  { tag: tags.PR_CAR_TELEPHONE_NUMBER, types: ['car'] },
  { tag: tags.PR_ISDN_NUMBER, types: ['isdn'] },
  { tag: tags.PR_ASSISTANT_TELEPHONE_NUMBER, types: ['assistant'] },
  { tag: tags.PR_CALLBACK_TELEPHONE_NUMBER, types: ['x-evolution-callback'] },
  { tag: tags.PR_RADIO_TELEPHONE_NUMBER, types: ['x-evolution-radio'] },
  { tag: tags.PR_TELEX_NUMBER, types: ['x-evolution-telex'] },
  { tag: tags.PR_TTYTDD_PHONE_NUMBER, types: ['textphone'] },
  { tag: tags.PR_TTYTDD_PHONE_NUMBER, types: ['x-evolution-ttytdd'] },
  { tag: tags.PR_HOME_TELEPHONE_NUMBER, types: ['home'] },
  { tag: tags.PR_HOME2_TELEPHONE_NUMBER, types: ['home'] },
  { tag: tags.PR_BUSINESS_TELEPHONE_NUMBER, types: ['work'] },
  { tag: tags.PR_BUSINESS2_TELEPHONE_NUMBER, types: ['work'] },
  { tag: tags.PR_COMPANY_MAIN_PHONE_NUMBER, types: ['work', 'main'] },
  { tag: tags.PR_PRIMARY_TELEPHONE_NUMBER, types: ['main'] },
  { tag: tags.PR_OTHER_TELEPHONE_NUMBER, types: [] },
];

/** A property by its id, or by its name. */
export type FieldKey = PropertyTag | NamedPropertyName;

/** A postal address in the order of a vCard (RFC 6350 6.3.1), from the street on. */
export interface AddressFields {
  readonly type: string | undefined;
  readonly parts: readonly FieldKey[];
}

export const ADDRESSES: readonly AddressFields[] = [
  {
    type: 'home',
    parts: [
      tags.PR_HOME_ADDRESS_STREET,
      tags.PR_HOME_ADDRESS_CITY,
      tags.PR_HOME_ADDRESS_STATE_OR_PROVINCE,
      tags.PR_HOME_ADDRESS_POSTAL_CODE,
      tags.PR_HOME_ADDRESS_COUNTRY,
    ],
  },
  {
    type: 'work',
    parts: [
      'PidLidWorkAddressStreet',
      'PidLidWorkAddressCity',
      'PidLidWorkAddressState',
      'PidLidWorkAddressPostalCode',
      'PidLidWorkAddressCountry',
    ],
  },
  {
    type: undefined,
    parts: [
      tags.PR_OTHER_ADDRESS_STREET,
      tags.PR_OTHER_ADDRESS_CITY,
      tags.PR_OTHER_ADDRESS_STATE_OR_PROVINCE,
      tags.PR_OTHER_ADDRESS_POSTAL_CODE,
      tags.PR_OTHER_ADDRESS_COUNTRY,
    ],
  },
];

/** The parts of a name in the order of a vCard (RFC 6350 6.2.2). */
export const NAME_PARTS: readonly PropertyTag[] = [
  tags.PR_SURNAME,
  tags.PR_GIVEN_NAME,
  tags.PR_MIDDLE_NAME,
  tags.PR_DISPLAY_NAME_PREFIX,
  tags.PR_GENERATION,
];

/** Properties of one text each; the `x-` ones are those of the original (observed on 11.0.2). */
export const TEXTS: readonly (readonly [string, FieldKey])[] = [
  ['nickname', tags.PR_NICKNAME],
  ['title', tags.PR_TITLE],
  ['note', tags.PR_BODY],
  ['url', 'PidLidHtml'],
  ['impp', 'PidLidInstantMessagingAddress'],
  ['x-kaddressbook-x-profession', tags.PR_PROFESSION],
  ['x-kaddressbook-x-spousename', tags.PR_SPOUSE_NAME],
  ['x-kaddressbook-x-managersname', tags.PR_MANAGER_NAME],
  ['x-kaddressbook-x-assistantsname', tags.PR_ASSISTANT],
  ['x-kaddressbook-x-office', tags.PR_OFFICE_LOCATION],
];

/** Days in the life of a contact. */
export const DAYS: readonly (readonly [string, PropertyTag])[] = [
  ['bday', tags.PR_BIRTHDAY],
  ['anniversary', tags.PR_WEDDING_ANNIVERSARY],
];

/** Mail addresses that a contact can have (MS-OXOCNTC 2.2.1.2). */
export const MAIL_ADDRESSES = [1, 2, 3] as const;
