import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { APIGatewayProxyEvent, ScheduledEvent, SQSEvent } from 'aws-lambda';
import { FUNCTIONS } from '../../infra/function.ts';
import { cloud, PROJECT } from './cloud.ts';

interface Entry {
  readonly file: string;
  readonly function: string;
  readonly source: string;
  readonly shows: string;
}

const site = cloud();
const directory = join(PROJECT, 'events');
const read = (file: string): unknown => JSON.parse(readFileSync(join(directory, file), 'utf8'));
const manifest = read('manifest.json') as readonly Entry[];
const from = <T>(source: string): { file: string; event: T }[] =>
  manifest.filter((entry) => entry.source.startsWith(source)).map(({ file }) => ({ file, event: read(file) as T }));

describe('The sample events', () => {
  it('show every function at work', () => {
    assert.deepEqual(new Set(manifest.map((entry) => entry.function)), new Set(FUNCTIONS));
  });

  it('are all in the manifest, with a word on what they show', () => {
    const files = readdirSync(directory).filter((file) => file.endsWith('.json') && file !== 'manifest.json');
    assert.deepEqual(manifest.map(({ file }) => file).sort(), files.sort());
    for (const { shows } of manifest) assert.match(shows, /^[A-Z].*\.$/);
  });

  it('have SOAP inside, in base64, as a gateway with binary media types has it', () => {
    for (const { event } of from<APIGatewayProxyEvent>('API Gateway')) {
      assert.equal(event.isBase64Encoded, true);
      const body = Buffer.from(event.body!, 'base64');
      assert.match(body.toString('utf8'), /^<\?xml .*<ns:logon>.*<\/SOAP-ENV:Envelope>/s);
      assert.equal(event.headers['Content-Length'], String(body.byteLength));
      assert.equal(event.requestContext.resourcePath, event.resource);
    }
  });

  it('come through routes that the gateway has, with a caller where IAM was asked', () => {
    const routes = ['/', ...site.all('AWS::ApiGateway::Resource').map(({ properties }) => `/${properties.PathPart}`)];
    for (const { event } of from<APIGatewayProxyEvent>('API Gateway')) {
      assert.ok(routes.includes(event.resource), event.resource);
      assert.equal(event.requestContext.stage, 'kopano');
      assert.equal(event.requestContext.identity.userArn !== null, event.resource === '/trusted');
    }
  });

  it('come from queues that the function reads, with bodies that weren’t changed on the way', () => {
    const names = site.all('AWS::SQS::Queue').map(({ properties }) => properties.QueueName);
    for (const { file, event } of from<SQSEvent>('SQS')) {
      for (const record of event.Records) {
        assert.ok(names.includes(record.eventSourceARN.split(':').at(-1)), record.eventSourceARN);
        assert.equal(record.md5OfBody, createHash('md5').update(record.body).digest('hex'), file);
        assert.equal(record.attributes.MessageGroupId !== undefined, record.eventSourceARN.endsWith('.fifo'));
      }
    }
  });

  it('name received mail where the receipt rule puts it', () => {
    for (const { event } of from<SQSEvent>('SQS')) {
      for (const { body, eventSourceARN } of event.Records) {
        if (!eventSourceARN.endsWith('-inbound')) continue;
        const { action } = (JSON.parse(body) as { receipt: { action: { objectKey: string; objectKeyPrefix: string } } })
          .receipt;
        assert.equal(action.objectKeyPrefix, 'inbound/');
        assert.ok(action.objectKey.startsWith('inbound/'));
      }
    }
  });

  it('come by schedules that exist', () => {
    const rules = site.all('AWS::Events::Rule').map(({ properties }) => properties.Name);
    for (const { event } of from<ScheduledEvent>('EventBridge')) {
      assert.ok(rules.includes(event.resources[0]!.split('/').at(-1)));
    }
  });
});
