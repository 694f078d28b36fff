import { ADMIN_LEVEL_SYSADMIN } from '../identity.ts';
import {
  ACTIVE_USER,
  CONTAINER_COMPANY,
  DISTLIST_DYNAMIC,
  DISTLIST_GROUP,
  DISTLIST_SECURITY,
  NONACTIVE_CONTACT,
  NONACTIVE_EQUIPMENT,
  NONACTIVE_ROOM,
  NONACTIVE_USER,
} from '../object-class.ts';
import { MAX_DETAILS_BYTES, type PrincipalDetails, type QuotaSettings } from '../principal-details.ts';
import {
  RELATION_COMPANY_ADMIN,
  RELATION_COMPANY_VIEW,
  RELATION_GROUP_MEMBER,
  RELATION_QUOTA_COMPANY_RECIPIENT,
  RELATION_QUOTA_USER_RECIPIENT,
  RELATION_USER_SENDAS,
} from '../relation.ts';
import { EntryReader, type LdapEntry } from './entry.ts';
import type {
  CompanyMapping,
  ContactMapping,
  DirectoryMapping,
  DynamicGroupMapping,
  GroupMapping,
  QuotaMapping,
  Reference,
  UserMapping,
} from './mapping.ts';
import { PHOTO } from './profiles/address-book-fields.ts';

/** What an entry is taken for, by the search that found it. */
export type Kind = 'company' | 'user' | 'contact' | 'group' | 'dynamic group';
/** In the order in which they are read: a company before what belongs to it. */
export const KINDS: readonly Kind[] = ['company', 'user', 'contact', 'group', 'dynamic group'];

/** Other entries that an entry names: the children of a relation. */
export interface ObjectReference {
  /** RELATION_*, see relation.ts. */
  readonly type: number;
  readonly by: Reference['by'];
  readonly values: readonly string[];
}

/** A principal as the directory says it is. */
export interface DirectoryObject {
  readonly kind: Kind;
  /** Becomes the external id. */
  readonly id: Buffer;
  readonly dn: string;
  readonly class: number;
  readonly name: string;
  readonly fullName: string;
  readonly email: string;
  readonly adminLevel: number;
  readonly hidden: boolean;
  readonly details: PrincipalDetails;
  readonly references: readonly ObjectReference[];
  /** Of a dynamic group: who is in it. */
  readonly membersFound?: { readonly base: string; readonly filter: string };
  /** Of a company: who administers it. */
  readonly administrator?: { readonly by: Reference['by']; readonly value: string };
  /** What of the entry could not be taken over, in words. */
  readonly warnings: readonly string[];
}

/** An entry that can't become a principal; what is known of it already stays as it is. */
export interface UnusableEntry {
  readonly kind: Kind;
  readonly id: Buffer;
  readonly dn: string;
  readonly problem: string;
}

export const isUsable = (found: DirectoryObject | UnusableEntry): found is DirectoryObject => !('problem' in found);

/** Columns hold so many characters. */
const LONGEST_NAME = 255;
/** Longest unique id; GUIDs have 16 bytes, or 36 as text. */
export const LONGEST_ID_BYTES = 255;
/** A picture or certificate that is larger leaves no room for the rest; see MAX_DETAILS_BYTES. */
export const LARGEST_BINARY_BYTES = 14_000;

/** All relations that objects of a kind may have: what isn't there any more is ended. */
export const RELATIONS_OF: Readonly<Record<Kind, readonly number[]>> = {
  company: [
    RELATION_COMPANY_VIEW,
    RELATION_COMPANY_ADMIN,
    RELATION_QUOTA_USER_RECIPIENT,
    RELATION_QUOTA_COMPANY_RECIPIENT,
  ],
  user: [RELATION_USER_SENDAS],
  contact: [],
  group: [RELATION_GROUP_MEMBER, RELATION_USER_SENDAS],
  'dynamic group': [RELATION_GROUP_MEMBER],
};

/** Reads entries of a directory as principals. */
export class ObjectReader {
  readonly #mapping: DirectoryMapping;
  /** Milliseconds since 1970. */
  readonly #now: number;

  constructor(mapping: DirectoryMapping, now: number) {
    this.#mapping = mapping;
    this.#now = now;
  }

  /** The object that an entry is. Entries without unique id are none: undefined. */
  read(kind: Kind, entry: LdapEntry): DirectoryObject | UnusableEntry | undefined {
    const value = entry.attributes.get(this.#mapping.uniqueId.toLowerCase())?.[0];
    if (!value || value.length === 0 || value.length > LONGEST_ID_BYTES) return undefined;
    // A copy: what came over the wire is a part of something larger.
    const id = Buffer.from(value);
    const reader = new EntryReader(entry);
    const object = this.#objectOf(kind, reader);
    const bad = [...new Set(reader.bad.map(({ attribute, reason }) => `${attribute} is ${reason}`))];
    const problem = problemOf(object);
    if (problem !== undefined) return { kind, id, dn: entry.dn, problem: [problem, ...bad].join('; ') };
    const { details, dropped } = fitting(object.details ?? {});
    return {
      references: [],
      ...object,
      kind,
      id,
      dn: entry.dn,
      details,
      warnings: [...bad, ...dropped.map((key) => `property ${key} has no room`)],
    };
  }

  #objectOf(kind: Kind, reader: EntryReader): Fields {
    const { user, contact, group, dynamicGroup, company } = this.#mapping;
    switch (kind) {
      case 'user':
        return this.#user(user, reader);
      case 'contact':
        return this.#contact(contact!, reader);
      case 'group':
        return this.#group(group, reader);
      case 'dynamic group':
        return this.#dynamicGroup(dynamicGroup!, reader);
      case 'company':
        return this.#company(company!, reader);
    }
  }

  #user(mapping: UserMapping, reader: EntryReader): Fields {
    const capacity = reader.number(mapping.resourceCapacity);
    const name = reader.text(mapping.login);
    return {
      class: this.#userClass(mapping, reader),
      name,
      fullName: reader.text(mapping.fullName) || name,
      ...addressed(
        mapping,
        reader,
        this.#details(reader, {
          ...(capacity !== undefined && capacity > 0 && { capacity }),
          ...this.#quota('quota', mapping.quota, reader),
        }),
      ),
      adminLevel: adminLevel(mapping.adminLevel, reader),
      references: references(reader, [[RELATION_USER_SENDAS, mapping.sendAs]]),
    };
  }

  #userClass(mapping: UserMapping, reader: EntryReader): number {
    const type = reader.text(mapping.resourceType).toLowerCase();
    if (type === 'room') return NONACTIVE_ROOM;
    if (type === 'equipment') return NONACTIVE_EQUIPMENT;
    const inactive = reader.flag(mapping.nonActive) || this.#isDisabled(mapping.disabled, reader);
    return inactive ? NONACTIVE_USER : ACTIVE_USER;
  }

  #isDisabled(how: UserMapping['disabled'], reader: EntryReader): boolean {
    if (how === undefined) return false;
    if (how !== 'active-directory') {
      const value = reader.text(how.attribute).toUpperCase();
      return value !== '' && value !== 'FALSE' && value !== '0';
    }
    if (((reader.number('userAccountControl') ?? 0) & ACCOUNTDISABLE) !== 0) return true;
    const expires = reader.text('accountExpires');
    if (!/^\d{1,19}$/.test(expires)) return false;
    const at = BigInt(expires);
    return at !== 0n && at !== NEVER_EXPIRES && at / FILE_TIME_MS - FILE_TIME_EPOCH_MS < BigInt(this.#now);
  }

  #contact(mapping: ContactMapping, reader: EntryReader): Fields {
    const fullName = reader.text(mapping.fullName);
    return {
      class: NONACTIVE_CONTACT,
      name: fullName,
      fullName,
      ...addressed(mapping, reader, this.#details(reader, {})),
      adminLevel: 0,
    };
  }

  #group(mapping: GroupMapping, reader: EntryReader): Fields {
    const name = reader.text(mapping.name);
    return {
      class: isSecurity(mapping.security, reader) ? DISTLIST_SECURITY : DISTLIST_GROUP,
      name,
      fullName: reader.text(mapping.fullName) || name,
      ...addressed(mapping, reader, {}),
      adminLevel: 0,
      references: references(reader, [
        ...mapping.members.map((member) => [RELATION_GROUP_MEMBER, member] as const),
        [RELATION_USER_SENDAS, mapping.sendAs],
      ]),
    };
  }

  #dynamicGroup(mapping: DynamicGroupMapping, reader: EntryReader): Fields {
    const name = reader.text(mapping.name);
    const filter = reader.text(mapping.memberFilter);
    return {
      class: DISTLIST_DYNAMIC,
      name,
      fullName: reader.text(mapping.fullName) || name,
      ...addressed(mapping, reader, {}),
      adminLevel: 0,
      // A group without a filter is empty, not everybody.
      ...(filter !== '' && {
        membersFound: {
          base: reader.text(mapping.memberBase),
          filter: filter.startsWith('(') ? filter : `(${filter})`,
        },
      }),
    };
  }

  #company(mapping: CompanyMapping, reader: EntryReader): Fields {
    const name = reader.text(mapping.fullName);
    const administrator = reader.text(mapping.systemAdministrator?.attribute);
    return {
      class: CONTAINER_COMPANY,
      name,
      fullName: name,
      email: '',
      adminLevel: 0,
      hidden: reader.flag(mapping.hidden),
      details: {
        ...this.#quota('quota', mapping.quota, reader),
        ...this.#quota('userQuota', mapping.userQuota, reader),
      },
      references: references(reader, [
        [RELATION_COMPANY_VIEW, mapping.viewers],
        [RELATION_COMPANY_ADMIN, mapping.administrators],
        [RELATION_QUOTA_USER_RECIPIENT, mapping.userQuotaRecipients],
        [RELATION_QUOTA_COMPANY_RECIPIENT, mapping.companyQuotaRecipients],
      ]),
      ...(administrator !== '' && {
        administrator: { by: mapping.systemAdministrator!.by, value: administrator },
      }),
    };
  }

  #quota(
    name: 'quota' | 'userQuota',
    mapping: QuotaMapping | undefined,
    reader: EntryReader,
  ): { readonly [name in 'quota' | 'userQuota']?: QuotaSettings } {
    if (!mapping || !reader.flag(mapping.override)) return {};
    const size = (attribute: string): number => Math.max(0, reader.number(attribute) ?? 0) * this.#mapping.quotaUnit;
    return {
      [name]: { useDefault: false, warn: size(mapping.warn), soft: size(mapping.soft), hard: size(mapping.hard) },
    };
  }

  /** The further properties, each of the type that its tag says. */
  #details(reader: EntryReader, more: PrincipalDetails): PrincipalDetails {
    const properties: Record<string, string> = {};
    const lists: Record<string, readonly string[]> = {};
    for (const [key, attribute] of Object.entries(this.#mapping.properties)) {
      const type = key.slice(-4);
      if (type === '001e' || type === '001f') {
        const text = reader.text(attribute);
        if (text !== '') properties[key] = text;
      } else if (type === '101e' || type === '101f') {
        const texts = reader.texts(attribute);
        if (texts.length > 0) lists[key] = texts;
      } else if (type === '0102') {
        const bytes = reader.bytes(attribute, LARGEST_BINARY_BYTES);
        if (bytes) properties[key] = bytes.toString('base64');
      } else if (type === '1102') {
        const values = reader.values(attribute).filter(({ length }) => length > 0 && length <= LARGEST_BINARY_BYTES);
        if (values.length > 0) lists[key] = values.map((value) => value.toString('base64'));
      }
    }
    return {
      ...more,
      ...(Object.keys(properties).length > 0 && { properties }),
      ...(Object.keys(lists).length > 0 && { lists }),
    };
  }
}

type Fields = Omit<DirectoryObject, 'kind' | 'id' | 'dn' | 'warnings' | 'references'> &
  Partial<Pick<DirectoryObject, 'references'>>;

/** userAccountControl (MS-ADTS 2.2.16). */
const ACCOUNTDISABLE = 2;
/** accountExpires of what never does (MS-ADTS 2.2.16; also 0). */
const NEVER_EXPIRES = 0x7fff_ffff_ffff_ffffn;
const FILE_TIME_MS = 10_000n;
const FILE_TIME_EPOCH_MS = 11_644_473_600_000n;
/** groupType: a security group (MS-ADTS 2.2.12). */
const GROUP_TYPE_SECURITY_ENABLED = 0x8000_0000;

function isSecurity(how: GroupMapping['security'], reader: EntryReader): boolean {
  if (how === 'always') return true;
  if (how === 'group-type') return ((reader.number('groupType') ?? 0) & GROUP_TYPE_SECURITY_ENABLED) !== 0;
  return reader.flag(how.attribute);
}

function adminLevel(attribute: string | undefined, reader: EntryReader): number {
  const level = reader.number(attribute);
  if (level !== undefined) return Math.min(Math.max(level, 0), ADMIN_LEVEL_SYSADMIN);
  return reader.flag(attribute) ? 1 : 0;
}

function references(
  reader: EntryReader,
  wanted: readonly (readonly [type: number, reference: Reference | undefined])[],
): ObjectReference[] {
  return wanted.flatMap(([type, reference]) => {
    if (!reference) return [];
    const values = reader.texts(reference.attribute);
    return values.length > 0 ? [{ type, by: reference.by, values }] : [];
  });
}

const ADDRESS = /^[^\s@]+@[^\s@]+$/;

/** Address, further addresses and visibility; of typed values (MS-OXOABK 2.2.3.23) the one in capitals is the primary. */
function addressed(
  { email, aliases, hidden }: { email: string; aliases: readonly string[]; hidden?: string },
  reader: EntryReader,
  details: PrincipalDetails,
): Pick<DirectoryObject, 'email' | 'hidden' | 'details'> {
  let primary = reader.text(email);
  const further = new Map<string, string>();
  for (const value of aliases.flatMap((attribute) => reader.texts(attribute))) {
    const [, type = 'smtp', address = ''] = /^(?:([A-Za-z0-9]+):)?(.*)$/s.exec(value) ?? [];
    if (type.toLowerCase() !== 'smtp' || !ADDRESS.test(address)) continue;
    if (type === 'SMTP' && primary === '') primary = address;
    further.set(address.toLowerCase(), address);
  }
  further.delete(primary.toLowerCase());
  return {
    email: primary,
    hidden: reader.flag(hidden),
    details: { ...details, ...(further.size > 0 && { aliases: [...further.values()] }) },
  };
}

function problemOf({ name, fullName, email }: Fields): string | undefined {
  if (name === '') return 'it has no name';
  for (const [what, text] of Object.entries({ name, fullName, email }))
    if ([...text].length > LONGEST_NAME) return `its ${what} is longer than ${LONGEST_NAME} characters`;
  return undefined;
}

/** Details that a row can hold: what is largest goes first, the photo before all. */
function fitting(details: PrincipalDetails): { details: PrincipalDetails; dropped: string[] } {
  const dropped: string[] = [];
  const properties = { ...details.properties };
  const lists = { ...details.lists };
  const whole = (): PrincipalDetails => ({
    ...details,
    ...(details.properties && { properties }),
    ...(details.lists && { lists }),
  });
  while (Buffer.byteLength(JSON.stringify(whole())) > MAX_DETAILS_BYTES) {
    const sizes = [
      ...Object.entries(properties).map(([key, value]) => [key, value.length] as const),
      ...Object.entries(lists).map(([key, values]) => [key, values.join('').length] as const),
    ].sort(([a, x], [b, y]) => Number(b === PHOTO) - Number(a === PHOTO) || y - x);
    const [largest] = sizes;
    if (!largest) return { details: { ...details, aliases: [] }, dropped: [...dropped, 'aliases'] };
    delete properties[largest[0]];
    delete lists[largest[0]];
    dropped.push(largest[0]);
  }
  return { details: whole(), dropped };
}
