import { CreateQueueCommand, DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { SqsQueue } from '../../../core/platform/sqs-queue.ts';
import { aCloud } from '../../local/a-cloud.ts';
import { queueContract } from './queue.contract.ts';

queueContract('SQS', async (kind) => {
  const cloud = await aCloud({ durable: false });
  const sqs = new SQSClient(cloud.client);
  const fifo = kind === 'fifo';
  const { QueueUrl } = await sqs.send(
    new CreateQueueCommand({
      QueueName: fifo ? 'jobs.fifo' : 'jobs',
      ...(fifo && { Attributes: { FifoQueue: 'true' } }),
    }),
  );
  return {
    queue: new SqsQueue(QueueUrl!, sqs),
    async consume() {
      const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
      for (const { ReceiptHandle } of Messages) await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
      return Messages.map((message) => message.Body!);
    },
    async [Symbol.asyncDispose]() {
      sqs.destroy();
      await cloud[Symbol.asyncDispose]();
    },
  };
});
