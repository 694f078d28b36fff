import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { cloud, PROJECT } from './cloud.ts';

const site = cloud({ monthlyBudget: 100 });
const alarms = site.all('AWS::CloudWatch::Alarm');
const runbook = readFileSync(join(PROJECT, 'docs/operating.md'), 'utf8');
const articles = new Set([...runbook.matchAll(/<a id="([a-z-]+)"><\/a>/g)].map(([, anchor]) => anchor!));
const linked = alarms.map(({ properties }) => {
  const [, anchor] = /docs\/operating\.md#([a-z-]+)$/.exec(properties.AlarmDescription as string) ?? [];
  return anchor;
});

describe('Every alarm', () => {
  it('tells the operator, and tells when it is over', () => {
    for (const { properties } of alarms) {
      assert.equal((properties.AlarmActions as unknown[]).length, 1);
      assert.equal((properties.OKActions as unknown[]).length, 1);
    }
    assert.equal(site.one('AWS::SNS::Subscription', 'operator').properties.Endpoint, 'operator@example.org');
  });

  it('says what is wrong and links to an article that exists', () => {
    alarms.forEach(({ properties }, index) => {
      assert.match(properties.AlarmDescription as string, /^[A-Z].*\. What to do: /, properties.AlarmName as string);
      assert.ok(articles.has(linked[index]!), `${properties.AlarmName} links to ${linked[index]}`);
    });
  });

  it('is silent while there is nothing to measure', () => {
    for (const { properties } of alarms) assert.equal(properties.TreatMissingData, 'notBreaching');
  });
});

describe('Every article of the runbook', () => {
  it('belongs to an alarm', () => {
    assert.deepEqual(
      [...articles].filter((article) => !linked.includes(article)),
      [],
    );
  });

  it('stands alone: what it means, what to look at, what to do', () => {
    for (const article of articles) {
      const [, rest] = runbook.split(`<a id="${article}"></a>`);
      const body = rest!.split(/\n#{2,3} /)[1]!;
      for (const part of ['**Means.**', '**Look.**', '**Do.**']) assert.ok(body.includes(part), `${article}: ${part}`);
    }
  });
});

describe('The budget', () => {
  it('warns the operator before the money is gone', () => {
    const { Budget, NotificationsWithSubscribers } = site.one('AWS::Budgets::Budget').properties as {
      Budget: { BudgetLimit: { Amount: number } };
      NotificationsWithSubscribers: { Notification: { Threshold: number } }[];
    };
    assert.equal(Budget.BudgetLimit.Amount, 100);
    assert.deepEqual(
      NotificationsWithSubscribers.map(({ Notification }) => Notification.Threshold),
      [80, 100],
    );
    assert.deepEqual(cloud().all('AWS::Budgets::Budget'), []);
  });
});
