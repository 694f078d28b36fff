import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cloud } from './cloud.ts';

const site = cloud();

describe('Migrations', () => {
  it('run before any function gets new code', () => {
    for (const concern of ['directory', 'mail', 'api', 'operations'] as const) {
      const before = site.stacks[concern].dependencies.map(({ stackName }) => stackName);
      assert.ok(before.includes('kgc-schema'), concern);
    }
  });

  it('run on each deployment that changes them', () => {
    const trigger = site.one('Custom::Trigger').properties;
    assert.equal(trigger.InvocationType, 'RequestResponse', 'the deployment waits, and fails if they fail');
    assert.equal(trigger.ExecuteOnHandlerChange, true);
    assert.match(JSON.stringify(trigger.HandlerArn), /migrateCurrentVersion/);
  });

  it('end before the deployment stops waiting for them', () => {
    const { Timeout } = site.one('AWS::Lambda::Function', 'migrate').properties;
    assert.ok((Timeout as number) * 1000 < Number(site.one('Custom::Trigger').properties.Timeout));
  });

  it('never run twice at once', () => {
    assert.equal(site.one('AWS::Lambda::Function', 'migrate').properties.ReservedConcurrentExecutions, 1);
  });
});
