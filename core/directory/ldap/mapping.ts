/** How a value names other entries. */
export interface Reference {
  readonly attribute: string;
  /** The value is an entry's DN, its login or group name, or its unique id. */
  readonly by: 'dn' | 'name' | 'id';
}

/** Attributes of a quota; values in units of {@link DirectoryMapping.quotaUnit}. */
export interface QuotaMapping {
  /** Says that the own values count instead of the defaults. */
  readonly override: string;
  readonly warn: string;
  readonly soft: string;
  readonly hard: string;
}

interface Named {
  /** Which entries are meant (RFC 4515). */
  readonly filter: string;
  /** Where they are, if not anywhere below the base DN. */
  readonly base?: string;
  readonly fullName: string;
}

interface Addressed {
  readonly email: string;
  /** Further addresses. Of values with a type, such as `smtp:a@b`, those of type SMTP count, and the one in capitals is the primary address where {@link Addressed.email} has none. */
  readonly aliases: readonly string[];
  /** Says that the address book doesn't show it. */
  readonly hidden?: string;
}

/** People with mailboxes, and rooms and equipment. */
export interface UserMapping extends Named, Addressed {
  readonly login: string;
  /** Admin level as a number; `TRUE` is 1. */
  readonly adminLevel?: string;
  /** Says that nobody logs on. */
  readonly nonActive?: string;
  /** `active-directory`: bit 2 of userAccountControl, or accountExpires in the past; otherwise an attribute that says so. */
  readonly disabled?: 'active-directory' | { readonly attribute: string };
  /** `room` or `equipment`. */
  readonly resourceType?: string;
  readonly resourceCapacity?: string;
  /** Who may send in the name of the entry. */
  readonly sendAs?: Reference;
  readonly quota?: QuotaMapping;
}

export interface ContactMapping extends Named, Addressed {}

export interface GroupMapping extends Named, Addressed {
  readonly name: string;
  /** `always`, or what says so: `group-type` is Active Directory's groupType, otherwise an attribute. */
  readonly security: 'always' | 'group-type' | { readonly attribute: string };
  readonly members: readonly Reference[];
  readonly sendAs?: Reference;
}

/** Groups of whatever a filter finds. */
export interface DynamicGroupMapping extends Named, Addressed {
  readonly name: string;
  readonly memberFilter: string;
  readonly memberBase: string;
}

/** Tenants, in hosted mode; everything below a company's entry belongs to it. */
export interface CompanyMapping extends Named {
  readonly hidden?: string;
  /** Companies that may look at this one. */
  readonly viewers?: Reference;
  /** Users of other companies who administer this one. */
  readonly administrators?: Reference;
  /** The one who administers it. */
  readonly systemAdministrator?: Reference;
  readonly quota?: QuotaMapping;
  readonly userQuota?: QuotaMapping;
  readonly userQuotaRecipients?: Reference;
  readonly companyQuotaRecipients?: Reference;
}

/** How entries of a directory become principals. */
export interface DirectoryMapping {
  /** What never changes of an entry, whatever it is called and wherever it moves. */
  readonly uniqueId: string;
  /** Grows with every change: a number of the one server (`usn`), or a time (`time`). */
  readonly changed: { readonly attribute: string; readonly kind: 'usn' | 'time' };
  readonly user: UserMapping;
  readonly contact?: ContactMapping | undefined;
  readonly group: GroupMapping;
  readonly dynamicGroup?: DynamicGroupMapping | undefined;
  readonly company?: CompanyMapping | undefined;
  /** Bytes in one unit of a quota. */
  readonly quotaUnit: number;
  /** Further address book properties: tag (8 hex digits) to attribute. */
  readonly properties: Readonly<Record<string, string>>;
}

/** A mapping with what a site says differently; objects are merged, everything else is replaced, null removes. */
export function adapted(profile: DirectoryMapping, changes: Readonly<Record<string, unknown>>): DirectoryMapping {
  return merged(profile, changes) as DirectoryMapping;
}

function merged(base: unknown, change: unknown): unknown {
  if (!isObject(base) || !isObject(change)) return change;
  const result: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(change)) {
    if (value === null) delete result[key];
    else result[key] = merged(result[key], value);
  }
  return result;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
