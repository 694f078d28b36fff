import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListQueuesCommand,
  PurgeQueueCommand,
  QueueDoesNotExist,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
  type SQSServiceException,
} from '@aws-sdk/client-sqs';
import { aCloud } from '../a-cloud.ts';

/** A cloud with an SQS client and the queue `jobs` of its own. */
async function aQueue(attributes: Record<string, string> = {}, name = 'jobs') {
  const cloud = await aCloud({ durable: false });
  const sqs = new SQSClient(cloud.client);
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: name, Attributes: attributes }));
  return {
    cloud,
    sqs,
    url: QueueUrl!,
    async [Symbol.asyncDispose]() {
      sqs.destroy();
      await cloud[Symbol.asyncDispose]();
    },
  };
}

/** The error code that a call is refused with. */
async function refusal(call: Promise<unknown>): Promise<string> {
  const error = await call.then(
    () => assert.fail('the call was not refused'),
    (reason: SQSServiceException) => reason,
  );
  return error.name;
}

suite('the SDK’s SQS client', { concurrency: true }, () => {
  test('sends, receives and deletes, with attributes and their digests', async () => {
    await using setting = await aQueue();
    const { sqs, url } = setting;
    await sqs.send(
      new SendMessageCommand({
        QueueUrl: url,
        MessageBody: 'grüße 🐟',
        MessageAttributes: {
          kind: { DataType: 'String', StringValue: 'test' },
          raw: { DataType: 'Binary', BinaryValue: Buffer.from([0, 255]) },
        },
      }),
    );
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: url,
        MessageAttributeNames: ['All'],
        MessageSystemAttributeNames: ['All'],
      }),
    );
    assert.equal(Messages.length, 1);
    const [message] = Messages;
    assert.equal(message?.Body, 'grüße 🐟');
    assert.equal(message?.MessageAttributes?.kind?.StringValue, 'test');
    assert.deepEqual(Buffer.from(message!.MessageAttributes!.raw!.BinaryValue!), Buffer.from([0, 255]));
    assert.equal(message?.Attributes?.ApproximateReceiveCount, '1');
    await sqs.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: message!.ReceiptHandle }));
    const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] }));
    assert.equal(Attributes?.ApproximateNumberOfMessages, '0');
    assert.equal(Attributes?.ApproximateNumberOfMessagesNotVisible, '0');
  });

  test('waits for a message that comes while it polls', async () => {
    await using setting = await aQueue();
    const { sqs, url } = setting;
    const poll = sqs.send(new ReceiveMessageCommand({ QueueUrl: url, WaitTimeSeconds: 20 }));
    await new Promise((resolve) => setTimeout(resolve, 100));
    await sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: 'now' }));
    assert.equal((await poll).Messages?.[0]?.Body, 'now');
  });

  test('waits for a message to become visible again', async () => {
    await using setting = await aQueue({ VisibilityTimeout: '1' });
    const { sqs, url } = setting;
    await sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: 'again' }));
    await sqs.send(new ReceiveMessageCommand({ QueueUrl: url }));
    const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: url, WaitTimeSeconds: 10 }));
    assert.equal(Messages?.[0]?.Body, 'again');
  });

  test('gets an empty answer when the wait is over', async () => {
    await using setting = await aQueue();
    const started = performance.now();
    const { Messages } = await setting.sqs.send(
      new ReceiveMessageCommand({ QueueUrl: setting.url, WaitTimeSeconds: 1 }),
    );
    assert.equal(Messages, undefined);
    assert.ok(performance.now() - started >= 950);
  });

  test('sends and deletes in batches, of which a bad entry spoils only itself', async () => {
    await using setting = await aQueue();
    const { sqs, url } = setting;
    const sent = await sqs.send(
      new SendMessageBatchCommand({
        QueueUrl: url,
        Entries: [
          { Id: 'good', MessageBody: 'good' },
          { Id: 'bad', MessageBody: 'bell \u0007' },
        ],
      }),
    );
    assert.deepEqual(
      sent.Successful?.map((entry) => entry.Id),
      ['good'],
    );
    assert.equal(sent.Failed?.[0]?.Code, 'InvalidMessageContents');
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: url, MaxNumberOfMessages: 10 }));
    const Entries = [
      { Id: 'good', ReceiptHandle: Messages[0]!.ReceiptHandle },
      { Id: 'bad', ReceiptHandle: 'no receipt' },
    ];
    const deleted = await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: url, Entries }));
    assert.deepEqual(
      deleted.Successful?.map((entry) => entry.Id),
      ['good'],
    );
    assert.deepEqual(
      deleted.Failed?.map((entry) => entry.Code),
      ['ReceiptHandleIsInvalid'],
    );
  });

  test('keeps the order of a group in a FIFO queue and drops duplicates', async () => {
    await using setting = await aQueue({ FifoQueue: 'true' }, 'ordered.fifo');
    const { sqs, url } = setting;
    for (const id of ['1', '2', '2', '3']) {
      const message = { MessageBody: id, MessageGroupId: 'g', MessageDeduplicationId: id };
      const { SequenceNumber } = await sqs.send(new SendMessageCommand({ QueueUrl: url, ...message }));
      assert.match(SequenceNumber!, /^\d{20}$/);
    }
    const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: url, MaxNumberOfMessages: 10 }));
    assert.deepEqual(
      Messages?.map((message) => message.Body),
      ['1', '2', '3'],
    );
  });

  test('finds, lists and empties queues', async () => {
    await using setting = await aQueue();
    const { sqs, url } = setting;
    assert.equal((await sqs.send(new GetQueueUrlCommand({ QueueName: 'jobs' }))).QueueUrl, url);
    const { QueueUrls } = await sqs.send(new ListQueuesCommand({ QueueNamePrefix: 'jo' }));
    assert.deepEqual(QueueUrls, [url]);
    await sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: 'a' }));
    await sqs.send(new PurgeQueueCommand({ QueueUrl: url }));
    assert.equal((await sqs.send(new ReceiveMessageCommand({ QueueUrl: url }))).Messages, undefined);
  });

  test('is refused with the errors of SQS', async () => {
    await using setting = await aQueue();
    const { sqs, url } = setting;
    const missing = sqs.send(new GetQueueUrlCommand({ QueueName: 'no-such' }));
    await assert.rejects(missing, (error) => error instanceof QueueDoesNotExist);
    const send = (MessageBody: string) => sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody }));
    await send('x'.repeat(1024 * 1024));
    assert.equal(await refusal(send('x'.repeat(1024 * 1024 + 1))), 'InvalidParameterValue');
    assert.equal(await refusal(send('\u0000')), 'InvalidMessageContents');
    const ReceiptHandle = '1.00000000-0000-0000-0000-000000000000';
    const change = new ChangeMessageVisibilityCommand({ QueueUrl: url, ReceiptHandle, VisibilityTimeout: 0 });
    assert.equal(await refusal(sqs.send(change)), 'MessageNotInflight');
    const Entries = Array.from({ length: 11 }, (_, index) => ({ Id: String(index), MessageBody: 'x' }));
    const many = sqs.send(new SendMessageBatchCommand({ QueueUrl: url, Entries }));
    assert.equal(await refusal(many), 'TooManyEntriesInBatchRequest');
    const odd = sqs.send(new CreateQueueCommand({ QueueName: 'x', Attributes: { VisibilityTimeout: '-1' } }));
    assert.equal(await refusal(odd), 'InvalidAttributeValue');
  });
});
