import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { MAPI_ATTACH, MAPI_MAILUSER } from '../../../../core/mapi/object-types.ts';
import type { PropertyTag, PropertyValue } from '../../../../core/mapi/property.ts';
import { requireSoundRestriction } from '../../../../core/mapi/restriction.ts';
import { meets, type RestrictionSubject } from '../../../../core/mapi/restriction-evaluator.ts';
import * as tags from '../../../../core/mapi/tags.ts';
import { MessageSource } from '../../../../core/store/table/message-source.ts';
import { restrictionSql } from '../../../../core/store/table/restriction-sql.ts';
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
