import { readFileSync } from 'node:fs';
import path from 'node:path';
import { environment } from '../../core/platform/configuration.ts';
import { parseDirectorySettings, readSecret } from '../../core/platform/directory-access.ts';

/** The file with the way to a directory can't be used; the message says why. */
export class DirectoryFileError extends Error {
  override readonly name = 'DirectoryFileError';
}

/** The secret's name in the local cloud. */
const SECRET_ARN = 'arn:aws:secretsmanager:local:000000000000:secret:kopano/directory';

/** What functions are told of a directory. */
export interface LocalDirectory {
  readonly settings: Readonly<Record<string, string>>;
  readonly secretOf: (arn: string) => string | undefined;
}

/**
 * The way to a directory from a JSON file: the settings of the deployment
 * (docs/operating.md), with `bindDn` and `password` beside them, and `caFile` for the
 * authority of its certificates. The password is read anew whenever it is asked for.
 */
export function directoryOfFile(file: string): LocalDirectory {
  const { settings } = parse(file);
  return {
    settings: { [environment.directory]: JSON.stringify(settings), [environment.directorySecretArn]: SECRET_ARN },
    secretOf: (arn) => (arn === SECRET_ARN ? JSON.stringify(parse(file).secret) : undefined),
  };
}

function parse(file: string) {
  try {
    const { bindDn, password, caFile, ...settings } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
    if (caFile !== undefined) settings.ca = readFileSync(path.resolve(path.dirname(file), String(caFile)), 'utf8');
    const secret = readSecret(JSON.stringify({ bindDn, password }));
    return { settings: parseDirectorySettings(JSON.stringify(settings)), secret };
  } catch (cause) {
    throw new DirectoryFileError(`The directory file ${file} can't be used: ${(cause as Error).message}`, { cause });
  }
}
