import { DataApiDatabase, type DataApiSettings, rdsDataClient } from '../../core/platform/data-api.ts';
import type { Credentials } from '../endpoint/credentials.ts';

/** The service wants these to be there; here they lead to no one's cluster. */
export const LOCAL_CLUSTER_ARN = 'arn:aws:rds:local:000000000000:cluster:kgc';
export const LOCAL_SECRET_ARN = 'arn:aws:secretsmanager:local:000000000000:secret:kgc-database';

/** The adapter of the database port on a Data API endpoint of this machine. */
export function localDatabase(
  endpoint: string,
  database: string,
  options: Pick<DataApiSettings, 'patienceMs'> & { readonly credentials?: Credentials } = {},
): DataApiDatabase {
  const { credentials = { accessKeyId: 'local', secretAccessKey: 'local' }, ...settings } = options;
  return DataApiDatabase.open({
    ...settings,
    resourceArn: LOCAL_CLUSTER_ARN,
    secretArn: LOCAL_SECRET_ARN,
    database,
    client: rdsDataClient({ endpoint, region: 'local', credentials }),
  });
}
