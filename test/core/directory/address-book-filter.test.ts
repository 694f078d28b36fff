import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { addressBookRows } from '../../../core/directory/address-book.ts';
import { narrowing } from '../../../core/directory/address-book-filter.ts';
import {
  ACTIVE_USER,
  CONTAINER_COMPANY,
  DISTLIST_SECURITY,
  NONACTIVE_CONTACT,
  NONACTIVE_ROOM,
} from '../../../core/directory/object-class.ts';
import { tagKey } from '../../../core/directory/principal-details.ts';
import { NO_EXTERNAL_ID } from '../../../core/mapi/address-book-entry-id.ts';
import { foldCase, textContainsIgnoringCase } from '../../../core/mapi/collation.ts';
import { MAPI_ABCONT, MAPI_MAILUSER } from '../../../core/mapi/object-types.ts';
import { type PropertyTag, type PropertyValue, propertyType } from '../../../core/mapi/property.ts';
import { PT_UNICODE } from '../../../core/mapi/property-types.ts';
import {
  FL_FULLSTRING,
  FL_IGNORECASE,
  FL_PREFIX,
  FL_SUBSTRING,
  RELOP_EQ,
  RELOP_GE,
  RELOP_GT,
  RELOP_LE,
  RELOP_NE,
  type Restriction,
} from '../../../core/mapi/restriction.ts';
import { meets } from '../../../core/mapi/restriction-evaluator.ts';
import * as tags from '../../../core/mapi/tags.ts';
import { openSite } from '../operations/site.ts';

const GLOBAL_ADDRESS_BOOK = {
  container: { objectType: MAPI_ABCONT, id: 1, externalId: NO_EXTERNAL_ID },
  objectType: MAPI_MAILUSER,
  allLevels: false,
};

const COMPANY = 1_000;

/** Texts in which folding, accents, ligatures, wildcards and JSON's escapes make a difference. */
const TEXTS = [
  'Anna Berg',
  'anna berg ',
  'Änne Größe',
  'GROSSE',
  'ﬁnn O’Hara',
  "Finn O'Hara",
  '100% sure_thing',
  'back\\slash "quoted"',
  'tab\there',
  '42nd street',
  '(Zoe)',
  'Kelvin',
  'smtp',
  'IPM.Contact',
  '',
];
const PROPERTIES = [tags.PR_DEPARTMENT_NAME, tags.PR_SURNAME, tags.PR_OFFICE_LOCATION, tags.PR_SMTP_ADDRESS];

test('whoever meets a restriction is among those that the database finds for it', async () => {
  for (const hosted of [false, true]) {
    await using site = await openSite({ hosted });
    const { database, settings } = site.platform;
    const text = fc.constantFrom(...TEXTS);
    const person = fc.record({
      class: fc.constantFrom(ACTIVE_USER, NONACTIVE_CONTACT, NONACTIVE_ROOM, DISTLIST_SECURITY),
      name: text,
      fullName: text,
      email: text,
      properties: fc.dictionary(fc.constantFrom(...PROPERTIES.map(tagKey)), text),
      aliases: fc.array(text, { maxLength: 1 }),
    });
    await database.execute(
      `INSERT INTO principal (id, class, external_id, name, full_name, email, details)
       VALUES (${COMPANY}, ${CONTAINER_COMPANY}, 'company', 'ACME', 'ACME', '', '{}')`,
    );
    await database.batch(
      `INSERT INTO principal (class, external_id, company_id, name, full_name, email, details)
       VALUES (:class, :key, ${hosted ? COMPANY : 0}, :name, :fullName, :email, :details)`,
      fc.sample(person, { numRuns: 100, seed: 3 }).map(({ properties, aliases, ...columns }, index) => ({
        ...columns,
        key: `key ${index}`,
        details: JSON.stringify({ properties, aliases }),
      })),
    );
    const companyId = hosted ? COMPANY : 0;
    const identity = { principalId: 2, companyId, adminLevel: 2, name: '', fullName: '', entryId: Buffer.alloc(0) };
    const reader = { statements: database, viewer: identity, settings };
    const all = await addressBookRows(reader, GLOBAL_ADDRESS_BOOK);
    assert.ok(all.length > 90);
    const texts = [...new Set(all.flatMap((row) => [...row.keys()]))].filter((tag) => propertyType(tag) === PT_UNICODE);

    let narrowed = 0;
    const check = async (restriction: Restriction): Promise<void> => {
      const chosen = (rows: readonly ReadonlyMap<PropertyTag, PropertyValue>[]) =>
        rows
          .filter((row) => meets(restriction, { value: (tag) => row.get(tag) }))
          .map((row) => row.get(tags.PR_ENTRYID));
      const condition = narrowing(restriction, hosted);
      const found = await addressBookRows(reader, GLOBAL_ADDRESS_BOOK, condition);
      if (found.length < all.length) narrowed += 1;
      assert.deepEqual(chosen(found), chosen(all));
    };
    await fc.assert(fc.asyncProperty(aRestriction(texts), check), { numRuns: 250 });
    // About 50 are, by chance.
    assert.ok(narrowed > 10, `only ${narrowed} of 250 were narrowed`);
  }
});

test('every character that is found by an ASCII letter is found by the database, too', async () => {
  await using site = await openSite();
  const { database, settings } = site.platform;
  const found: { name: string; letter: string }[] = [];
  for (let code = 0x80; code <= 0x10ffff; code++) {
    if (code >= 0xd800 && code <= 0xdfff) continue;
    const name = String.fromCodePoint(code);
    const [letter] = /[a-z]/.exec(foldCase(name.normalize('NFD')).normalize('NFD')) ?? [];
    if (letter !== undefined && textContainsIgnoringCase(name, letter)) found.push({ name, letter });
  }
  assert.ok(found.length > 400);
  await database.batch(
    `INSERT INTO principal (class, external_id, name, full_name, email, details)
     VALUES (${ACTIVE_USER}, :key, :key, :name, '', '{}')`,
    found.map(({ name }, index) => ({ name, key: `key ${index}` })),
  );
  const identity = { principalId: 2, companyId: 0, adminLevel: 2, name: '', fullName: '', entryId: Buffer.alloc(0) };
  const reader = { statements: database, viewer: identity, settings };
  for (const letter of new Set(found.map((one) => one.letter))) {
    const condition = narrowing(typed(tags.PR_DISPLAY_NAME, letter), false);
    const rows = await addressBookRows(reader, GLOBAL_ADDRESS_BOOK, condition);
    assert.ok(rows.length < found.length / 2, `${rows.length} of ${found.length} by ${letter}`);
    const names = new Set(rows.map((row) => row.get(tags.PR_DISPLAY_NAME)));
    for (const one of found) if (one.letter === letter) assert.ok(names.has(one.name), `${one.name} by ${letter}`);
  }
});

const typed = (tag: PropertyTag, value: string): Restriction => ({
  kind: 'content',
  fuzzyLevel: FL_SUBSTRING | FL_IGNORECASE,
  tag,
  value: { tag, value },
});

test('a typed name leaves few to be looked at', () => {
  const some = [typed(tags.PR_DISPLAY_NAME, 'ann'), typed(tags.PR_SMTP_ADDRESS, 'ann'), typed(tags.PR_SURNAME, 'ann')];
  assert.ok(narrowing({ kind: 'or', parts: some }, true));
  const unclear = typed(tags.PR_EC_COMPANY_NAME, 'ann');
  assert.equal(narrowing({ kind: 'or', parts: [...some, unclear] }, false), undefined);
  assert.ok(narrowing({ kind: 'and', parts: [...some, unclear] }, false));
  assert.ok(narrowing(typed(tags.PR_ACCOUNT, 'ann'), false));
  assert.equal(narrowing(typed(tags.PR_ACCOUNT, '@acme'), true), undefined, 'the name of the company is elsewhere');
});

/** Restrictions on the texts of rows, with words that stand in some of them. */
function aRestriction(texts: readonly PropertyTag[]): fc.Arbitrary<Restriction> {
  const word = fc.oneof(
    fc.constantFrom(
      'ann',
      'Berg',
      'ss',
      'fi',
      'o',
      '%',
      '_',
      '\\',
      '"',
      '\t',
      'e',
      'K',
      '(',
      '4',
      'z',
      'SMTP',
      'ö',
      '',
    ),
    fc.constantFrom(...TEXTS),
  );
  const tag = fc.constantFrom(...texts, tags.PR_ANR);
  const content = fc
    .record({
      fuzzyLevel: fc.tuple(fc.constantFrom(FL_FULLSTRING, FL_PREFIX, FL_SUBSTRING), fc.constantFrom(0, FL_IGNORECASE)),
      tag: fc.constantFrom(...texts),
      word,
    })
    .map(
      ({ fuzzyLevel: [match, flag], tag, word: value }): Restriction => ({
        kind: 'content',
        fuzzyLevel: match | flag,
        tag,
        value: { tag, value },
      }),
    );
  const property = fc
    .record({ relation: fc.constantFrom(RELOP_EQ, RELOP_GE, RELOP_GT, RELOP_LE, RELOP_NE), tag, word })
    .map(({ relation, tag, word: value }): Restriction => ({ kind: 'property', relation, tag, value: { tag, value } }));
  const { tree } = fc.letrec<{ tree: Restriction }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 2, withCrossShrink: true },
      { weight: 4, arbitrary: content },
      { weight: 3, arbitrary: property },
      { weight: 1, arbitrary: fc.constantFrom(...texts).map((tag): Restriction => ({ kind: 'exist', tag })) },
      {
        weight: 3,
        arbitrary: fc
          .record({
            kind: fc.constantFrom('and' as const, 'or' as const),
            parts: fc.array(tie('tree'), { maxLength: 3 }),
          })
          .map((both): Restriction => both),
      },
      { weight: 1, arbitrary: tie('tree').map((part): Restriction => ({ kind: 'not', part })) },
    ),
  }));
  return tree;
}
