/**
 * The environment variables of the functions, by their name in the platform's
 * configuration. The infrastructure imports nothing of core, so the names stand
 * here a second time; `test/infra/environment.test.ts` holds both against each other.
 */
export const environment = {
  databaseClusterArn: 'DATABASE_CLUSTER_ARN',
  databaseSecretArn: 'DATABASE_SECRET_ARN',
  databaseName: 'DATABASE_NAME',
  blobBucket: 'BLOB_BUCKET',
  mailBucket: 'MAIL_BUCKET',
  spoolQueueUrl: 'SPOOL_QUEUE_URL',
  postponedQueueUrl: 'POSTPONED_QUEUE_URL',
  sending: 'SENDING',
  spoolDeadLettersUrl: 'SPOOL_DEAD_LETTERS_URL',
  serverName: 'SERVER_NAME',
  logLevel: 'LOG_LEVEL',
  directory: 'DIRECTORY',
  directorySecretArn: 'DIRECTORY_SECRET_ARN',
  delivery: 'DELIVERY',
  postmasterAddress: 'POSTMASTER_ADDRESS',
  hosted: 'HOSTED',
  quotaDefaults: 'QUOTA_DEFAULTS',
  quotaResendHours: 'QUOTA_RESEND_HOURS',
  quotaTemplates: 'QUOTA_TEMPLATES',
} as const;

/** Values for some of the variables, by their name in {@link environment}. */
export type Settings = Partial<Record<keyof typeof environment, string>>;

/** The same values under the names that a function reads. */
export function variables(settings: Settings): Record<string, string> {
  const names = Object.keys(settings) as (keyof typeof environment)[];
  return Object.fromEntries(names.map((name) => [environment[name], settings[name] ?? '']));
}
