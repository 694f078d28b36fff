/** The process of the Data API endpoint, so that SQL and its rows don't compete with mail and queues for one thread. */
import { DataApiEndpoint } from '../database/data-api/endpoint.ts';
import type { DataApiSettings } from './data-api-process.ts';

process.on('disconnect', () => process.exit(0));
process.on('SIGINT', () => {});

const settings = JSON.parse(process.argv[2]!) as DataApiSettings;
// The key comes in the environment, because everybody on the machine can read command lines.
const endpoint = await DataApiEndpoint.start({ ...settings, accessKeyId: process.env.AWS_ACCESS_KEY_ID });
process.send?.({ url: endpoint.url });
