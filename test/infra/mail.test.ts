import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseDeliverySettings } from '../../core/mail/delivery-settings.ts';
import { asList, cloud, permissions, statements } from './cloud.ts';

const site = cloud();
const functionNames = site
  .all('AWS::Lambda::Function')
  .flatMap(({ properties }) => (properties.FunctionName ? [properties.FunctionName as string] : []));

describe('Received mail', () => {
  const { Rule } = site.one('AWS::SES::ReceiptRule').properties as {
    Rule: { Recipients: string[]; ScanEnabled: boolean; Enabled: boolean; Actions: { S3Action: S3Action }[] };
  };

  it('is taken for every domain of the site, and scanned', () => {
    assert.deepEqual(Rule.Recipients, ['example.org', 'example.net']);
    assert.equal(Rule.ScanEnabled, true);
    assert.equal(Rule.Enabled, true);
  });

  it('is in the bucket before anybody hears of it', () => {
    assert.equal(Rule.Actions.length, 1);
    const { S3Action } = Rule.Actions[0]!;
    assert.equal(S3Action.ObjectKeyPrefix, 'inbound/');
    assert.match(JSON.stringify(S3Action.TopicArn), /received/);
  });

  it('reaches the inbound queue as SES wrote it', () => {
    const { properties } = site.one('AWS::SNS::Subscription', 'inbound');
    assert.equal(properties.RawMessageDelivery, true);
    assert.match(JSON.stringify(properties.Endpoint), /inboundqueue/);
    assert.match(
      JSON.stringify(properties.RedrivePolicy),
      /inbounddeadletters/,
      'a notice that the queue refuses is kept',
    );
  });

  it('can be written by SES only, and only for this account', () => {
    const policy = site.one('AWS::S3::BucketPolicy', 'mail');
    const allowed = statements(policy).filter(({ Effect }) => Effect === 'Allow');
    assert.equal(allowed.length, 1);
    assert.deepEqual(allowed[0]!.Action, 's3:PutObject');
    assert.deepEqual(allowed[0]!.Principal, { Service: 'ses.amazonaws.com' });
    assert.ok(allowed[0]!.Condition?.StringEquals?.['aws:SourceAccount']);
  });

  it('is delivered as the site says, in words that delivery understands', () => {
    const delivery = { overQuota: 'retry', replyToCc: true, spamHeader: { name: 'X-Spam', value: 'yes' } };
    const { Environment } = cloud({ delivery }).one('AWS::Lambda::Function', 'dagent').properties as {
      Environment: { Variables: Record<string, string> };
    };
    const settings = parseDeliverySettings(Environment.Variables.DELIVERY);
    assert.deepEqual({ ...settings, ...delivery }, settings);
    assert.deepEqual(settings.ownDomains, ['example.org', 'example.net']);
  });

  it('is read by the dagent only', () => {
    for (const name of functionNames) {
      const reads = permissions(site, name).some(
        ({ action, resource }) => action === 's3:GetObject' && JSON.stringify(resource).includes('/inbound/*'),
      );
      assert.equal(reads, name === 'kgc-dagent', name);
    }
  });
});

describe('Mail out', () => {
  it('can be sent by the spooler only: not by the soap function, nor any other', () => {
    for (const name of functionNames) {
      const sends = permissions(site, name).some(({ action }) => action.startsWith('ses:'));
      assert.equal(sends, name === 'kgc-spooler', name);
    }
  });

  it('can be sent in the name of the site’s domains only', () => {
    const resources = permissions(site, 'kgc-spooler')
      .filter(({ action }) => action.startsWith('ses:'))
      .map(({ resource }) => JSON.stringify(resource));
    assert.ok(resources.length > 0);
    for (const resource of resources) {
      assert.match(resource, /:identity\/|:configuration-set\/kgc/);
      assert.doesNotMatch(resource, /\*/);
    }
    assert.equal(site.all('AWS::SES::EmailIdentity').length, 2);
  });

  it('can be submitted by those who have something to say', () => {
    const submitters = functionNames.filter((name) =>
      permissions(site, name).some(
        ({ action, resource }) => action === 'sqs:SendMessage' && /spool/.test(JSON.stringify(resource)),
      ),
    );
    assert.deepEqual(submitters.sort(), ['kgc-dagent', 'kgc-housekeeping', 'kgc-soap', 'kgc-spooler']);
  });

  it('is reported back: what was taken, bounces, complaints, rejections and delays reach the spooler', () => {
    const { EventDestination } = site.one('AWS::SES::ConfigurationSetEventDestination').properties as {
      EventDestination: { MatchingEventTypes: string[]; Enabled: boolean };
    };
    assert.deepEqual([...EventDestination.MatchingEventTypes].sort(), [
      'bounce',
      'complaint',
      'deliveryDelay',
      'reject',
      'send',
    ]);
    const { properties } = site.one('AWS::SNS::Subscription', 'reports');
    assert.equal(properties.RawMessageDelivery, true);
    assert.match(JSON.stringify(properties.Endpoint), /reportsqueue/);
  });

  it('is suppressed to addresses that bounced or complained', () => {
    const { SuppressionOptions } = site.one('AWS::SES::ConfigurationSet').properties;
    assert.deepEqual(SuppressionOptions, { SuppressedReasons: ['BOUNCE', 'COMPLAINT'] });
  });
});

describe('The topics', () => {
  it('take messages from named AWS services of this account only', () => {
    for (const policy of site.all('AWS::SNS::TopicPolicy')) {
      for (const { Effect, Principal, Condition, Action } of statements(policy)) {
        if (Effect !== 'Allow') continue;
        assert.deepEqual(asList(Action), ['sns:Publish']);
        assert.match((Principal as { Service: string }).Service, /^(ses|cloudwatch)\.amazonaws\.com$/);
        const bounds = Object.keys(Condition?.StringEquals ?? {}).map((key) => key.toLowerCase());
        assert.ok(bounds.includes('aws:sourceaccount'));
      }
    }
  });
});

interface S3Action {
  readonly ObjectKeyPrefix: string;
  readonly TopicArn: unknown;
}
