import { environment } from '../../core/platform/configuration.ts';
import { LOCAL_CLUSTER_ARN, LOCAL_SECRET_ARN } from '../database/adapter.ts';
import type { Credentials } from '../endpoint/credentials.ts';
import { ACCOUNT_ID, BUCKETS, deadLettersOf, QUEUES, REGION } from './topology.ts';

/** The schema's name. */
export const DATABASE_NAME = 'kopano';

export interface EnvironmentFacts {
  readonly endpointUrl: string;
  readonly dataApiUrl: string;
  readonly credentials: Credentials;
  /** More variables of the operator's, such as a server name or a directory. */
  readonly settings: Readonly<Record<string, string>>;
}

/**
 * The whole environment of a function. Of this process's own one it gets only
 * what every program needs: what an operator has set for the real cloud, such
 * as AWS_PROFILE, must not reach functions that run here.
 */
export function functionEnvironment(facts: EnvironmentFacts): Record<string, string> {
  const { endpointUrl, dataApiUrl, credentials, settings } = facts;
  return {
    ...baseEnvironment(),
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_ENDPOINT_URL: endpointUrl,
    AWS_ENDPOINT_URL_RDS_DATA: dataApiUrl,
    // Otherwise the SDK looks for a metadata service and a configuration in the home directory.
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    [environment.databaseClusterArn]: LOCAL_CLUSTER_ARN,
    [environment.databaseSecretArn]: LOCAL_SECRET_ARN,
    [environment.databaseName]: DATABASE_NAME,
    [environment.blobBucket]: BUCKETS.blobs,
    [environment.mailBucket]: BUCKETS.mail,
    [environment.spoolQueueUrl]: `${endpointUrl}/${ACCOUNT_ID}/${QUEUES.spool}`,
    [environment.postponedQueueUrl]: `${endpointUrl}/${ACCOUNT_ID}/${QUEUES.postponed}`,
    [environment.spoolDeadLettersUrl]: `${endpointUrl}/${ACCOUNT_ID}/${deadLettersOf(QUEUES.spool)}`,
    // Here reports come at once, and nobody else is at it when the function's time is over.
    [environment.sending]: JSON.stringify({ doubtSeconds: 130 }),
    [environment.postmasterAddress]: 'postmaster@demo.local',
    ...settings,
  };
}

/** What every program on this machine needs, in the time zone of Lambda. */
export function baseEnvironment(): Record<string, string> {
  const inherited: Record<string, string> = {};
  for (const name of ['PATH', 'HOME', 'TMPDIR', 'LANG', 'LD_LIBRARY_PATH', 'SystemRoot']) {
    const value = process.env[name];
    if (value !== undefined) inherited[name] = value;
  }
  return { ...inherited, TZ: 'UTC' };
}
