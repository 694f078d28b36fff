import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MIGRATIONS, migrate } from '../../../core/store/migrations.ts';
import { ephemeralDatabase } from '../../../local/database/ephemeral.ts';

test('a second run changes nothing', async () => {
  await using db = await ephemeralDatabase();
  assert.deepEqual(
    await migrate(db.database),
    MIGRATIONS.map(({ version }) => version),
  );
  assert.deepEqual(await migrate(db.database), []);
});

test('two runners at once apply each step once', async () => {
  await using db = await ephemeralDatabase();
  const [first, second] = await Promise.all([migrate(db.database), migrate(db.another())]);
  assert.deepEqual(
    [...first, ...second].sort((one, other) => one - other),
    MIGRATIONS.map(({ version }) => version),
  );
});

test('a run that died in the middle is taken up again', async () => {
  await using db = await ephemeralDatabase();
  const [step] = MIGRATIONS;
  const broken = [{ ...step!, statements: [...step!.statements.slice(0, 3), 'CREATE NONSENSE'] }];
  await assert.rejects(migrate(db.database, broken));
  assert.deepEqual(
    await migrate(db.database),
    MIGRATIONS.map(({ version }) => version),
  );
});

test('steps are numbered upwards, none twice', () => {
  const versions = MIGRATIONS.map(({ version }) => version);
  assert.deepEqual(
    versions,
    [...new Set(versions)].sort((one, other) => one - other),
  );
  assert.equal(versions[0], 1);
});
