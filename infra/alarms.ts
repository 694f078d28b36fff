import { type Duration, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as sns from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import type { Site } from './site.ts';

/** Where the runbook lies: one article per kind of alarm, named by its anchor. */
export const RUNBOOK = 'docs/operating.md';

export interface AlarmProps {
  /** Name after the site's prefix. */
  readonly name: string;
  /** What is wrong, in a sentence. */
  readonly meaning: string;
  /** Anchor of the article in the runbook. */
  readonly article: string;
  readonly metric: cloudwatch.IMetric & { readonly period?: Duration };
  /** The alarm rises above this value. */
  readonly above: number;
  /** How long it has to stay above. */
  readonly minutes: number;
}

/** The address that all alarms go to, and the one way to make an alarm. */
export class Alarms extends Construct {
  readonly topic: sns.Topic;
  readonly #site: Site;

  constructor(scope: Construct, id: string, site: Site) {
    super(scope, id);
    this.#site = site;
    this.topic = new sns.Topic(this, 'topic', { topicName: `${site.name}-alarms`, enforceSSL: true });
    // A topic with a policy of its own loses the default one, so the service that publishes is named.
    this.topic.addToResourcePolicy(
      new iam.PolicyStatement({
        actions: ['sns:Publish'],
        principals: [new iam.ServicePrincipal('cloudwatch.amazonaws.com')],
        resources: [this.topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    );
    if (site.alarmEmail) this.topic.addSubscription(new EmailSubscription(site.alarmEmail));
  }

  /** Makes an alarm beside the thing that it watches. */
  raise(scope: Construct, id: string, props: AlarmProps): cloudwatch.Alarm {
    const period = props.metric.period?.toMinutes() ?? 5;
    const alarm = new cloudwatch.Alarm(scope, id, {
      alarmName: `${this.#site.name}-${props.name}`,
      alarmDescription: `${props.meaning} What to do: ${RUNBOOK}#${props.article}`,
      metric: props.metric,
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
      threshold: props.above,
      evaluationPeriods: Math.max(1, Math.ceil(props.minutes / period)),
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
    });
    const action = new SnsAction(this.topic);
    alarm.addAlarmAction(action);
    alarm.addOkAction(action);
    return alarm;
  }
}
