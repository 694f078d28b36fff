import assert from 'node:assert/strict';
import test from 'node:test';
import { KCERR_END_OF_SESSION, KCERR_NOT_IMPLEMENTED } from '../../../core/mapi/error-codes.ts';
import { operations } from '../../../core/operations/index.ts';
import { HOSTED_ROLES, OUTCOMES, ROLES, type Rows, WHO_MAY, WHO_MAY_HOSTED } from '../../../core/operations/who-may.ts';
import { operations as catalogue, type OperationName } from '../../../core/soap/index.ts';
import { CALLS, type Call } from './rights-calls.ts';
import { Scene } from './rights-scene.ts';

const names = Object.keys(catalogue) as OperationName[];
/** Operations that are not there yet answer that, whoever asks. */
const isThere = (name: OperationName): boolean => name in operations;

const PEOPLE = Object.fromEntries(
  ROLES.map((role) => [role, { login: role, level: { admin: 1, sysadmin: 2 }[role as string] ?? 0 }]),
);

const HOSTED_PEOPLE = {
  owner: { login: 'owner@blue', level: 0 },
  neighbour: { login: 'nina@red', level: 0 },
  'neighbour admin': { login: 'ned@red', level: 1 },
  colleague: { login: 'clara@blue', level: 0 },
  'company admin': { login: 'adam@blue', level: 1 },
  sysadmin: { login: 'root@blue', level: 2 },
};

test('the matrix has every operation of the catalogue, and every row a call and an outcome for each role', () => {
  assert.deepEqual(Object.keys(WHO_MAY).sort(), [...names].sort());
  for (const name of names) {
    const rows = { ...WHO_MAY[name], ...WHO_MAY_HOSTED[name] };
    assert.deepEqual(Object.keys(CALLS[name]).sort(), Object.keys(rows).sort(), name);
    for (const [table, roles] of [
      [WHO_MAY[name], ROLES],
      [WHO_MAY_HOSTED[name] ?? {}, HOSTED_ROLES],
    ] as const)
      for (const [what, outcomes] of Object.entries(table)) {
        assert.equal(outcomes.length, roles.length, `${name}: ${what}`);
        for (const letter of outcomes) assert.ok(letter in OUTCOMES, `${name}: ${what}: ${letter}`);
      }
  }
});

/** Holds one cell of the matrix against the operation; answers what is wrong. */
async function violation(scene: Scene, name: OperationName, what: string, call: Call, who: string, letter: string) {
  const args = await call.args(scene, who);
  const before = await scene.digest();
  const exchange = await scene.exchange(name, scene.person(who).sessionId, args);
  const changed = scene.changes(before, await scene.digest());
  scene.forget(changed);
  const where = `${name}: ${what}, by ${who}`;
  const expected = isThere(name) ? OUTCOMES[letter]! : KCERR_NOT_IMPLEMENTED;
  if (exchange.code !== expected)
    return `${where}: answers 0x${exchange.code.toString(16)} instead of 0x${expected.toString(16)}`;
  const leak = scene.leak(exchange);
  if (letter === '.') return call.tells && isThere(name) && !leak ? `${where}: tells nothing` : undefined;
  const touched = changed.filter((table) => letter !== '0' || table !== 'open_table');
  if (letter !== 'W' && touched.length > 0) return `${where}: changes ${touched}`;
  return leak === undefined ? undefined : `${where}: tells ${leak}`;
}

/** All cells of some operations; one scene for all of them. */
function holds(
  title: string,
  open: () => Promise<Scene>,
  table: Partial<Record<OperationName, Rows>>,
  roles: readonly string[],
) {
  test(title, async () => {
    await using scene = await open();
    const wrong: string[] = [];
    for (const [name, rows] of Object.entries(table) as [OperationName, Rows][])
      for (const [what, outcomes] of Object.entries(rows))
        for (const [column, who] of roles.entries()) {
          const found = await violation(scene, name, what, CALLS[name][what]!, who, outcomes[column]!);
          if (found) wrong.push(found);
        }
    assert.deepEqual(wrong, []);
  });
}

holds('who may what on one server for one organisation', () => Scene.open(PEOPLE), WHO_MAY, ROLES);
holds(
  'who may what with several companies',
  () => Scene.open(HOSTED_PEOPLE, ['blue', 'red']),
  WHO_MAY_HOSTED,
  HOSTED_ROLES,
);

test('without a living session every operation is refused, changes nothing and tells nothing', async () => {
  await using scene = await Scene.open(PEOPLE);
  const ended = await scene.logon('sysadmin');
  await scene.call('logoff', ended);
  const sessions = { unknown: 4711n, none: 0n, ended };
  const wrong: string[] = [];
  for (const name of names.filter((one) => catalogue[one].session))
    for (const [what] of Object.entries(WHO_MAY[name])) {
      const { ulSessionId: _own, ...args } = { ulSessionId: 0n, ...(await CALLS[name][what]!.args(scene, 'owner')) };
      for (const [which, sessionId] of Object.entries(sessions)) {
        const before = await scene.digest();
        const exchange = await scene.exchange(name, sessionId, args);
        const expected = isThere(name) ? KCERR_END_OF_SESSION : KCERR_NOT_IMPLEMENTED;
        const changed = scene.changes(before, await scene.digest());
        if (exchange.code !== expected || changed.length > 0 || scene.leak(exchange))
          wrong.push(`${name}: ${what}, ${which} session: 0x${exchange.code.toString(16)} ${changed}`);
      }
      // What the trusted door gave is nothing worth at the public one.
      const { code } = await scene.exchange(name, scene.owner.sessionId, args, 'public');
      if (isThere(name) && code !== KCERR_END_OF_SESSION) wrong.push(`${name}: a trusted session at the public door`);
    }
  assert.deepEqual(wrong, []);
});
