/**
 * The environment variables of the functions: their names stand here once, for
 * the infrastructure that sets them, the local cloud that sets them too, and
 * the functions that read them.
 */
export const environment = {
  /** ARN of the database cluster, as the RDS Data API wants it. */
  databaseClusterArn: 'DATABASE_CLUSTER_ARN',
  /** ARN of the secret that holds the database credentials. */
  databaseSecretArn: 'DATABASE_SECRET_ARN',
  /** Name of the schema. */
  databaseName: 'DATABASE_NAME',
  /** Bucket of large property values, named by their SHA-256. */
  blobBucket: 'BLOB_BUCKET',
  /** Bucket where SES puts received raw mail. */
  mailBucket: 'MAIL_BUCKET',
  /** URL of the queue of submitted messages that wait for the spooler. */
  spoolQueueUrl: 'SPOOL_QUEUE_URL',
  /** URL of the queue of the spooler's jobs that have to wait for a time. */
  postponedQueueUrl: 'POSTPONED_QUEUE_URL',
  /** JSON settings of how mail is sent (core/mail/sending/settings.ts). */
  sending: 'SENDING',
  /** URL of the queue of the spooler's jobs that failed for good. */
  spoolDeadLettersUrl: 'SPOOL_DEAD_LETTERS_URL',
  /** The server's configured name; without it the server calls itself `Unknown`. */
  serverName: 'SERVER_NAME',
  /** Least level that is logged: debug, info, warn or error. */
  logLevel: 'LOG_LEVEL',
  /** JSON settings of the users' source (own database, LDAP or Active Directory). */
  directory: 'DIRECTORY',
  /** ARN of the secret with the directory's bind password. */
  directorySecretArn: 'DIRECTORY_SECRET_ARN',
  /** JSON settings of delivery: spam, quota, rules, out-of-office. */
  delivery: 'DELIVERY',
  /** Address that bounces and quota warnings come from. */
  postmasterAddress: 'POSTMASTER_ADDRESS',
  /** `true`: principals belong to companies. */
  hosted: 'HOSTED',
  /** JSON: `{"user": {"warn": 0, "soft": 0, "hard": 0}, "company": {…}}`, limits in bytes where nobody has set any. */
  quotaDefaults: 'QUOTA_DEFAULTS',
  /** Hours until a quota warning is repeated. */
  quotaResendHours: 'QUOTA_RESEND_HOURS',
  /** Folder with the operator's own templates of quota mail. */
  quotaTemplates: 'QUOTA_TEMPLATES',
} as const;

export type EnvironmentName = (typeof environment)[keyof typeof environment];

/** A function was started without a setting that it can't do without, or with one that makes no sense. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}

/** The value of a variable; throws {@link ConfigurationError} if it is missing or empty. */
export function requireEnv(name: EnvironmentName): string {
  const value = process.env[name];
  if (!value) throw new ConfigurationError(`The environment variable ${name} is not set.`);
  return value;
}

/** The number above 0 in a variable, or undefined if it is missing or empty; throws {@link ConfigurationError} for what is none. */
export function numberEnv(name: EnvironmentName): number | undefined {
  const text = optionalEnv(name);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!(value > 0) || !Number.isFinite(value))
    throw new ConfigurationError(`The environment variable ${name} holds no number above 0.`);
  return value;
}

/** The JSON object in a variable, or undefined if it is missing or empty; throws {@link ConfigurationError} for what is none. */
export function jsonEnv(name: EnvironmentName): Readonly<Record<string, unknown>> | undefined {
  const text = optionalEnv(name);
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Told below; the text itself may hold secrets.
  }
  throw new ConfigurationError(`The environment variable ${name} holds no JSON object.`);
}

/** The value of a variable, or undefined if it is missing or empty. */
export function optionalEnv(name: EnvironmentName): string | undefined {
  return process.env[name] || undefined;
}
