import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { ConfigurationError, environment, optionalEnv, requireEnv } from './configuration.ts';

/** Where users come from, if not from the own database: an LDAP server or Active Directory. */
export interface DirectorySettings {
  /** Servers in the order in which they are tried. */
  readonly urls: readonly string[];
  /** Everything is looked for below this entry. */
  readonly baseDn: string;
  /** Name of a ready mapping, see core/directory/ldap/profiles. */
  readonly profile: string;
  /** What differs from the profile, in its own structure. */
  readonly mapping: Readonly<Record<string, unknown>>;
  /** Encrypts `ldap://` connections before anything is said on them. */
  readonly startTls: boolean;
  /** PEM of the authority that must have signed the servers' certificates; without it, those that the system trusts. */
  readonly ca: string | undefined;
  /** How long a server may take to answer, in seconds. */
  readonly timeoutSeconds: number;
  /** Entries of one page of a search (RFC 2696). */
  readonly pageSize: number;
  /** Whether searches go on at the servers that the answer refers to. */
  readonly referrals: 'ignore' | 'follow';
  /** Removals up to this many objects, or this share of all in percent, are done; more of them need a person's consent. */
  readonly deletions: { readonly objects: number; readonly percent: number };
  /** Days that what has vanished from the directory is kept. */
  readonly graceDays: number;
  /** A run within so many hours of the last full one only reads what changed, and all ids. */
  readonly fullHours: number;
}

/** Who reads the directory. */
export interface DirectoryCredentials {
  readonly bindDn: string;
  readonly password: string;
  /** Authority of the servers' certificates, where it is kept with the password. */
  readonly ca?: string | undefined;
}

/** The way to the directory. */
export interface DirectoryAccess {
  readonly settings: DirectorySettings;
  /** `fresh`: ask again, the password may have been changed. */
  credentials(fresh?: boolean): Promise<DirectoryCredentials>;
}

const DEFAULTS = {
  mapping: {},
  startTls: true,
  ca: undefined,
  timeoutSeconds: 15,
  pageSize: 500,
  referrals: 'ignore',
  deletions: { objects: 10, percent: 5 },
  graceDays: 30,
  fullHours: 24,
} as const;

type Check = (value: unknown) => boolean;
const isText: Check = (value) => typeof value === 'string' && value !== '';
const isBetween =
  (least: number, most: number): Check =>
  (value) =>
    Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
const isObject: Check = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

const CHECKS: Readonly<Record<keyof DirectorySettings | 'source', readonly [Check, string]>> = {
  source: [(value) => value === 'ldap', '"ldap"'],
  urls: [
    (value) =>
      Array.isArray(value) && value.length > 0 && value.every((url) => /^ldaps?:\/\/[^/\s]+$/.test(String(url))),
    'a list of ldap://host or ldaps://host',
  ],
  baseDn: [(value) => isText(value) && String(value).includes('='), 'a distinguished name'],
  profile: [isText, 'the name of a profile'],
  mapping: [isObject, 'an object'],
  startTls: [(value) => typeof value === 'boolean', 'true or false'],
  ca: [(value) => value === undefined || /-----BEGIN CERTIFICATE-----/.test(String(value)), 'a certificate in PEM'],
  timeoutSeconds: [isBetween(1, 120), 'a number of seconds from 1 to 120'],
  pageSize: [isBetween(1, 5000), 'a number from 1 to 5000'],
  referrals: [(value) => value === 'ignore' || value === 'follow', '"ignore" or "follow"'],
  deletions: [
    (value) =>
      isObject(value) &&
      isBetween(0, 1_000_000)((value as DirectorySettings['deletions']).objects) &&
      isBetween(0, 100)((value as DirectorySettings['deletions']).percent),
    '{ "objects": number, "percent": number }',
  ],
  graceDays: [isBetween(1, 3650), 'a number of days from 1 to 3650'],
  fullHours: [isBetween(0, 168), 'a number of hours from 0 to 168'],
};

/** Settings of a directory from JSON; throws {@link ConfigurationError} that names what is wrong. */
export function parseDirectorySettings(json: string): DirectorySettings {
  let given: Record<string, unknown>;
  try {
    given = JSON.parse(json) as Record<string, unknown>;
  } catch (cause) {
    throw new ConfigurationError('The directory settings are no JSON.', { cause });
  }
  if (!isObject(given)) throw new ConfigurationError('The directory settings are no object.');
  const whole: Record<string, unknown> = { source: 'ldap', ...DEFAULTS, ...given };
  for (const key of Object.keys(whole))
    if (!(key in CHECKS)) throw new ConfigurationError(`The directory has no setting "${key}".`);
  for (const [key, [check, expected]] of Object.entries(CHECKS))
    if (!check(whole[key])) throw new ConfigurationError(`The directory setting "${key}" must be ${expected}.`);
  const { source: _source, ...settings } = whole;
  return settings as unknown as DirectorySettings;
}

/** A password may be changed while functions live. */
const CREDENTIALS_MS = 300_000;

/** The directory of the function's environment; undefined where the server keeps its own users. */
export function directoryFromEnvironment(): DirectoryAccess | undefined {
  const json = optionalEnv(environment.directory);
  if (json === undefined) return undefined;
  const settings = parseDirectorySettings(json);
  const SecretId = requireEnv(environment.directorySecretArn);
  const client = new SecretsManagerClient({});
  let known: { readonly at: number; readonly value: Promise<DirectoryCredentials> } | undefined;
  return {
    settings,
    credentials(fresh = false) {
      if (fresh || !known || known.at < Date.now() - CREDENTIALS_MS) {
        const value = client
          .send(new GetSecretValueCommand({ SecretId }))
          .then(({ SecretString }) => readSecret(SecretString));
        value.catch(() => {
          known = undefined;
        });
        known = { at: Date.now(), value };
      }
      return known.value;
    },
  };
}

/** The secret is JSON; an empty DN or password would be an anonymous bind, which servers answer with success (RFC 4513 5.1.2). */
export function readSecret(secret: string | undefined): DirectoryCredentials {
  let parsed: Partial<DirectoryCredentials>;
  try {
    parsed = JSON.parse(secret ?? '') as Partial<DirectoryCredentials>;
  } catch {
    // The error would show what the secret begins with.
    throw new ConfigurationError('The directory secret is no JSON.');
  }
  const { bindDn, password, ca } = parsed;
  if (!bindDn || !password)
    throw new ConfigurationError(
      'The directory secret must name "bindDn" and "password"; nobody reads it anonymously.',
    );
  return { bindDn, password, ca };
}
