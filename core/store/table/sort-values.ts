import type { PropertyTag, PropertyValue } from '../../mapi/property.ts';
import type { SortKey } from '../../mapi/sort-order.ts';
import { decodeValue, encodeValue } from '../property-document.ts';
import { instanceTag, isInstanceColumn } from './cells.ts';
import type { KeyValue } from './row-source.ts';

/** The tag of the values that a key compares: single ones, where rows are instances of several. */
const keyTag = ({ tag }: SortKey): PropertyTag => (isInstanceColumn(tag) ? instanceTag(tag) : tag);

/** A value of a row in memory as a position keeps it. */
export const encodeSortValue = (key: SortKey, value: PropertyValue | undefined): KeyValue =>
  value === undefined ? null : JSON.stringify(encodeValue(keyTag(key), value));

export const decodeSortValue = (key: SortKey, value: KeyValue): PropertyValue | undefined =>
  value === null ? undefined : decodeValue(keyTag(key), JSON.parse(String(value)));
