import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { JobTooLargeError, type Queue, type SendOptions } from './queue.ts';

/** What one SQS message may carry, in bytes of UTF-8 (Amazon SQS message quotas, since August 2025). */
export const MAX_JOB_BYTES = 1024 * 1024;

/** A queue in SQS. */
export class SqsQueue implements Queue {
  readonly #url: string;
  readonly #client: SQSClient;

  constructor(url: string, client: SQSClient = new SQSClient({})) {
    this.#url = url;
    this.#client = client;
  }

  async send(body: string, options: SendOptions = {}): Promise<void> {
    const size = Buffer.byteLength(body);
    if (size > MAX_JOB_BYTES) throw new JobTooLargeError(`a job of ${size} bytes; SQS takes ${MAX_JOB_BYTES}`);
    await this.#client.send(
      new SendMessageCommand({
        QueueUrl: this.#url,
        MessageBody: body,
        DelaySeconds: options.delaySeconds,
        MessageGroupId: options.groupId,
        MessageDeduplicationId: options.deduplicationId,
      }),
    );
  }
}
