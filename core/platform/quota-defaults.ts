import { ConfigurationError, environment, jsonEnv } from './configuration.ts';
import type { QuotaLimits, ServerSettings } from './platform.ts';

/** The site's own limits, from the environment; throws ConfigurationError for what are none. */
export function quotaDefaultsOfEnvironment(): Pick<ServerSettings, 'userQuota' | 'companyQuota'> {
  const { user, company } = jsonEnv(environment.quotaDefaults) ?? {};
  return {
    ...(user !== undefined && { userQuota: limitsOf(user) }),
    ...(company !== undefined && { companyQuota: limitsOf(company) }),
  };
}

function limitsOf(value: unknown): QuotaLimits {
  const limits: Record<string, unknown> = { ...(value as object | null) };
  return { warn: limit(limits.warn), soft: limit(limits.soft), hard: limit(limits.hard) };
}

function limit(bytes: unknown = 0): number {
  if (Number.isSafeInteger(bytes) && (bytes as number) >= 0) return bytes as number;
  throw new ConfigurationError(`${environment.quotaDefaults}: limits are numbers of bytes, 0 for none.`);
}
