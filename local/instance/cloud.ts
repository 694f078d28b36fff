import type { AddressInfo } from 'node:net';
import type { Log } from '../../core/platform/log.ts';
import { notifyQueues } from '../buckets/notifications.ts';
import { ObjectStore } from '../buckets/object-store.ts';
import { s3Service } from '../buckets/s3-protocol.ts';
import { type Credentials, loadCredentials } from '../endpoint/credentials.ts';
import { createEndpoint, type Services } from '../endpoint/endpoint.ts';
import { listening } from '../gateway/doors.ts';
import { MailExchange } from '../mail/mail-exchange.ts';
import { Outbox } from '../mail/outbox.ts';
import { Relay, type RelayServer } from '../mail/relay.ts';
import { sesService } from '../mail/ses-protocol.ts';
import type { QueueAttributes } from '../queues/queue-attributes.ts';
import { QueueStore } from '../queues/queue-store.ts';
import { Queues } from '../queues/queues.ts';
import { sqsService } from '../queues/sqs-protocol.ts';
import type { DataDirectory } from './data-directory.ts';
import type { Teardown } from './teardown.ts';
import { ACCOUNT_ID, arnOfQueue, BUCKETS, INBOUND_PREFIX, QUEUES, RECEIVED_TOPIC_ARN, REGION } from './topology.ts';

export interface CloudOptions {
  readonly directory: DataDirectory;
  readonly queueAttributes: readonly [name: string, attributes: QueueAttributes][];
  readonly localDomains: readonly string[];
  /** A mail server that takes mail for other domains. */
  readonly relay?: RelayServer | undefined;
  readonly durable: boolean;
  readonly log: Log;
}

/** Queues, buckets and mail of an instance, and the one endpoint by which SDK clients reach them. */
export interface Cloud {
  readonly url: string;
  readonly credentials: Credentials;
  readonly queues: Queues;
  readonly objects: ObjectStore;
  readonly exchange: MailExchange;
  readonly outbox: Outbox;
  /** Adds a service that the endpoint couldn't have from the start. */
  provide(services: Services): void;
}

export async function startCloud(options: CloudOptions, teardown: Teardown): Promise<Cloud> {
  const { directory, durable, log } = options;
  const credentials = loadCredentials(directory.credentials);
  const queues = openQueues(options);
  teardown.add(() => queues.close());
  const objects = new ObjectStore(directory.objects, { durable });
  teardown.add(() => objects.close());
  for (const bucket of Object.values(BUCKETS)) objects.createBucket(bucket);

  const exchange = new MailExchange({
    objects,
    queues,
    bucket: BUCKETS.mail,
    prefix: INBOUND_PREFIX,
    queue: QUEUES.inbound,
    topicArn: RECEIVED_TOPIC_ARN,
    log,
  });
  const relay = options.relay && new Relay(options.relay, log);
  if (relay) teardown.add(() => relay.close());
  const outbox = new Outbox({
    objects,
    bucket: BUCKETS.sent,
    region: REGION,
    accountId: ACCOUNT_ID,
    queues,
    reportsQueue: QUEUES.reports,
    localDomains: options.localDomains,
    exchange,
    unfinished: BUCKETS.unfinished,
    relay,
    log,
  });
  await outbox.resume();

  let services: Services = {};
  const server = createEndpoint(() => services, credentials.accessKeyId, log);
  await listening(server, { host: '127.0.0.1', port: 0 }, 'the local cloud');
  teardown.add(() => {
    server.close();
    server.closeAllConnections();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  services = {
    sqs: sqsService({ queues, arnOf: arnOfQueue, urlOf: (queue) => `${url}/${ACCOUNT_ID}/${queue}` }),
    s3: s3Service({ store: objects, created: notifyQueues([], objects, queues, REGION) }),
    ses: sesService(outbox),
  };
  const provide = (more: Services): void => {
    services = { ...services, ...more };
  };
  return { url, credentials, queues, objects, exchange, outbox, provide };
}

function openQueues({ directory, durable, queueAttributes }: CloudOptions): Queues {
  const store = new QueueStore(directory.queues, { durable });
  for (const [name, attributes] of queueAttributes) store.putQueue(name, attributes);
  store.releaseAll();
  return new Queues(store);
}
