import { ConfigurationError } from '../../../platform/configuration.ts';
import type { DirectorySettings } from '../../../platform/directory-access.ts';
import { adapted, type DirectoryMapping } from '../mapping.ts';
import { activeDirectory } from './active-directory.ts';
import { openldap } from './openldap.ts';
import { posix } from './posix.ts';

/** The ready mappings by their names in the settings. */
export const PROFILES: Readonly<Record<string, DirectoryMapping>> = {
  'active-directory': activeDirectory,
  openldap,
  posix,
};

/** The mapping of a site; throws {@link ConfigurationError}. */
export function mappingOf({ profile, mapping }: DirectorySettings): DirectoryMapping {
  const ready = PROFILES[profile];
  if (!ready)
    throw new ConfigurationError(`There is no profile "${profile}"; known: ${Object.keys(PROFILES).join(', ')}.`);
  return adapted(ready, mapping);
}
