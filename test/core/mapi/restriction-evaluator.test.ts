import assert from 'node:assert/strict';
import test from 'node:test';
import { type PropertyValue, propertyTag } from '../../../core/mapi/property.ts';
import {
  PT_BINARY,
  PT_BOOLEAN,
  PT_DOUBLE,
  PT_LONG,
  PT_MV_LONG,
  PT_MV_UNICODE,
  PT_SYSTIME,
  PT_UNICODE,
} from '../../../core/mapi/property-types.ts';
import * as r from '../../../core/mapi/restriction.ts';
import { meets, type RestrictionSubject } from '../../../core/mapi/restriction-evaluator.ts';
import * as tags from '../../../core/mapi/tags.ts';

const CATEGORIES = propertyTag(0x8001, PT_MV_UNICODE);
const NUMBERS = propertyTag(0x8002, PT_MV_LONG);
const RATIO = propertyTag(0x8003, PT_DOUBLE);
const DATA = propertyTag(0x8004, PT_BINARY);
const FLAG = propertyTag(0x8005, PT_BOOLEAN);
const COUNT = propertyTag(0x8006, PT_LONG);
const WHEN = propertyTag(0x8007, PT_SYSTIME);
const OTHER_TEXT = propertyTag(0x8008, PT_UNICODE);
const ABSENT = propertyTag(0x80ff, PT_UNICODE);

const subject = (
  values: Readonly<Record<number, PropertyValue>>,
  below: Partial<RestrictionSubject> = {},
): RestrictionSubject => ({
  value: (tag) => values[tag],
  ...below,
});

const mail = subject({
  [tags.PR_SUBJECT]: 'Grüße aus der Straße',
  [OTHER_TEXT]: 'GRÜSSE AUS DER STRASSE',
  [CATEGORIES]: ['Red', 'blue'],
  [NUMBERS]: [3, 5],
  [RATIO]: 0.5,
  [DATA]: Buffer.from('hello'),
  [FLAG]: true,
  [COUNT]: 0xfffffffe,
  [WHEN]: 132_000_000_000_000_000n,
});

const content = (tag: number, fuzzyLevel: number, value: PropertyValue, valueTag = tag & ~0x1000): r.Restriction => ({
  kind: 'content',
  tag,
  fuzzyLevel,
  value: { tag: valueTag, value },
});
const property = (tag: number, relation: number, value: PropertyValue, valueTag = tag & ~0x1000): r.Restriction => ({
  kind: 'property',
  tag,
  relation,
  value: { tag: valueTag, value },
});

const cases: readonly [string, r.Restriction, boolean][] = [
  ['an empty AND is met', { kind: 'and', parts: [] }, true],
  ['an empty OR is not', { kind: 'or', parts: [] }, false],
  ['a part of a text', content(tags.PR_SUBJECT, r.FL_SUBSTRING, 'aus'), true],
  ['a part in another case, case mattering', content(tags.PR_SUBJECT, r.FL_SUBSTRING, 'AUS'), false],
  ['a part in another case, not mattering', content(tags.PR_SUBJECT, r.FL_SUBSTRING | r.FL_IGNORECASE, 'AUS'), true],
  ['ss finds ß', content(tags.PR_SUBJECT, r.FL_SUBSTRING | r.FL_IGNORECASE, 'strasse'), true],
  ['ß finds SS', content(OTHER_TEXT, r.FL_SUBSTRING | r.FL_IGNORECASE, 'straße'), true],
  ['a decomposed umlaut is the composed one', content(tags.PR_SUBJECT, r.FL_PREFIX, 'Gru\u0308'), true],
  ['a prefix', content(tags.PR_SUBJECT, r.FL_PREFIX | r.FL_IGNORECASE, 'grü'), true],
  ['no prefix', content(tags.PR_SUBJECT, r.FL_PREFIX | r.FL_IGNORECASE, 'aus'), false],
  ['the whole text', content(OTHER_TEXT, r.FL_FULLSTRING | r.FL_IGNORECASE, 'grüsse aus der strasse'), true],
  ['a text that isn’t there', content(ABSENT, r.FL_SUBSTRING, ''), false],
  ['one of several texts', content(CATEGORIES, r.FL_FULLSTRING | r.FL_IGNORECASE, 'BLUE'), true],
  ['bytes begin so', content(DATA, r.FL_PREFIX, Buffer.from('he')), true],
  ['bytes contain', content(DATA, r.FL_SUBSTRING, Buffer.from('ll')), true],
  ['texts are equal whatever their case', property(OTHER_TEXT, r.RELOP_EQ, 'grüsse aus der Strasse'), true],
  ['accents matter', property(OTHER_TEXT, r.RELOP_EQ, 'grusse aus der strasse'), false],
  ['texts have an order', property(OTHER_TEXT, r.RELOP_GT, 'Gras'), true],
  ['numbers are unsigned', property(COUNT, r.RELOP_GT, 1), true],
  ['times compare', property(WHEN, r.RELOP_LE, 132_000_000_000_000_000n), true],
  ['fractions compare', property(RATIO, r.RELOP_LT, 0.75), true],
  ['booleans compare', property(FLAG, r.RELOP_EQ, true), true],
  ['binaries order by size first', property(DATA, r.RELOP_LT, Buffer.from('aaaaaa')), true],
  ['what is absent differs from everything', property(ABSENT, r.RELOP_NE, 'x'), true],
  ['what is absent equals nothing', property(ABSENT, r.RELOP_EQ, ''), false],
  ['one of several numbers', property(NUMBERS, r.RELOP_EQ, 5), true],
  ['one of several differs', property(NUMBERS, r.RELOP_NE, 5), true],
  ['a pattern', property(tags.PR_SUBJECT, r.RELOP_RE, '^gr.*e aus'), true],
  ['no bits are set', { kind: 'bitmask', tag: COUNT, test: r.BMR_EQZ, mask: 1 }, true],
  ['some bits are set', { kind: 'bitmask', tag: COUNT, test: r.BMR_NEZ, mask: 0x80000001 }, true],
  ['bits of nothing', { kind: 'bitmask', tag: tags.PR_MESSAGE_FLAGS, test: r.BMR_EQZ, mask: 1 }, false],
  ['two properties compared', { kind: 'compare', tag: tags.PR_SUBJECT, other: OTHER_TEXT, relation: r.RELOP_EQ }, true],
  ['a size in bytes', { kind: 'size', tag: tags.PR_SUBJECT, relation: r.RELOP_EQ, size: 23 }, true],
  ['the size of several', { kind: 'size', tag: NUMBERS, relation: r.RELOP_EQ, size: 8 }, true],
  ['it exists', { kind: 'exist', tag: FLAG }, true],
  ['NOT of what doesn’t', { kind: 'not', part: { kind: 'exist', tag: ABSENT } }, true],
  ['a comment says nothing', { kind: 'comment', properties: [], part: { kind: 'exist', tag: FLAG } }, true],
];

for (const [name, restriction, expected] of cases) {
  test(`restriction: ${name}: ${expected}`, () => {
    r.requireSoundRestriction(restriction);
    assert.equal(meets(restriction, mail), expected);
  });
}

test('a recipient that meets the inner restriction is enough', () => {
  const named = (name: string): RestrictionSubject => subject({ [tags.PR_DISPLAY_NAME]: name });
  const message = subject({}, { recipients: [named('anna'), named('bert')] });
  const inner = property(tags.PR_DISPLAY_NAME, r.RELOP_EQ, 'Bert');
  assert.equal(meets({ kind: 'sub', objects: tags.PR_MESSAGE_RECIPIENTS, part: inner }, message), true);
  assert.equal(meets({ kind: 'sub', objects: tags.PR_MESSAGE_ATTACHMENTS, part: inner }, message), false);
});

test('an ambiguous name is resolved by what names begin with', () => {
  const anr = (text: string): r.Restriction => property(tags.PR_ANR, r.RELOP_EQ, text);
  const everyone = subject({ [tags.PR_DISPLAY_NAME]: 'Everyone' });
  assert.equal(meets(anr('EVERY'), everyone), true, 'observed on 11.0.2');
  assert.equal(meets(anr('VERY'), everyone), false, 'observed on 11.0.2');
});

test('restrictions exactly at the depth limit are accepted, one level more is too complex', () => {
  const nested = (levels: number): r.Restriction =>
    levels === 0 ? { kind: 'exist', tag: FLAG } : { kind: 'not', part: nested(levels - 1) };
  r.requireSoundRestriction(nested(r.MAX_RESTRICTION_DEPTH));
  assert.throws(() => r.requireSoundRestriction(nested(r.MAX_RESTRICTION_DEPTH + 1)), { code: 0x8000000f });
});

test('restrictions with as many parts as allowed are accepted, one more is too complex', () => {
  const parts = (count: number): r.Restriction => ({
    kind: 'or',
    parts: Array.from({ length: count }, () => ({ kind: 'exist', tag: FLAG }) as const),
  });
  r.requireSoundRestriction(parts(r.MAX_RESTRICTION_PARTS - 1));
  assert.throws(() => r.requireSoundRestriction(parts(r.MAX_RESTRICTION_PARTS)), { code: 0x8000000f });
});

test('restrictions whose types do not fit are refused', () => {
  for (const restriction of [
    property(COUNT, r.RELOP_EQ, 'x', tags.PR_SUBJECT),
    property(COUNT, r.RELOP_RE, 1),
    content(COUNT, r.FL_SUBSTRING, 1),
    { kind: 'bitmask', tag: FLAG, test: r.BMR_EQZ, mask: 1 },
    { kind: 'compare', tag: FLAG, other: COUNT, relation: r.RELOP_EQ },
    { kind: 'sub', objects: FLAG, part: { kind: 'exist', tag: FLAG } },
  ] as const)
    assert.throws(() => r.requireSoundRestriction(restriction), { code: 0x80000006 });
});
