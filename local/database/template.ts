import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, cp, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type MariaDbInstallation, systemTablesSql } from './install.ts';

/** Small, because every throw-away server copies it; a server resizes its log when it starts. */
const TEMPLATE_LOG_SIZE = '4M';

const TEMPLATES = fileURLToPath(new URL('../../.local/mariadb-templates/', import.meta.url));

/** The system tables of a new data directory could not be made. */
export class BootstrapError extends Error {
  override readonly name = 'BootstrapError';
}

/**
 * Makes a new data directory with the system tables and a root without a
 * password (the unix socket in a private directory is the protection). The
 * directory is kept per MariaDB version, as copying is much faster than making.
 */
export async function makeDataDirectory(installation: MariaDbInstallation, data: string): Promise<void> {
  await mkdir(dirname(data), { recursive: true });
  // Made beside and renamed: a data directory that is there is whole.
  const unfinished = await mkdtemp(`${data}-`);
  try {
    const template = await ensureTemplate(installation);
    if (template === undefined) await bootstrap(installation, unfinished);
    else await cp(template, unfinished, { recursive: true, mode: constants.COPYFILE_FICLONE });
    await rename(unfinished, data);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

/** The template of this version; undefined where the checkout can't be written or its template can't be read. */
async function ensureTemplate(installation: MariaDbInstallation): Promise<string | undefined> {
  const template = join(TEMPLATES, installation.version);
  try {
    await access(join(template, 'mysql'), constants.R_OK | constants.X_OK);
    return template;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return undefined;
  }
  let unfinished: string;
  try {
    await mkdir(TEMPLATES, { recursive: true });
    unfinished = await mkdtemp(join(TEMPLATES, 'unfinished-'));
  } catch {
    return undefined;
  }
  try {
    await bootstrap(installation, unfinished);
    await rename(unfinished, template);
  } catch (error) {
    // Another process may have been faster; its template is as good.
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return template;
}

/** Runs the server once without a socket, to make its system tables. */
async function bootstrap(installation: MariaDbInstallation, data: string): Promise<void> {
  const sql = await systemTablesSql(installation);
  await new Promise<void>((resolve, reject) => {
    const child = execFile(
      installation.server,
      [
        '--no-defaults',
        '--bootstrap',
        '--silent-startup',
        `--datadir=${data}`,
        `--innodb-log-file-size=${TEMPLATE_LOG_SIZE}`,
        ...(process.getuid?.() === 0 ? ['--user=root'] : []),
      ],
      (error, _stdout, stderr) => {
        if (error === null) resolve();
        else reject(new BootstrapError(`mariadbd can't make its system tables:\n${stderr.trimEnd()}`));
      },
    );
    // If the server ends early, its own words are the error, not the broken pipe.
    child.stdin?.once('error', () => undefined);
    child.stdin?.end(sql);
  });
}
