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

/** The value of a variable, or undefined if it is missing or empty. */
export function optionalEnv(name: EnvironmentName): string | undefined {
  return process.env[name] || undefined;
}
