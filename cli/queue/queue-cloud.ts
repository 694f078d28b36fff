import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetQueueUrlCommand, SQSClient } from '@aws-sdk/client-sqs';
import { CommandError } from '../errors.ts';

/** Which cloud holds the queues. */
export interface CloudOptions {
  /** Name of a deployed site. */
  readonly site?: string | undefined;
  /** File with the endpoints of a local instance. */
  readonly endpoints?: string | undefined;
}

/** The usual local instance writes it while it runs. */
export const LOCAL_ENDPOINTS: string = fileURLToPath(new URL('../../.local/default/endpoints.json', import.meta.url));

/** The queues that have dead letters; `fifo`: of the kind that keeps its order. */
export const QUEUES = ['spool', 'postponed', 'inbound', 'reports'] as const;
export type QueueName = (typeof QUEUES)[number];

/** Queues and functions of a site, through the AWS SDK: of AWS, or of a local instance. */
export class QueueCloud implements Disposable {
  readonly sqs: SQSClient;
  readonly #lambda: LambdaClient;
  /** What the names of queues begin with. */
  readonly #prefix: string;
  readonly #spooler: string;
  readonly #urls = new Map<string, Promise<string>>();

  private constructor(config: object, prefix: string, spooler: string) {
    this.sqs = new SQSClient(config);
    this.#lambda = new LambdaClient(config);
    this.#prefix = prefix;
    this.#spooler = spooler;
  }

  /** A site on AWS where one is named, what AWS_ENDPOINT_URL says, or a local instance. */
  static open({ site, endpoints }: CloudOptions): QueueCloud {
    if (site !== undefined) return new QueueCloud({}, site, `${site}-spooler`);
    if (endpoints === undefined && process.env.AWS_ENDPOINT_URL) return new QueueCloud({}, 'kopano', 'spooler');
    const file = endpoints ?? LOCAL_ENDPOINTS;
    if (!existsSync(file))
      throw new CommandError('No local instance runs here, and no site is named.', {
        hint: 'npm start, or kgc queue list --site NAME with the AWS credentials of an administrator',
      });
    const { cloud } = JSON.parse(readFileSync(file, 'utf8')) as {
      cloud: { url: string; region: string; accessKeyId: string; secretAccessKey: string };
    };
    const { url: endpoint, region, ...credentials } = cloud;
    return new QueueCloud({ endpoint, region, credentials }, 'kopano', 'spooler');
  }

  [Symbol.dispose](): void {
    this.sqs.destroy();
    this.#lambda.destroy();
  }

  /** Address of a queue, or of its dead letters. */
  url(queue: QueueName, dead: boolean): Promise<string> {
    const name = `${this.#prefix}-${queue}${dead ? '-dead-letters' : ''}${queue === 'spool' ? '.fifo' : ''}`;
    let url = this.#urls.get(name);
    if (!url) {
      url = this.#find(name);
      this.#urls.set(name, url);
    }
    return url;
  }

  async #find(name: string): Promise<string> {
    try {
      return (await this.sqs.send(new GetQueueUrlCommand({ QueueName: name }))).QueueUrl!;
    } catch (cause) {
      throw new CommandError(`The queue ${name} can’t be reached: ${(cause as Error).message}`, {
        hint: 'Check the name of the site, the region (AWS_REGION) and the credentials.',
        cause,
      });
    }
  }

  /** Asks the spooler (see core/mail/sending/operator.ts). */
  async ask<Answer>(request: object): Promise<Answer> {
    const { Payload, FunctionError } = await this.#lambda.send(
      new InvokeCommand({ FunctionName: this.#spooler, Payload: Buffer.from(JSON.stringify(request)) }),
    );
    const answer = JSON.parse(Buffer.from(Payload ?? []).toString() || '{}') as Answer & {
      errorMessage?: string;
      error?: string;
    };
    const problem = FunctionError === undefined ? answer.error : (answer.errorMessage ?? FunctionError);
    if (problem !== undefined) throw new CommandError(`The spooler says: ${problem}`);
    return answer;
  }
}
