import { KCERR_NOT_FOUND } from '../../mapi/error-codes.ts';
import {
  errorTag,
  isMultiValued,
  type Property,
  type PropertyTag,
  type PropertyValue,
  propertyType,
  unicodeTag,
  withType,
} from '../../mapi/property.ts';
import { MV_FLAG, MV_INSTANCE, PT_BINARY, PT_UNICODE } from '../../mapi/property-types.ts';

/** Tables cut texts after so many characters and binaries after so many bytes (observed on 11.0.2). */
export const CELL_CHARACTERS = 255;
export const CELL_BYTES = 511;

/** Whether a column shows one row for each of its values. */
export const isInstanceColumn = (tag: PropertyTag): boolean =>
  (propertyType(tag) & (MV_FLAG | MV_INSTANCE)) === (MV_FLAG | MV_INSTANCE);

/** The tag of one value of a multi-valued column. */
export const instanceTag = (tag: PropertyTag): PropertyTag =>
  withType(tag, propertyType(tag) & ~(MV_FLAG | MV_INSTANCE));

/** The tag of all values of such a column. */
export const severalTag = (tag: PropertyTag): PropertyTag => withType(tag, propertyType(tag) & ~MV_INSTANCE);

/** The cell of a column: the value under the type asked for, or an error. */
export function cellOf(column: PropertyTag, value: PropertyValue | undefined): Property {
  const tag = isInstanceColumn(column) ? instanceTag(column) : column;
  if (value === undefined) return { tag: errorTag(tag), value: KCERR_NOT_FOUND };
  return { tag, value };
}

/** A value as tables show it: not longer than a cell. */
export function capped(tag: PropertyTag, value: PropertyValue): PropertyValue {
  if (isMultiValued(tag)) return value;
  const type = propertyType(unicodeTag(tag));
  if (type === PT_UNICODE) return cappedText(value as string);
  if (type === PT_BINARY) return (value as Buffer).subarray(0, CELL_BYTES);
  return value;
}

function cappedText(text: string): string {
  if (text.length <= CELL_CHARACTERS) return text;
  let end = 0;
  for (let characters = 0; characters < CELL_CHARACTERS && end < text.length; characters++) {
    end += text.codePointAt(end)! > 0xffff ? 2 : 1;
  }
  return text.slice(0, end);
}
