import fc from 'fast-check';
import { MAPI_ATTACH, MAPI_MAILUSER } from '../../../../core/mapi/object-types.ts';
import {
  isMultiValued,
  type PropertyTag,
  type PropertyValue,
  propertyTag,
  propertyType,
} from '../../../../core/mapi/property.ts';
import * as types from '../../../../core/mapi/property-types.ts';
import * as r from '../../../../core/mapi/restriction.ts';
import * as tags from '../../../../core/mapi/tags.ts';
import type { RawMessage } from './a-folder.ts';

const named = (id: number, type: number): PropertyTag => propertyTag(id, type);

/** What random messages have: properties in columns and in documents, of all types that restrictions know. */
export const TAGS: readonly PropertyTag[] = [
  tags.PR_SUBJECT,
  tags.PR_SENDER_NAME,
  tags.PR_MESSAGE_DELIVERY_TIME,
  tags.PR_IMPORTANCE,
  tags.PR_BODY,
  named(0x8001, types.PT_UNICODE),
  named(0x8002, types.PT_LONG),
  named(0x8003, types.PT_SHORT),
  named(0x8004, types.PT_BOOLEAN),
  named(0x8005, types.PT_SYSTIME),
  named(0x8006, types.PT_LONGLONG),
  named(0x8007, types.PT_BINARY),
  named(0x8008, types.PT_DOUBLE),
  named(0x8009, types.PT_MV_UNICODE),
  named(0x800a, types.PT_MV_LONG),
];

/** Texts that collide a lot: short, in few letters, some of them not what they seem. */
const word = fc.string({
  unit: fc.constantFrom(
    'a',
    'A',
    'b',
    's',
    'k',
    'ß',
    'ẞ',
    'é',
    'e',
    '\u0301',
    '\u212a',
    'ſ',
    'ﬆ',
    't',
    ' ',
    '%',
    '_',
    '"',
    '\\',
    '😀',
  ),
  maxLength: 5,
});
const text = fc.oneof(
  { weight: 8, arbitrary: word },
  { weight: 1, arbitrary: word.map((part) => `${part}${'x'.repeat(99)}${part}`) },
  { weight: 1, arbitrary: word.map((part) => `${part}${'long '.repeat(300)}${part}`) },
);

const single = (type: number): fc.Arbitrary<PropertyValue> => {
  switch (type) {
    case types.PT_UNICODE:
      return text;
    case types.PT_LONG:
      return fc.constantFrom(0, 1, 2, 3, 0xffffffff);
    case types.PT_SHORT:
      return fc.constantFrom(-2, 0, 1, 7);
    case types.PT_BOOLEAN:
      return fc.boolean();
    case types.PT_SYSTIME:
      return fc.constantFrom(0n, 1n, 132_000_000_000_000_001n, 132_000_000_000_000_002n);
    case types.PT_LONGLONG:
      return fc.constantFrom(-5n, 0n, 5n, 9_007_199_254_740_993n, 9_007_199_254_740_994n);
    case types.PT_BINARY:
      return fc.oneof(
        fc.uint8Array({ max: 3, maxLength: 3 }).map((bytes) => Buffer.from(bytes)),
        fc.constantFrom(Buffer.alloc(900, 1), Buffer.alloc(900, 2)),
      );
    default:
      return fc.constantFrom(-1.5, 0, 0.1, Number.POSITIVE_INFINITY);
  }
};

export const aValueOf = (tag: PropertyTag): fc.Arbitrary<PropertyValue> =>
  isMultiValued(tag)
    ? (fc.array(single(propertyType(tag) & ~types.MV_FLAG), { maxLength: 3 }) as fc.Arbitrary<PropertyValue>)
    : single(propertyType(tag));

const properties = fc
  .tuple(...TAGS.map((tag) => fc.option(aValueOf(tag), { nil: undefined, freq: 3 })))
  .map(
    (values) =>
      new Map(TAGS.flatMap((tag, index) => (values[index] === undefined ? [] : [[tag, values[index]] as const]))),
  );

const child = fc.record({
  kind: fc.constantFrom(MAPI_MAILUSER, MAPI_ATTACH),
  properties: text.map((name) => new Map<PropertyTag, PropertyValue>([[tags.PR_DISPLAY_NAME, name]])),
});

/** Messages numbered from `first`. */
export const messages = (count: number, first = 100): fc.Arbitrary<RawMessage[]> =>
  fc
    .array(
      fc.record({
        properties,
        messageFlags: fc.nat(31),
        size: fc.nat(5),
        hasAttach: fc.boolean(),
        children: fc.array(child, { maxLength: 2 }),
      }),
      { minLength: count, maxLength: count },
    )
    .map((list) => list.map((message, index) => ({ ...message, id: first + index })));

const restrictedTags = [
  ...TAGS,
  tags.PR_MESSAGE_FLAGS,
  tags.PR_MESSAGE_SIZE,
  tags.PR_HASATTACH,
  tags.PR_NORMALIZED_SUBJECT,
];
const tag = fc.constantFrom(...restrictedTags);
const relation = fc.integer({ min: r.RELOP_LT, max: r.RELOP_NE });
const ofType = (...wanted: number[]) =>
  fc.constantFrom(...restrictedTags.filter((candidate) => wanted.includes(propertyType(candidate))));

const property = tag.chain((chosen) =>
  fc.record({
    kind: fc.constant('property' as const),
    tag: fc.constant(chosen),
    relation,
    value: single(propertyType(chosen) & ~types.MV_FLAG).map((value) => ({
      tag: propertyTag(chosen >>> 16, propertyType(chosen) & ~types.MV_FLAG),
      value,
    })),
  }),
);

const content = ofType(types.PT_UNICODE, types.PT_BINARY, types.PT_MV_UNICODE).chain((chosen) =>
  fc.record({
    kind: fc.constant('content' as const),
    tag: fc.constant(chosen),
    fuzzyLevel: fc
      .tuple(fc.constantFrom(r.FL_FULLSTRING, r.FL_PREFIX, r.FL_SUBSTRING), fc.constantFrom(0, r.FL_IGNORECASE))
      .map(([level, how]) => level | how),
    value: (propertyType(chosen) === types.PT_BINARY ? single(types.PT_BINARY) : word).map((value) => ({
      tag: propertyTag(chosen >>> 16, propertyType(chosen) & ~types.MV_FLAG),
      value,
    })),
  }),
);

const bitmask = fc.record({
  kind: fc.constant('bitmask' as const),
  tag: fc.constantFrom(tags.PR_MESSAGE_FLAGS, tags.PR_IMPORTANCE, named(0x8002, types.PT_LONG)),
  test: fc.constantFrom(r.BMR_EQZ, r.BMR_NEZ),
  mask: fc.constantFrom(1, 2, 16, 0x80000001),
});

const others = fc.oneof(
  fc.record({ kind: fc.constant('exist' as const), tag }),
  fc.record({ kind: fc.constant('size' as const), tag, relation, size: fc.nat(8) }),
  fc.record({
    kind: fc.constant('compare' as const),
    tag: fc.constantFrom(tags.PR_SUBJECT, tags.PR_BODY),
    other: fc.constantFrom(tags.PR_SENDER_NAME, named(0x8001, types.PT_UNICODE)),
    relation,
  }),
  fc.record({
    kind: fc.constant('sub' as const),
    objects: fc.constantFrom(tags.PR_MESSAGE_RECIPIENTS, tags.PR_MESSAGE_ATTACHMENTS),
    part: word.map((value) => ({
      kind: 'content' as const,
      tag: tags.PR_DISPLAY_NAME,
      fuzzyLevel: r.FL_SUBSTRING | r.FL_IGNORECASE,
      value: { tag: tags.PR_DISPLAY_NAME, value },
    })),
  }),
);

/** Sound restrictions on random messages. */
export const restriction: fc.Arbitrary<r.Restriction> = fc.letrec<{ any: r.Restriction }>((tie) => ({
  any: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    property,
    content,
    bitmask,
    others,
    fc.record({ kind: fc.constantFrom('and' as const, 'or' as const), parts: fc.array(tie('any'), { maxLength: 3 }) }),
    fc.record({ kind: fc.constant('not' as const), part: tie('any') }),
    fc.record({ kind: fc.constant('comment' as const), properties: fc.constant([]), part: tie('any') }),
  ),
})).any;
