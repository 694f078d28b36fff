import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type AddressBookChange, addressBookChanges } from '../../../core/directory/address-book-changes.ts';
import { ADMIN_LEVEL_NONE } from '../../../core/directory/identity.ts';
import { ACTIVE_USER, CONTAINER_COMPANY, DISTLIST_SECURITY } from '../../../core/directory/object-class.ts';
import {
  deletePrincipal,
  insertPrincipal,
  type PrincipalDraft,
  principalEntryId,
  updatePrincipal,
} from '../../../core/directory/principal.ts';
import { addRelation, RELATION_GROUP_MEMBER, RELATION_USER_SENDAS } from '../../../core/directory/relation.ts';
import type { Viewer } from '../../../core/directory/visibility.ts';
import { SYSTEM_ID } from '../../../core/directory/well-known.ts';
import { ICS_AB_CHANGE, ICS_AB_DELETE, ICS_AB_NEW } from '../../../core/mapi/change-types.ts';
import type { Database, Statements } from '../../../core/platform/database.ts';
import { openSite, type Site } from '../operations/site.ts';

let site: Site;
let database: Database;
let names = 0;

before(async () => {
  site = await openSite();
  database = site.platform.database;
});
after(() => site[Symbol.asyncDispose]());

const system: Viewer = { principalId: SYSTEM_ID, companyId: 0, adminLevel: 2 };
const draft = (more: Partial<PrincipalDraft> = {}): PrincipalDraft => {
  const name = `name${++names}`;
  const rest = { fullName: name, email: '', adminLevel: ADMIN_LEVEL_NONE, hidden: false, details: {} };
  return { class: ACTIVE_USER, companyId: 0, name, ...rest, ...more };
};
const within = <T>(work: (statements: Statements) => Promise<T>): Promise<T> => database.transaction(work);
const create = (more: Partial<PrincipalDraft> = {}) =>
  within((statements) => insertPrincipal(statements, draft(more), null));
const since = async (after: number, viewer = system, hosted = false) =>
  addressBookChanges(database, viewer, hosted, after);
const here = async () => (await since(0)).maxChangeId;
const shown = ({ entryId, type }: AddressBookChange) => [entryId.toString('hex'), type];

test('a copy begins with everybody but SYSTEM and Everyone', async () => {
  const [one, other] = [await create(), await create()];
  const { changes } = await since(0);
  const told = changes.map(shown);
  for (const principal of [one, other])
    assert.ok(told.some(([id, type]) => id === principalEntryId(principal).toString('hex') && type === ICS_AB_NEW));
  const [{ n } = { n: 0 }] = await database.query<{ n: number }>('SELECT COUNT(*) AS n FROM principal');
  assert.equal(changes.length, n - 2);
});

test('what comes, changes and goes is told, each kind once, in the order it happened last', async () => {
  const position = await here();
  const user = await create();
  const id = principalEntryId(user).toString('hex');
  for (let i = 0; i < 3; i++) await within((statements) => updatePrincipal(statements, user.id, draft()));
  const { changes, maxChangeId } = await since(position);
  assert.deepEqual(changes.map(shown), [
    [id, ICS_AB_NEW],
    [id, ICS_AB_CHANGE],
  ]);
  assert.equal(maxChangeId, changes.at(-1)!.changeId);
  await within((statements) => deletePrincipal(statements, user.id));
  assert.deepEqual((await since(maxChangeId)).changes.map(shown), [[id, ICS_AB_DELETE]]);
});

test('where nothing changed the position is 0, as on a genuine server (recorded)', async () => {
  await create();
  assert.deepEqual(await since(await here()), { changes: [], maxChangeId: 0 });
});

test('a group changes with its members; who may send in a name changes nobody', async () => {
  const [group, user] = [await create({ class: DISTLIST_SECURITY }), await create()];
  const position = await here();
  const relation = { parentId: group.id, childId: user.id };
  await within((statements) => addRelation(statements, { type: RELATION_USER_SENDAS, ...relation }));
  assert.deepEqual((await since(position)).changes, []);
  await within((statements) => addRelation(statements, { type: RELATION_GROUP_MEMBER, ...relation }));
  assert.deepEqual((await since(position)).changes.map(shown), [
    [principalEntryId(group).toString('hex'), ICS_AB_CHANGE],
  ]);
});

test('what is rolled back was never logged', async () => {
  const position = await here();
  await assert.rejects(
    within(async (statements) => {
      await insertPrincipal(statements, draft(), null);
      throw new Error('not now');
    }),
  );
  assert.deepEqual((await since(position)).changes, []);
});

test('writers at once are told each, though readers look between', async () => {
  let position = await here();
  const seen: string[] = [];
  let writing = true;
  const reader = (async () => {
    for (let last = false; ; last = !writing) {
      const { changes, maxChangeId } = await since(position);
      seen.push(...changes.map(({ entryId }) => entryId.toString('hex')));
      position = maxChangeId || position;
      if (last) return;
    }
  })();
  const created = await Promise.all(Array.from({ length: 12 }, () => create()));
  writing = false;
  await reader;
  assert.deepEqual(seen.sort(), created.map((principal) => principalEntryId(principal).toString('hex')).sort());
});

test('in hosted mode everybody is told of the own company only, of what was deleted in it too', async () => {
  const [mine, theirs] = [await create({ class: CONTAINER_COMPANY }), await create({ class: CONTAINER_COMPANY })];
  const viewer: Viewer = { principalId: 99, companyId: mine.id, adminLevel: ADMIN_LEVEL_NONE };
  const position = await here();
  const [colleague, stranger] = [await create({ companyId: mine.id }), await create({ companyId: theirs.id })];
  await within((statements) => deletePrincipal(statements, stranger.id));
  await within((statements) => deletePrincipal(statements, colleague.id));
  const told = (await since(position, viewer, true)).changes.map(shown);
  const id = principalEntryId(colleague).toString('hex');
  assert.deepEqual(told, [
    [id, ICS_AB_NEW],
    [id, ICS_AB_DELETE],
  ]);
  const everybody = (await since(0, viewer, true)).changes;
  assert.deepEqual(everybody.map(shown), [[principalEntryId(mine).toString('hex'), ICS_AB_NEW]]);
});
