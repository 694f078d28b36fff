import { CommandError, UsageError } from '../errors.ts';
import { configFile, configFolder, type Environment, readJsonFile, writePrivateFile } from './config-folder.ts';

/** Environment variable that names a profile. */
export const KGC_PROFILE = 'KGC_PROFILE';

/** A server that is talked to often, by a short name. */
export interface Profile {
  readonly server: string;
  /** Who logs on there; SYSTEM without. */
  readonly login?: string;
  readonly caFile?: string;
  /** Region of an `aws+https:` server, where its name doesn't tell. */
  readonly awsRegion?: string;
  /** Profile of the AWS configuration whose credentials sign. */
  readonly awsProfile?: string;
}

/** All profiles, and the one that is meant where none is named. */
export interface Profiles {
  readonly current?: string;
  readonly profiles: Readonly<Record<string, Profile>>;
}

const FILE = 'config.json';
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const SETTINGS: readonly (keyof Profile)[] = ['server', 'login', 'caFile', 'awsRegion', 'awsProfile'];

/** The profiles of the user; none where nothing was kept. Throws for a file that makes no sense. */
export function readProfiles(env: Environment): Profiles {
  const folder = configFolder(env);
  const file = folder === undefined ? undefined : configFile(env, FILE);
  const content = file === undefined ? undefined : readJsonFile(file);
  if (!content) return { profiles: {} };
  const { current, profiles = {} } = content;
  if (typeof profiles !== 'object' || profiles === null || !Object.values(profiles).every(isProfile))
    throw new CommandError(`${file} is damaged: a profile has no server.`, {
      hint: 'kgc profile add NAME --server URL',
    });
  return {
    ...(typeof current === 'string' && { current }),
    profiles: profiles as Readonly<Record<string, Profile>>,
  };
}

const isProfile = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  typeof (value as Profile).server === 'string' &&
  SETTINGS.every((name) => ['string', 'undefined'].includes(typeof (value as Profile)[name]));

/** Keeps the profiles. */
export const writeProfiles = (env: Environment, profiles: Profiles): void =>
  writePrivateFile(configFile(env, FILE), profiles);

/** A name that a profile can have. */
export function requireProfileName(name: string): void {
  if (!NAME.test(name))
    throw new UsageError(`'${name}' is no name for a profile.`, {
      hint: 'letters, digits, dots, dashes and underscores',
    });
}

/** A profile by its name; says so if there is none. */
export function requireProfile({ profiles }: Profiles, name: string): Profile {
  const profile = Object.hasOwn(profiles, name) ? profiles[name] : undefined;
  if (!profile) throw new CommandError(`There is no profile '${name}'.`, { hint: 'kgc profile list' });
  return profile;
}

/**
 * The profile that a command line means: the one it names, that of the environment, or the
 * current one. A server that is named, there or in the environment, needs none.
 */
export function chosenProfile(given: string | undefined, hasServer: boolean, env: Environment): Profile | undefined {
  if (given !== undefined) return requireProfile(readProfiles(env), given);
  if (hasServer) return undefined;
  const profiles = readProfiles(env);
  const name = env[KGC_PROFILE] || profiles.current;
  return name === undefined ? undefined : requireProfile(profiles, name);
}
