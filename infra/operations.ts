import { Duration, Stack, type StackProps } from 'aws-cdk-lib';
import * as budgets from 'aws-cdk-lib/aws-budgets';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { ApiStack } from './api.ts';
import type { DataStack } from './data.ts';
import type { DirectoryStack } from './directory.ts';
import { type MailStack, postmaster } from './mail.ts';
import { ScheduledJob } from './scheduled-job.ts';
import type { Site } from './site.ts';

const HOURS_PER_DAY = 24;

/** Where the monitor finds the operator's templates: a folder beside its bundle, which it runs in. */
const TEMPLATES = 'quotamail';

export interface Rooms {
  readonly data: DataStack;
  readonly directory: DirectoryStack;
  readonly mail: MailStack;
  readonly api: ApiStack;
}

/** What runs by the clock to keep the system in order, and what an operator looks at. */
export class OperationsStack extends Stack {
  readonly monitor: lambda.Function;
  readonly housekeeping: lambda.Function;

  constructor(scope: Construct, id: string, site: Site, rooms: Rooms, props?: StackProps) {
    super(scope, id, { ...props, description: 'Kopano: quotas, housekeeping, dashboard' });
    const { data, mail } = rooms;
    this.monitor = new ScheduledJob(this, 'monitor', {
      site,
      alarms: data.alarms,
      every: Duration.minutes(site.schedule.monitorMinutes),
      meaning: 'A quota check failed for good; warnings may be late.',
      function: {
        description: 'Warns users and companies whose stores near their quota',
        memory: 512,
        timeout: Duration.minutes(10),
        settings: {
          ...data.storeSettings,
          postmasterAddress: postmaster(site),
          quotaResendHours: String(site.quota.resendDays * HOURS_PER_DAY),
          ...(site.quota.templates ? { quotaTemplates: TEMPLATES } : {}),
        },
        ...(site.quota.templates ? { folders: { [TEMPLATES]: site.quota.templates } } : {}),
      },
    }).function;
    data.grantStores(this.monitor);

    this.housekeeping = new ScheduledJob(this, 'housekeeping', {
      site,
      alarms: data.alarms,
      dailyAt: site.schedule.housekeepingHour,
      meaning: 'Nightly housekeeping failed for good; nothing is lost, but rubbish stays.',
      function: {
        description: 'Sweeps expired sessions, old changes and orphaned blobs',
        memory: 512,
        timeout: Duration.minutes(15),
        settings: { ...data.storeSettings, ...mail.spoolSettings },
      },
    }).function;
    data.grantSweeping(this.housekeeping);
    // It wakes the spooler for what waits in the outgoing queue.
    mail.grantSpool(this.housekeeping);

    this.#dashboard(site, rooms);
    this.#budget(site);
  }

  #dashboard(site: Site, { data, mail, api }: Rooms): void {
    const period = Duration.minutes(5);
    const graph = (
      title: string,
      left: cloudwatch.IMetric[],
      right: cloudwatch.IMetric[] = [],
    ): cloudwatch.GraphWidget => new cloudwatch.GraphWidget({ title, left, right, width: 12, height: 6 });
    const waiting = [mail.inbound, mail.spool, mail.postponed, mail.reports];
    new cloudwatch.Dashboard(this, 'dashboard', {
      dashboardName: site.name,
      periodOverride: cloudwatch.PeriodOverride.AUTO,
      widgets: [
        [
          graph(
            'Calls and their errors',
            [
              api.api.metricCount({ period }),
              api.api.metricServerError({ period }),
              api.api.metricClientError({ period }),
            ],
            [api.api.metricLatency({ period, statistic: 'p50' }), api.api.metricLatency({ period, statistic: 'p99' })],
          ),
          graph(
            'Soap function: at once, throttled',
            [api.soap.metric('ConcurrentExecutions', { period, statistic: 'Maximum' })],
            [api.soap.metricThrottles({ period }), api.soap.metricErrors({ period })],
          ),
        ],
        [
          graph(
            'Jobs waiting',
            waiting.map(({ queue }) =>
              queue.metricApproximateNumberOfMessagesVisible({ period, statistic: 'Maximum' }),
            ),
            waiting.map(({ queue }) => queue.metricApproximateAgeOfOldestMessage({ period, statistic: 'Maximum' })),
          ),
          graph(
            'Dead letters',
            waiting.map(({ deadLetters }) =>
              deadLetters.metricApproximateNumberOfMessagesVisible({ period, statistic: 'Maximum' }),
            ),
          ),
        ],
        [
          graph(
            'Database capacity (ACU)',
            [data.cluster.metricServerlessDatabaseCapacity({ period, statistic: 'Average' })],
            [data.cluster.metricACUUtilization({ period, statistic: 'Maximum' })],
          ),
          graph('Function run times (p99)', [
            ...[mail.dagent, mail.spooler, this.monitor, this.housekeeping].map((fn) =>
              fn.metricDuration({ period, statistic: 'p99' }),
            ),
          ]),
        ],
      ],
    });
  }

  /** Tells the alarm address when the month gets dearer than expected. */
  #budget(site: Site): void {
    if (site.monthlyBudget === undefined || site.alarmEmail === undefined) return;
    const notify = (notificationType: 'ACTUAL' | 'FORECASTED', threshold: number, address: string) => ({
      notification: { notificationType, comparisonOperator: 'GREATER_THAN', threshold, thresholdType: 'PERCENTAGE' },
      subscribers: [{ subscriptionType: 'EMAIL', address }],
    });
    new budgets.CfnBudget(this, 'budget', {
      budget: {
        budgetName: `${site.name}-monthly`,
        budgetType: 'COST',
        timeUnit: 'MONTHLY',
        budgetLimit: { amount: site.monthlyBudget, unit: 'USD' },
        costFilters: { TagKeyValue: [`user:site$${site.name}`] },
      },
      notificationsWithSubscribers: [notify('ACTUAL', 80, site.alarmEmail), notify('FORECASTED', 100, site.alarmEmail)],
    });
  }
}
