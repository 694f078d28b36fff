import type { Grants } from '../access.ts';
import type { ParentRow, StoreRow } from '../object-row.ts';

/** Where the rows of a store's table are, and what whoever opened it may do there: found out once, at opening. */
export interface StorePlace {
  readonly store: StoreRow;
  /** The folder whose rows these are, as the parent of its rows. */
  readonly folder: ParentRow;
  readonly grants: Grants;
  /** Who opened the table. */
  readonly principalId: number;
  readonly associated: boolean;
  readonly deleted: boolean;
  /** The folder is a search folder, whose rows lie elsewhere. Found out anew for each request. */
  readonly search?: SearchPlace;
}

/** What is to be known besides of the rows of a search folder. */
export interface SearchPlace {
  /** Bits of the rights on the folders that rows may come from; absent where all may be seen. */
  readonly rights?: ReadonlyMap<number, number>;
  /** So many of the messages were found that looking through them costs less than looking up each result. */
  readonly dense?: boolean;
  /** The index that lists messages in the order they are wanted in. */
  readonly index?: string;
  /** With rights: the store of which private messages may be seen, too. */
  readonly ownStoreId?: number;
}

/** The grants on one object of the place: those on the folder, and what its creator may do besides. */
export const grantsOnRow = ({ grants, principalId }: StorePlace, ownerId: number): Grants =>
  grants.full ? grants : { full: false, creator: ownerId === principalId, rights: grants.rights };
