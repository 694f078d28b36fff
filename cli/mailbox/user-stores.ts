import { STORE_PUBLIC } from '../../core/mapi/object-types.ts';
import {
  PR_DISPLAY_NAME,
  PR_EC_COMPANY_NAME,
  PR_EC_STOREGUID,
  PR_EC_STORETYPE,
  PR_EC_USERNAME,
  PR_LAST_MODIFICATION_TIME,
  PR_MESSAGE_SIZE_EXTENDED,
  PR_OBJECT_TYPE,
  PR_STORE_ENTRYID,
} from '../../core/mapi/tags.ts';
import type { Session } from '../connection/session.ts';
import { ACTIVE_USER, NONACTIVE_EQUIPMENT } from '../directory/users.ts';
import { bytesOf, numberOf, textOf, timeOf } from '../wire-properties.ts';
import { readTable, TABLETYPE_USERSTORES } from './table.ts';

export const STORE_TYPES = ['private', 'public', 'archive'] as const;
export type StoreType = (typeof STORE_TYPES)[number];

/** The number of a type on the wire. */
export const numberOfStoreType = (type: StoreType): number => STORE_TYPES.indexOf(type);

/** A store, or somebody without one, as administrators see it. */
export interface UserStore {
  /** Login name, company or Everyone; empty if nobody owns it. */
  readonly owner: string;
  /** Who owned it last, as far as the store knows. */
  readonly formerOwner: string;
  readonly company: string;
  readonly type: StoreType;
  readonly bytes: number;
  readonly modified: Date | undefined;
  /** Undefined for somebody who could have a store and hasn't. */
  readonly guid: string | undefined;
}

/** All stores with their owners, and all owners without a store. Only administrators get any. */
export async function listUserStores(session: Session): Promise<UserStore[]> {
  const rows = await readTable(session, {
    tableType: TABLETYPE_USERSTORES,
    columns: [
      PR_EC_USERNAME,
      PR_DISPLAY_NAME,
      PR_EC_COMPANY_NAME,
      PR_EC_STORETYPE,
      PR_EC_STOREGUID,
      PR_STORE_ENTRYID,
      PR_MESSAGE_SIZE_EXTENDED,
      PR_LAST_MODIFICATION_TIME,
      PR_OBJECT_TYPE,
    ],
  });
  return rows
    .filter(
      (row) => row.has(PR_EC_STOREGUID) || lacksStore(numberOf(row, PR_OBJECT_TYPE), numberOf(row, PR_EC_STORETYPE)),
    )
    .map((row) => ({
      owner: textOf(row, PR_EC_USERNAME) ?? '',
      formerOwner: textOf(row, PR_DISPLAY_NAME) ?? '',
      company: textOf(row, PR_EC_COMPANY_NAME) ?? '',
      type: STORE_TYPES[numberOf(row, PR_EC_STORETYPE) ?? 0] ?? 'private',
      bytes: numberOf(row, PR_MESSAGE_SIZE_EXTENDED) ?? 0,
      modified: timeOf(row, PR_LAST_MODIFICATION_TIME),
      guid: bytesOf(row, PR_EC_STOREGUID)?.toString('hex'),
    }));
}

/** Users have private stores, companies public ones; nobody else misses any. */
const lacksStore = (objectClass = 0, type = 0): boolean =>
  type === STORE_PUBLIC ? objectClass === COMPANY : objectClass >= ACTIVE_USER && objectClass <= NONACTIVE_EQUIPMENT;

const COMPANY = 0x40001;
