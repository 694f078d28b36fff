import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { cp, mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { MariaDbBinaries } from './install.ts';

const run = promisify(execFile);

/** Small, because every throw-away server copies it; a server resizes its log when it starts. */
const TEMPLATE_LOG_SIZE = '4M';

const TEMPLATES = fileURLToPath(new URL('../../.local/mariadb-templates/', import.meta.url));

/**
 * Makes a new data directory with the system tables and a root without a
 * password (the unix socket in a private directory is the protection). The
 * system tables take two seconds to make, so they are kept per MariaDB version
 * and copied.
 */
export async function copyTemplate(binaries: MariaDbBinaries, data: string): Promise<void> {
  const template = await ensureTemplate(binaries);
  await mkdir(dirname(data), { recursive: true });
  // Copied beside and renamed: a directory that is there is whole.
  const unfinished = await mkdtemp(`${data}-`);
  await cp(template, unfinished, { recursive: true, mode: constants.COPYFILE_FICLONE });
  await rename(unfinished, data);
}

async function ensureTemplate(binaries: MariaDbBinaries): Promise<string> {
  const template = join(TEMPLATES, binaries.version);
  const there = await stat(template).then(
    () => true,
    () => false,
  );
  if (there) return template;
  await mkdir(TEMPLATES, { recursive: true });
  const unfinished = await mkdtemp(join(TEMPLATES, 'making-'));
  try {
    await run(binaries.installer, [
      '--no-defaults',
      `--datadir=${unfinished}`,
      '--auth-root-authentication-method=normal',
      '--skip-test-db',
      '--skip-name-resolve',
      `--innodb-log-file-size=${TEMPLATE_LOG_SIZE}`,
      ...(process.getuid?.() === 0 ? ['--user=root'] : []),
    ]);
    await rename(unfinished, template);
  } catch (error) {
    // Another process may have been faster; its template is as good.
    const code = (error as NodeJS.ErrnoException).code;
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return template;
}
