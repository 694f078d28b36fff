import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { foldCase } from '../../../../core/mapi/collation.ts';
import { MAPI_ATTACH, MAPI_MAILUSER } from '../../../../core/mapi/object-types.ts';
import type { PropertyTag, PropertyValue } from '../../../../core/mapi/property.ts';
import { requireSoundRestriction } from '../../../../core/mapi/restriction.ts';
import { meets, type RestrictionSubject } from '../../../../core/mapi/restriction-evaluator.ts';
import * as tags from '../../../../core/mapi/tags.ts';
import { MessageSource } from '../../../../core/store/table/message-source.ts';
import { restrictionSql, SEVERAL_CHARACTERS } from '../../../../core/store/table/restriction-sql.ts';
import { normalizedSubject } from '../../../../core/store/table/store-row.ts';
import { aFolder, type RawMessage } from './a-folder.ts';
import { messages, restriction } from './random-messages.ts';

/** A message as the evaluator sees it, by the properties it was made of. */
function subjectOf(message: RawMessage): RestrictionSubject {
  const computed = new Map<PropertyTag, PropertyValue | undefined>([
    [tags.PR_MESSAGE_FLAGS, message.messageFlags],
    [tags.PR_MESSAGE_SIZE, message.size],
    [tags.PR_HASATTACH, message.hasAttach],
    [tags.PR_NORMALIZED_SUBJECT, normalizedSubject(message.properties.get(tags.PR_SUBJECT))],
  ]);
  const below = (kind: number): RestrictionSubject[] =>
    (message.children ?? [])
      .filter((child) => child.kind === kind)
      .map(({ properties }) => ({ value: (tag: PropertyTag) => properties.get(tag) }));
  return {
    value: (tag) => (computed.has(tag) ? computed.get(tag) : message.properties.get(tag)),
    recipients: below(MAPI_MAILUSER),
    attachments: below(MAPI_ATTACH),
  };
}

test('SQL and evaluator agree on random restrictions and messages', async () => {
  await using folder = await aFolder();
  const [list] = fc.sample(messages(150), { numRuns: 1, seed: 20_260_105 }) as [RawMessage[]];
  await folder.put(list);
  await fc.assert(
    fc.asyncProperty(restriction, async (random) => {
      requireSoundRestriction(random);
      const expected = list.filter((message) => meets(random, subjectOf(message))).map(({ id }) => id);

      const { sql, parameters, exact } = restrictionSql(random);
      const found = await folder.database.query<{ id: number }>(
        `SELECT o.id FROM object o WHERE o.parent_id = 2 AND ${sql} ORDER BY o.id`,
        parameters,
      );
      const candidates = new Set(found.map(({ id }) => id));
      if (exact) assert.deepEqual([...candidates], expected, sql);
      else
        assert.deepEqual(
          expected.filter((id) => !candidates.has(id)),
          [],
          `SQL must not miss any: ${sql}`,
        );

      const view = { columns: [], sort: [], restriction: random };
      const source = new MessageSource(folder.platform, folder.database, folder.place, view);
      const { rows } = await source.read('start', 1_000);
      assert.deepEqual(
        rows.map(({ key }) => key.id),
        [...expected].reverse(),
      );
      assert.equal(await source.count(), expected.length);
    }),
    { numRuns: 150 },
  );
});

test('every character that means an ASCII one is a letter with marks, is replaced, or is left to the evaluator', async () => {
  await using folder = await aFolder();
  const leftToEvaluator = new RegExp(SEVERAL_CHARACTERS, 'u');
  const marked: { readonly character: string; readonly base: string }[] = [];
  for (let code = 0x80; code <= 0x10ffff; code++) {
    const character = String.fromCodePoint(code);
    const parts = character.normalize('NFD');
    if (!/[\0-\x7f]/.test(foldCase(parts)) || leftToEvaluator.test(character) || 'ßẞ'.includes(character)) continue;
    assert.match(parts, /^[\0-\x7f]\p{M}+$/u, `U+${code.toString(16)}`);
    marked.push({ character, base: parts[0]! });
  }
  const missed = await folder.database.query(
    `SELECT c.x FROM JSON_TABLE(:list, '$[*]' COLUMNS (x VARCHAR(4) CHARACTER SET utf8mb4 PATH '$.character', b VARCHAR(1) CHARACTER SET utf8mb4 PATH '$.base')) c
     WHERE NOT (CONCAT('x', c.x, 'y') COLLATE utf8mb4_unicode_520_ci LIKE CONCAT('%x', c.b, 'y%') ESCAPE '!')`,
    { list: JSON.stringify(marked) },
  );
  assert.deepEqual(missed, []);
});
