import { KopanoError } from './error.ts';
import { KCERR_TOO_COMPLEX } from './error-codes.ts';
import { type PropertyTag, type PropertyValue, propertyType } from './property.ts';
import { compareForSorting, type SingleValue } from './property-comparison.ts';
import { MV_FLAG, MV_INSTANCE } from './property-types.ts';

/** Directions of a sort key on the wire. COMBINE and the categories' extremes are ordered like ASCEND themselves. */
export const TABLE_SORT_ASCEND = 0;
export const TABLE_SORT_DESCEND = 1;
export const TABLE_SORT_COMBINE = 2;
/** Orders the category before it by the highest or lowest value in it. */
export const TABLE_SORT_CATEG_MAX = 4;
export const TABLE_SORT_CATEG_MIN = 8;

/** One key of a sort order. The tag is in Unicode form. */
export interface SortKey {
  readonly tag: PropertyTag;
  readonly order: number;
}

/** Keys that any table needs: more are no sort order but an attack. */
export const MAX_SORT_KEYS = 32;

/** Throws KCERR_TOO_COMPLEX for what no table sorts by: several values at once, or too many keys. */
export function requireSoundSortOrder(keys: readonly SortKey[]): void {
  if (keys.length > MAX_SORT_KEYS) throw new KopanoError(KCERR_TOO_COMPLEX, `more than ${MAX_SORT_KEYS} sort keys`);
  for (const { tag } of keys) {
    if ((propertyType(tag) & (MV_FLAG | MV_INSTANCE)) === MV_FLAG)
      throw new KopanoError(KCERR_TOO_COMPLEX, 'several values at once have no order');
  }
}

export const isDescending = (key: SortKey): boolean => key.order === TABLE_SORT_DESCEND;

/** Order of two values of a sort key, direction included; what is missing comes first, or last when descending. */
export function compareByKey(key: SortKey, one: PropertyValue | undefined, other: PropertyValue | undefined): number {
  let order: number;
  if (one === undefined || other === undefined) order = Number(one !== undefined) - Number(other !== undefined);
  else order = compareForSorting(key.tag, one as SingleValue, other as SingleValue);
  return isDescending(key) ? -order : order;
}
