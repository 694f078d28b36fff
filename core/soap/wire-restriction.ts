import { KopanoError } from '../mapi/error.ts';
import { KCERR_INVALID_TYPE } from '../mapi/error-codes.ts';
import { type Property, unicodeTag } from '../mapi/property.ts';
import {
  RES_AND,
  RES_BITMASK,
  RES_COMMENT,
  RES_COMPAREPROPS,
  RES_CONTENT,
  RES_EXIST,
  RES_NOT,
  RES_OR,
  RES_PROPERTY,
  RES_SIZE,
  RES_SUBRESTRICTION,
  type Restriction,
} from '../mapi/restriction.ts';
import type { SortKey } from '../mapi/sort-order.ts';
import type { Draft, Wire } from './wire.ts';
import { propertiesFromWire, requireFromWire, toWire } from './wire-properties.ts';

type WireRestriction = Wire<'restrictTable'>;

const missing = (kind: string): KopanoError => new KopanoError(KCERR_INVALID_TYPE, `a restriction has no ${kind}`);

/** The restriction that a client sent; throws KCERR_INVALID_TYPE for one without its parts. */
export function restrictionFromWire(wire: WireRestriction): Restriction {
  switch (wire.ulType) {
    case RES_AND:
      return { kind: 'and', parts: required(wire.lpAnd, 'parts').map(restrictionFromWire) };
    case RES_OR:
      return { kind: 'or', parts: required(wire.lpOr, 'parts').map(restrictionFromWire) };
    case RES_NOT:
      return { kind: 'not', part: restrictionFromWire(required(wire.lpNot?.lpNot, 'part')) };
    case RES_CONTENT: {
      const { ulFuzzyLevel, ulPropTag, lpProp } = required(wire.lpContent, 'content');
      return { kind: 'content', fuzzyLevel: ulFuzzyLevel, tag: unicodeTag(ulPropTag), value: valueFromWire(lpProp) };
    }
    case RES_PROPERTY: {
      const { ulType, ulPropTag, lpProp } = required(wire.lpProp, 'property');
      return { kind: 'property', relation: ulType, tag: unicodeTag(ulPropTag), value: valueFromWire(lpProp) };
    }
    case RES_COMPAREPROPS: {
      const { ulType, ulPropTag1, ulPropTag2 } = required(wire.lpCompare, 'comparison');
      return { kind: 'compare', relation: ulType, tag: unicodeTag(ulPropTag1), other: unicodeTag(ulPropTag2) };
    }
    case RES_BITMASK: {
      const { ulMask, ulPropTag, ulType } = required(wire.lpBitmask, 'bit mask');
      return { kind: 'bitmask', test: ulType, tag: ulPropTag, mask: ulMask };
    }
    case RES_SIZE: {
      const { ulType, ulPropTag, cb } = required(wire.lpSize, 'size');
      return { kind: 'size', relation: ulType, tag: unicodeTag(ulPropTag), size: cb };
    }
    case RES_EXIST:
      return { kind: 'exist', tag: unicodeTag(required(wire.lpExist, 'property').ulPropTag) };
    case RES_SUBRESTRICTION: {
      const { ulSubObject, lpSubObject } = required(wire.lpSub, 'objects');
      return { kind: 'sub', objects: ulSubObject, part: restrictionFromWire(required(lpSubObject, 'part')) };
    }
    case RES_COMMENT: {
      const { lpResTable, sProps } = required(wire.lpComment, 'comment');
      return {
        kind: 'comment',
        properties: propertiesFromWire(sProps),
        ...(lpResTable && { part: restrictionFromWire(lpResTable) }),
      };
    }
    default:
      throw new KopanoError(KCERR_INVALID_TYPE, `restrictions of type ${wire.ulType} don't exist`);
  }
}

function required<T>(part: T | undefined, name: string): T {
  if (part === undefined) throw missing(name);
  return part;
}

function valueFromWire(value: Wire<'propVal'> | undefined): Property {
  const { tag, value: content } = requireFromWire(required(value, 'value'));
  return { tag: unicodeTag(tag), value: content };
}

/** The restriction as it is sent to clients. */
export function restrictionToWire(restriction: Restriction): Draft<'restrictTable'> {
  switch (restriction.kind) {
    case 'and':
      return { ulType: RES_AND, lpAnd: restriction.parts.map(restrictionToWire) };
    case 'or':
      return { ulType: RES_OR, lpOr: restriction.parts.map(restrictionToWire) };
    case 'not':
      return { ulType: RES_NOT, lpNot: { lpNot: restrictionToWire(restriction.part) } };
    case 'content':
      return {
        ulType: RES_CONTENT,
        lpContent: {
          ulFuzzyLevel: restriction.fuzzyLevel,
          ulPropTag: restriction.tag,
          lpProp: toWire(restriction.value),
        },
      };
    case 'property':
      return {
        ulType: RES_PROPERTY,
        lpProp: { ulType: restriction.relation, ulPropTag: restriction.tag, lpProp: toWire(restriction.value) },
      };
    case 'compare':
      return {
        ulType: RES_COMPAREPROPS,
        lpCompare: { ulPropTag1: restriction.tag, ulPropTag2: restriction.other, ulType: restriction.relation },
      };
    case 'bitmask':
      return {
        ulType: RES_BITMASK,
        lpBitmask: { ulMask: restriction.mask, ulPropTag: restriction.tag, ulType: restriction.test },
      };
    case 'size':
      return {
        ulType: RES_SIZE,
        lpSize: { ulType: restriction.relation, ulPropTag: restriction.tag, cb: restriction.size },
      };
    case 'exist':
      return { ulType: RES_EXIST, lpExist: { ulPropTag: restriction.tag } };
    case 'sub':
      return {
        ulType: RES_SUBRESTRICTION,
        lpSub: { ulSubObject: restriction.objects, lpSubObject: restrictionToWire(restriction.part) },
      };
    case 'comment':
      return {
        ulType: RES_COMMENT,
        lpComment: {
          sProps: restriction.properties.map(toWire),
          ...(restriction.part && { lpResTable: restrictionToWire(restriction.part) }),
        },
      };
  }
}

/** The keys of a sort order that a client sent. */
export const sortKeysFromWire = (keys: Wire<'sortOrderArray'>): SortKey[] =>
  keys.map(({ ulPropTag, ulOrder }) => ({ tag: unicodeTag(ulPropTag), order: ulOrder }));
