import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  deadLettersOf,
  EVENT_SOURCES,
  INBOUND_PREFIX,
  queues as localQueues,
  QUEUES,
} from '../../local/instance/topology.ts';
import { cloud, type Found, statements } from './cloud.ts';

const site = cloud();
const queues = site.all('AWS::SQS::Queue');
const isDeadLetterQueue = (queue: Found): boolean => (queue.properties.QueueName as string).includes('-dead-letters');
const jobQueues = queues.filter((queue) => !isDeadLetterQueue(queue));
const deadLetterQueues = queues.filter(isDeadLetterQueue);

describe('Every job queue', () => {
  it('is one of inbound, spool, postponed and reports', () => {
    assert.deepEqual(jobQueues.map(({ properties }) => properties.QueueName).sort(), [
      'kgc-inbound',
      'kgc-postponed',
      'kgc-reports',
      'kgc-spool.fifo',
    ]);
  });

  it('has a dead-letter queue of its own, of its own kind', () => {
    const used = jobQueues.map(({ properties }) => {
      const { deadLetterTargetArn, maxReceiveCount } = properties.RedrivePolicy as {
        deadLetterTargetArn: { 'Fn::GetAtt': [string, string] };
        maxReceiveCount: number;
      };
      assert.ok(maxReceiveCount >= 3, 'a job gets a second and a third chance');
      const target = queues.find(({ id }) => id === deadLetterTargetArn['Fn::GetAtt'][0])!;
      assert.ok(isDeadLetterQueue(target));
      assert.equal(target.properties.FifoQueue, properties.FifoQueue);
      return target.id;
    });
    assert.equal(new Set(used).size, jobQueues.length);
  });

  it('hides a job for six times the time that its function may take', () => {
    for (const source of site.all('AWS::Lambda::EventSourceMapping')) {
      const queue = queues.find(({ id }) => JSON.stringify(source.properties.EventSourceArn).includes(`"${id}"`))!;
      const fn = site
        .all('AWS::Lambda::Function')
        .find(({ id }) => id === (source.properties.FunctionName as { Ref: string }).Ref)!;
      const visibility = queue.properties.VisibilityTimeout as number;
      assert.ok(visibility >= 6 * (fn.properties.Timeout as number));
    }
  });

  it('is read by a function that reports each failed job by itself', () => {
    const sources = site.all('AWS::Lambda::EventSourceMapping');
    assert.equal(sources.length, jobQueues.length);
    for (const { properties } of sources) {
      assert.deepEqual(properties.FunctionResponseTypes, ['ReportBatchItemFailures']);
      assert.ok((properties.ScalingConfig as { MaximumConcurrency: number }).MaximumConcurrency >= 2);
    }
  });

  it('raises an alarm when its jobs wait too long', () => {
    for (const { id } of jobQueues) assert.equal(alarmsOn(id, 'ApproximateAgeOfOldestMessage').length, 1);
  });
});

describe('The queues of the local cloud', () => {
  const ownName = (name: string): string => name.replace(/^kopano-/, 'kgc-');

  it('are the same queues, with the same dead letters and attempts', () => {
    const local = new Map(localQueues().map(([name, attributes]) => [ownName(name), attributes]));
    for (const queue of Object.values(QUEUES)) {
      const deployed = jobQueues.find(({ properties }) => properties.QueueName === ownName(queue))!;
      const { maxReceiveCount } = deployed.properties.RedrivePolicy as { maxReceiveCount: number };
      assert.equal(local.get(ownName(queue))?.redrive?.maxReceiveCount, maxReceiveCount, queue);
      assert.ok(deadLetterQueues.some(({ properties }) => properties.QueueName === ownName(deadLettersOf(queue))));
    }
  });

  it('are read by the same functions in the same batches', () => {
    const sources = site.all('AWS::Lambda::EventSourceMapping').map(({ id, properties }) => ({ id, ...properties }));
    assert.equal(sources.length, EVENT_SOURCES.length);
    for (const { queue, function: name, batchSize } of EVENT_SOURCES) {
      const source = sources.find(({ id }) => id.startsWith(name) && id.includes(`${queue}queue`));
      assert.equal((source as unknown as { BatchSize: number } | undefined)?.BatchSize, batchSize, queue);
    }
  });

  it('are told of mail under the same prefix', () => {
    const { Rule } = site.one('AWS::SES::ReceiptRule').properties as {
      Rule: { Actions: { S3Action: { ObjectKeyPrefix: string } }[] };
    };
    assert.equal(Rule.Actions[0]!.S3Action.ObjectKeyPrefix, INBOUND_PREFIX);
  });
});

describe('Every dead-letter queue', () => {
  it('raises an alarm at the first letter', () => {
    for (const { id, properties } of deadLetterQueues) {
      const [alarm, ...more] = alarmsOn(id, 'ApproximateNumberOfMessagesVisible');
      assert.ok(alarm, properties.QueueName as string);
      assert.deepEqual(more, []);
      assert.equal(alarm.properties.Threshold, 0);
      assert.equal(alarm.properties.EvaluationPeriods, 1);
    }
  });

  it('keeps its letters as long as SQS can, and jobs wait no longer than that', () => {
    const fourteenDays = 14 * 24 * 3600;
    for (const { properties } of queues) assert.equal(properties.MessageRetentionPeriod, fourteenDays);
  });

  it('is there for each function that the clock starts', () => {
    for (const name of ['monitor', 'housekeeping', 'directory-sync']) {
      const fn = site.all('AWS::Lambda::Function').find(({ properties }) => properties.FunctionName === `kgc-${name}`)!;
      assert.match(JSON.stringify(fn.properties.DeadLetterConfig), /deadletters/);
    }
  });
});

describe('Every queue', () => {
  it('is encrypted and refuses what comes without TLS', () => {
    for (const { id, properties } of queues) {
      assert.equal(properties.SqsManagedSseEnabled, true);
      const [policy] = site
        .all('AWS::SQS::QueuePolicy')
        .filter((candidate) => JSON.stringify(candidate.properties.Queues).includes(`"${id}"`));
      assert.ok(
        statements(policy!).some(
          ({ Effect, Condition }) => Effect === 'Deny' && Condition?.Bool?.['aws:SecureTransport'] === 'false',
        ),
      );
    }
  });
});

function alarmsOn(queue: string, metric: string): readonly Found[] {
  return site
    .all('AWS::CloudWatch::Alarm')
    .filter(
      ({ properties }) =>
        properties.MetricName === metric && JSON.stringify(properties.Dimensions).includes(`"${queue}"`),
    );
}
