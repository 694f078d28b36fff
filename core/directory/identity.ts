/** Admin levels of principals, as on the wire. */
export const ADMIN_LEVEL_NONE = 0;
/** Administers the own company. */
export const ADMIN_LEVEL_ADMIN = 1;
/** Administers the whole system. */
export const ADMIN_LEVEL_SYSADMIN = 2;

/** Who acts: the session's principal, after impersonation. */
export interface Identity {
  readonly principalId: number;
  readonly name: string;
  readonly fullName: string;
  readonly adminLevel: number;
  /** 0 without hosted mode. */
  readonly companyId: number;
  /** Entry id in the address book. */
  readonly entryId: Buffer;
}

/** A logged-on client. */
export interface Session {
  /** 64-bit id of the wire. */
  readonly id: bigint;
  /** Sessions of one client program share subscriptions and notifications; 0: none. */
  readonly group: bigint;
  readonly identity: Identity;
  /** Capability bits of the client, see core/mapi/capabilities.ts. */
  readonly capabilities: number;
  /** Logged on through a trusted door; of no use through another. */
  readonly trusted: boolean;
}
