import { CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import * as ses from 'aws-cdk-lib/aws-ses';
import * as actions from 'aws-cdk-lib/aws-ses-actions';
import * as sns from 'aws-cdk-lib/aws-sns';
import { SqsSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
import { type DataStack, INBOUND_PREFIX } from './data.ts';
import type { Settings } from './environment.ts';
import { HandlerFunction } from './function.ts';
import { JobQueue } from './queue.ts';
import type { Site } from './site.ts';

/** Time for a batch of mails; a 40 MB mail with 1,000 attachments has to fit. */
const DELIVERY_TIMEOUT = Duration.minutes(2);
const SENDING_TIMEOUT = Duration.minutes(2);

/** Reports are gathered for so long; a mail in doubt waits far longer for the report that it was taken. */
const REPORT_WINDOW = Duration.seconds(20);

/** SES's own limits: above these rates AWS puts an account under review. */
const BOUNCE_RATE_LIMIT = 0.05;
const COMPLAINT_RATE_LIMIT = 0.001;

/**
 * Mail in: SES writes the raw mail to S3, tells a topic, the topic fills the
 * inbound queue, dagent delivers. Mail out: the spool queue, the spooler, SES;
 * and back again what SES reports of bounces and complaints.
 */
export class MailStack extends Stack {
  readonly inbound: JobQueue;
  readonly spool: JobQueue;
  readonly postponed: JobQueue;
  readonly reports: JobQueue;
  readonly dagent: HandlerFunction;
  readonly spooler: HandlerFunction;
  readonly ruleSetName: string;
  readonly #data: DataStack;

  constructor(scope: Construct, id: string, site: Site, data: DataStack, props?: StackProps) {
    super(scope, id, { ...props, description: 'Kopano: mail in and out' });
    this.#data = data;
    this.ruleSetName = `${site.name}-inbound`;
    const { alarms } = data;

    this.inbound = new JobQueue(this, 'inbound', {
      queueName: `${site.name}-inbound`,
      consumerTimeout: DELIVERY_TIMEOUT,
      attempts: 5,
      alarms,
      deadLetterMeaning: 'A received mail could not be delivered; it is kept in the mail bucket.',
      deadLetterArticle: 'mail-not-delivered',
      backlogMinutes: 30,
      backlogArticle: 'mail-waits',
    });
    this.spool = new JobQueue(this, 'spool', {
      queueName: `${site.name}-spool`,
      fifo: true,
      consumerTimeout: SENDING_TIMEOUT,
      // The spooler itself puts aside what fails; this counts how often it died of a job, and the sender's other mail waits behind it.
      attempts: 4,
      alarms,
      deadLetterMeaning: 'A submitted message could not be sent; it is still in its sender’s outbox.',
      deadLetterArticle: 'mail-not-sent',
      backlogMinutes: 45,
      backlogArticle: 'mail-waits',
    });
    this.postponed = new JobQueue(this, 'postponed', {
      queueName: `${site.name}-postponed`,
      consumerTimeout: SENDING_TIMEOUT,
      // Waking a job again touches neither the database nor SES; if that fails, it is the spool queue that can't be reached.
      attempts: 20,
      alarms,
      deadLetterMeaning:
        'A message that was to be sent later or tried again could not be woken; it is still in its sender’s outbox.',
      deadLetterArticle: 'mail-not-sent',
      backlogMinutes: 60,
      backlogArticle: 'mail-waits',
    });
    this.reports = new JobQueue(this, 'reports', {
      queueName: `${site.name}-reports`,
      consumerTimeout: SENDING_TIMEOUT,
      attempts: 5,
      alarms,
      deadLetterMeaning: 'A bounce or complaint could not be turned into a report to the sender.',
      deadLetterArticle: 'bounce-not-reported',
      backlogMinutes: 60,
      backlogArticle: 'mail-waits',
    });

    this.dagent = this.#dagent(site, data);
    this.spooler = this.#spooler(site, data);
    this.#receive(site, data);
    this.#send(site);
    this.#watchReputation(data);
  }

  /** What a function has to know to submit messages. */
  get spoolSettings(): Settings {
    return {
      spoolQueueUrl: this.spool.queue.queueUrl,
      postponedQueueUrl: this.postponed.queue.queueUrl,
      mailBucket: this.#data.mail.bucketName,
    };
  }

  /** Lets a function put messages and finished mails on the spool; sending them is the spooler's alone. */
  grantSpool(grantee: lambda.IFunction): void {
    grantee.addToRolePolicy(
      new iam.PolicyStatement({
        actions: ['sqs:SendMessage'],
        resources: [this.spool.queue.queueArn, this.postponed.queue.queueArn],
      }),
    );
    this.#data.grantOutboundMail(grantee);
  }

  #dagent(site: Site, data: DataStack): HandlerFunction {
    const dagent = new HandlerFunction(this, 'dagent', {
      site,
      description: 'Delivers received mail to mailboxes',
      memory: 1024,
      timeout: DELIVERY_TIMEOUT,
      concurrency: site.capacity.concurrency.dagent,
      settings: {
        ...data.storeSettings,
        ...this.spoolSettings,
        postmasterAddress: postmaster(site),
        // SES takes no mail in the name of other domains.
        delivery: JSON.stringify({ ...site.delivery, ownDomains: site.domains }),
      },
    });
    data.grantStores(dagent);
    data.grantRawMail(dagent);
    this.grantSpool(dagent);
    dagent.addEventSource(
      new SqsEventSource(this.inbound.queue, {
        enabled: dagent.written,
        batchSize: 5,
        maxConcurrency: site.capacity.concurrency.dagent,
        reportBatchItemFailures: true,
      }),
    );
    return dagent;
  }

  #spooler(site: Site, data: DataStack): HandlerFunction {
    const reportReaders = 2;
    const wakers = 2;
    const spooler = new HandlerFunction(this, 'spooler', {
      site,
      description: 'Sends submitted messages through SES and reports bounces',
      memory: 1024,
      timeout: SENDING_TIMEOUT,
      concurrency: site.capacity.concurrency.spooler + reportReaders + wakers,
      settings: {
        ...data.storeSettings,
        ...this.spoolSettings,
        spoolDeadLettersUrl: this.spool.deadLetters.queueUrl,
        sending: JSON.stringify(sendingSettings(site)),
        postmasterAddress: postmaster(site),
      },
    });
    spooler.addToRolePolicy(
      new iam.PolicyStatement({ actions: ['sqs:SendMessage'], resources: [this.spool.deadLetters.queueArn] }),
    );
    data.grantStores(spooler);
    // It puts aside what has to wait.
    this.grantSpool(spooler);
    data.grantSending(spooler);
    spooler.addEventSource(
      new SqsEventSource(this.spool.queue, {
        enabled: spooler.written,
        batchSize: 1,
        maxConcurrency: site.capacity.concurrency.spooler,
        reportBatchItemFailures: true,
      }),
    );
    spooler.addEventSource(
      new SqsEventSource(this.postponed.queue, {
        enabled: spooler.written,
        batchSize: 10,
        maxConcurrency: wakers,
        reportBatchItemFailures: true,
      }),
    );
    spooler.addEventSource(
      new SqsEventSource(this.reports.queue, {
        enabled: spooler.written,
        // Each mail that SES takes is reported; together they cost one statement.
        batchSize: 100,
        maxBatchingWindow: REPORT_WINDOW,
        maxConcurrency: reportReaders,
        reportBatchItemFailures: true,
      }),
    );
    return spooler;
  }

  #receive(site: Site, data: DataStack): void {
    const topic = new sns.Topic(this, 'received', { topicName: `${site.name}-received`, enforceSSL: true });
    topic.addToResourcePolicy(
      new iam.PolicyStatement({
        actions: ['sns:Publish'],
        principals: [new iam.ServicePrincipal('ses.amazonaws.com')],
        resources: [topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': this.account } },
      }),
    );
    topic.addSubscription(
      new SqsSubscription(this.inbound.queue, { rawMessageDelivery: true, deadLetterQueue: this.inbound.deadLetters }),
    );
    const ruleSet = new ses.ReceiptRuleSet(this, 'receipt', { receiptRuleSetName: this.ruleSetName });
    ruleSet.addRule('deliver', {
      receiptRuleName: 'deliver',
      recipients: [...site.domains],
      // Verdicts on spam and viruses come with the notification; what to do about them is decided at delivery.
      scanEnabled: true,
      tlsPolicy: ses.TlsPolicy.OPTIONAL,
      actions: [new actions.S3({ bucket: data.mail as s3.IBucket, objectKeyPrefix: INBOUND_PREFIX, topic })],
    });
    new CfnOutput(this, 'ReceiptRuleSet', {
      description: 'To be made the active receipt rule set, see docs/operating.md',
      value: this.ruleSetName,
    });
    new CfnOutput(this, 'MxRecord', {
      description: 'MX record of every mail domain',
      value: `10 inbound-smtp.${this.region}.amazonaws.com`,
    });
  }

  #send(site: Site): void {
    const configurationSet = new ses.ConfigurationSet(this, 'sending', {
      configurationSetName: site.name,
      reputationMetrics: true,
      suppressionReasons: ses.SuppressionReasons.BOUNCES_AND_COMPLAINTS,
      tlsPolicy: ses.ConfigurationSetTlsPolicy.OPTIONAL,
    });
    const topic = new sns.Topic(this, 'reported', { topicName: `${site.name}-reported`, enforceSSL: true });
    configurationSet.addEventDestination('reports', {
      configurationSetEventDestinationName: 'reports',
      destination: ses.EventDestination.snsTopic(topic),
      events: [
        // That a mail was taken is what tells a spooler that died from one that didn't get so far.
        ses.EmailSendingEvent.SEND,
        ses.EmailSendingEvent.BOUNCE,
        ses.EmailSendingEvent.COMPLAINT,
        ses.EmailSendingEvent.REJECT,
        ses.EmailSendingEvent.DELIVERY_DELAY,
      ],
    });
    topic.addSubscription(
      new SqsSubscription(this.reports.queue, { rawMessageDelivery: true, deadLetterQueue: this.reports.deadLetters }),
    );
    const identities = site.domains.map((domain) => this.#identity(domain, configurationSet));
    this.spooler.addToRolePolicy(
      new iam.PolicyStatement({
        actions: ['ses:SendRawEmail', 'ses:SendEmail'],
        resources: [
          ...identities.map((identity) => identity.emailIdentityArn),
          this.formatArn({ service: 'ses', resource: 'configuration-set', resourceName: site.name }),
        ],
      }),
    );
  }

  /** A domain that mail may be sent from, signed with DKIM. */
  #identity(domain: string, configurationSet: ses.IConfigurationSet): ses.EmailIdentity {
    const identity = new ses.EmailIdentity(this, `domain-${domain}`, {
      identity: ses.Identity.domain(domain),
      configurationSet,
      // Bounces come through the reports queue, and needn't come as mail too.
      feedbackForwarding: false,
    });
    const label = domain.replace(/[^a-z0-9]/g, '');
    identity.dkimRecords.forEach((record, index) => {
      new CfnOutput(this, `Dkim${label}${index + 1}`, {
        description: `CNAME record ${index + 1} of 3 that proves ${domain} to SES`,
        value: `${record.name} CNAME ${record.value}`,
      });
    });
    return identity;
  }

  #watchReputation(data: DataStack): void {
    const watch = (kind: 'Bounce' | 'Complaint', limit: number): void => {
      data.alarms.raise(this, `${kind.toLowerCase()}-rate`, {
        name: `${kind.toLowerCase()}-rate`,
        meaning: `The account’s ${kind.toLowerCase()} rate is above ${limit * 100} %; AWS may stop its sending.`,
        article: 'sending-reputation',
        metric: new cloudwatch.Metric({
          namespace: 'AWS/SES',
          metricName: `Reputation.${kind}Rate`,
          period: Duration.hours(1),
          statistic: 'Maximum',
        }),
        above: limit,
        minutes: 60,
      });
    };
    watch('Bounce', BOUNCE_RATE_LIMIT);
    watch('Complaint', COMPLAINT_RATE_LIMIT);
  }
}

/** What the spooler is told: SES takes no mail in the name of other domains. */
function sendingSettings({ domains, sending }: Site): object {
  const senders = (sending?.allowedSenders ?? []).map(({ address, users }) => [address.toLowerCase(), users]);
  return { ...sending, allowedSenders: Object.fromEntries(senders), senderDomains: domains };
}

/** Sender of what the system itself has to say. */
export function postmaster(site: Site): string {
  return site.postmaster ?? `postmaster@${site.domains[0]}`;
}
