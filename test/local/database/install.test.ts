import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { ensureMariaDb, findMariaDb, MariaDbMissingError } from '../../../local/database/install.ts';

/** A machine as far as the search for programs goes: a bin directory with the programs that are given. */
async function machine(programs: Record<string, string>) {
  const root = await mkdtemp(join(tmpdir(), 'kgc-machine-'));
  const bin = join(root, 'bin');
  await mkdir(bin);
  const journal = join(root, 'journal');
  for (const [name, script] of Object.entries(programs)) {
    await writeFile(join(bin, name), `#!/bin/sh\necho "$(basename "$0") $*" >> ${journal}\n${script}\n`);
    await chmod(join(bin, name), 0o755);
  }
  return {
    directories: [bin],
    /** What a package of the server would put there. */
    install: `mkdir -p ${root}/share/mysql; : > ${root}/share/mysql/mysql_system_tables.sql
      printf '#!/bin/sh\\necho "mariadbd  Ver 10.11.6-MariaDB-0+deb12u1 for debian-linux-gnu"\\n' > ${bin}/mariadbd
      chmod +x ${bin}/mariadbd`,
    bin,
    journal: async () => (await readFile(journal, 'utf8').catch(() => '')).split('\n').filter((line) => line !== ''),
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  };
}

const sudo = 'exec "$@"';

suite('the MariaDB programs', () => {
  test('are found on this machine with their version', async () => {
    const found = await findMariaDb();
    assert.match(found?.version ?? '', /^\d+\.\d+\.\d+-MariaDB$/);
  });

  test('are not found where there are none', async () => {
    await using empty = await machine({});
    assert.equal(await findMariaDb(empty.directories), undefined);
  });

  test('are installed with apt-get, and every step is told', async () => {
    await using debian = await machine({ sudo, 'apt-cache': 'echo "mariadb-server-core - MariaDB core server files"' });
    await writeFile(
      join(debian.bin, 'apt-get'),
      `#!/bin/sh\necho "apt-get $*" >> ${join(debian.bin, '../journal')}\n[ "$1" = update ] && exit 0\n${debian.install}\n`,
    );
    await chmod(join(debian.bin, 'apt-get'), 0o755);
    const said: string[] = [];
    const installation = await ensureMariaDb((line) => said.push(line), debian.directories);
    assert.equal(installation.version, '10.11.6-MariaDB');
    const journal = (await debian.journal()).filter((line) => line.startsWith('apt-get'));
    assert.deepEqual(journal, ['apt-get update', 'apt-get install --yes --no-install-recommends mariadb-server-core']);
    assert.equal(said.length, 3);
    assert.match(said[0] as string, /^MariaDB is missing; running: .*apt-get update$/);
    assert.equal(said[2], 'MariaDB 10.11.6-MariaDB is installed.');
  });

  test('come from the highest version where package names have one', async () => {
    await using ubuntu = await machine({
      sudo,
      'apt-get': 'exit 0',
      'apt-cache':
        'echo "mariadb-server-core-10.3 - old"; echo "mariadb-server-core-10.11 - new"; echo "mariadb-server-core-10.6 - x"',
    });
    await assert.rejects(
      ensureMariaDb(() => undefined, ubuntu.directories),
      MariaDbMissingError,
    );
    const install = (await ubuntu.journal()).find((line) => line.startsWith('apt-get install'));
    assert.match(install as string, / mariadb-server-core-10\.11$/);
  });

  test('are asked for with a clear instruction where there is no apt-get', async () => {
    await using other = await machine({ sudo });
    await assert.rejects(
      ensureMariaDb(() => undefined, other.directories),
      (error: Error) => {
        assert.ok(error instanceof MariaDbMissingError);
        assert.match(error.message, /brew install mariadb/);
        assert.match(error.message, /apt-get install --no-install-recommends mariadb-server-core/);
        return true;
      },
    );
  });

  test('a failed installation ends with the instruction', async () => {
    await using broken = await machine({ sudo, 'apt-get': 'exit 100' });
    await assert.rejects(
      ensureMariaDb(() => undefined, broken.directories),
      (error: Error) => error instanceof MariaDbMissingError && /failed with code 100/.test(error.message),
    );
  });
});
