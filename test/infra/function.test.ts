import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { FUNCTIONS, handlerFile } from '../../infra/function.ts';
import { DESCRIPTIONS } from '../../local/functions/catalogue.ts';
import { type Cloud, cloud, type Found, PROJECT, permissions } from './cloud.ts';

const site = cloud();
const functions = ours(site);

describe('Every function', () => {
  it('is there', () => {
    assert.deepEqual(
      functions.map(({ properties }) => properties.FunctionName).sort(),
      FUNCTIONS.map((name) => `kgc-${name}`).sort(),
    );
  });

  it('runs Node 24 on arm64', () => {
    for (const { properties } of functions) {
      assert.equal(properties.Runtime, 'nodejs24.x');
      assert.deepEqual(properties.Architectures, ['arm64']);
    }
  });

  it('is bounded in time and number', () => {
    for (const { properties } of functions) {
      const name = properties.FunctionName as string;
      assert.ok((properties.Timeout as number) <= 15 * 60, name);
      assert.ok((properties.ReservedConcurrentExecutions as number) >= 1, name);
    }
  });

  it('takes from the account only what leaves the rest room: 1000 is the usual limit, 100 must stay free', () => {
    const reserved = functions.map(({ properties }) => properties.ReservedConcurrentExecutions as number);
    assert.ok(reserved.reduce((sum, each) => sum + each) <= 900);
  });

  it('reserves nothing in an account that has nothing to give', () => {
    for (const { properties } of ours(cloud({ capacity: { concurrency: { reserve: false } } }))) {
      assert.equal(properties.ReservedConcurrentExecutions, undefined);
    }
  });

  it('has the time and memory here that it has in the local cloud', () => {
    for (const name of FUNCTIONS) {
      const { Timeout, MemorySize } = called(name).properties;
      assert.equal(Timeout, DESCRIPTIONS[name].timeoutSeconds, name);
      // The local soap process serves many calls at once; in the cloud an instance serves one.
      if (name !== 'soap') assert.equal(MemorySize, DESCRIPTIONS[name].memoryMB, name);
    }
  });

  it('writes its own log, which ends with its retention', () => {
    for (const { properties, stack } of functions) {
      const { LogGroup } = properties.LoggingConfig as { LogGroup: { Ref: string } };
      const log = site
        .all('AWS::Logs::LogGroup')
        .find(({ id, stack: where }) => id === LogGroup.Ref && where === stack)!;
      assert.equal(log.properties.LogGroupName, `/aws/lambda/${properties.FunctionName}`);
      assert.equal(log.properties.RetentionInDays, 30);
    }
  });

  it('finds the database', () => {
    for (const { properties } of functions) {
      const { Variables } = properties.Environment as { Variables: Record<string, unknown> };
      for (const name of ['DATABASE_CLUSTER_ARN', 'DATABASE_SECRET_ARN', 'DATABASE_NAME', 'LOG_LEVEL']) {
        assert.ok(Variables[name], `${properties.FunctionName} has ${name}`);
      }
    }
  });

  it('knows the site’s name and mode', () => {
    for (const { properties } of ours(cloud({ serverName: 'mail.example.org', hosted: true }))) {
      const { Variables } = properties.Environment as { Variables: Record<string, unknown> };
      assert.deepEqual([Variables.SERVER_NAME, Variables.HOSTED], ['mail.example.org', 'true']);
    }
  });

  it('keeps to the site’s quotas, in bytes; the monitor knows when to repeat itself, and where the templates are', () => {
    const templates = 'docs';
    const quota = { user: { warn: 90, hard: 100 }, company: { warn: 1 }, resendDays: 2, templates };
    for (const { properties } of ours(cloud({ quota }))) {
      const { Variables } = properties.Environment as { Variables: Record<string, string> };
      assert.deepEqual(JSON.parse(Variables.QUOTA_DEFAULTS!), {
        user: { warn: 90 * 1024 ** 2, soft: 0, hard: 100 * 1024 ** 2 },
        company: { warn: 1024 ** 2, soft: 0, hard: 0 },
      });
      const monitors = properties.FunctionName === 'kgc-monitor';
      assert.equal(Variables.QUOTA_RESEND_HOURS, monitors ? '48' : undefined);
      assert.equal(Variables.QUOTA_TEMPLATES, monitors ? 'quotamail' : undefined);
    }
  });

  it('stays out of the database’s network', () => {
    for (const { properties } of functions) assert.equal(properties.VpcConfig, undefined);
  });
});

describe('A function without a handler', () => {
  const written = (id: string): boolean => existsSync(handlerFile(FUNCTIONS.find((name) => called(name).id === id)!));

  it('is fed by no queue and no clock; any other is', () => {
    for (const { properties } of site.all('AWS::Lambda::EventSourceMapping')) {
      assert.equal(properties.Enabled, written((properties.FunctionName as { Ref: string }).Ref));
    }
    const { ldap } = JSON.parse(readFileSync(join(PROJECT, 'infra/site.example.json'), 'utf8')) as { ldap: object };
    for (const { properties } of cloud({ ldap }).all('AWS::Events::Rule')) {
      const [target] = properties.Targets as { Arn: { 'Fn::GetAtt': [string, string] } }[];
      assert.equal(properties.State, written(target!.Arn['Fn::GetAtt'][0]) ? 'ENABLED' : 'DISABLED');
    }
  });
});

describe('The rights of every function', () => {
  const rights = FUNCTIONS.map((name) => ({ name, allowed: permissions(site, `kgc-${name}`) }));

  it('name their actions and their resources', () => {
    for (const { name, allowed } of rights) {
      assert.ok(allowed.length > 0);
      for (const { action, resource } of allowed) {
        assert.doesNotMatch(action, /\*/, `${name}: ${action}`);
        assert.notEqual(resource, '*', `${name}: ${action}`);
      }
    }
  });

  it('come from no ready-made policy', () => {
    for (const { properties } of functions) {
      const role = (properties.Role as { 'Fn::GetAtt': [string, string] })['Fn::GetAtt'][0];
      assert.equal(site.one('AWS::IAM::Role', role).properties.ManagedPolicyArns, undefined);
    }
  });

  it('let nobody delete a blob but housekeeping', () => {
    for (const { name, allowed } of rights) {
      const deletes = allowed.some(({ action }) => action.startsWith('s3:Delete'));
      assert.equal(deletes, name === 'housekeeping', name);
    }
  });

  it('let migrations touch nothing but the database', () => {
    const { allowed } = rights.find(({ name }) => name === 'migrate')!;
    for (const { action } of allowed) assert.match(action, /^(rds-data|secretsmanager|logs):/);
  });

  it('open no secret but the database’s, where there is no directory', () => {
    for (const { allowed } of rights) {
      for (const { action, resource } of allowed) {
        if (action.startsWith('secretsmanager:')) assert.match(JSON.stringify(resource), /databaseSecret/);
      }
    }
  });
});

function ours(of: Cloud): readonly Found[] {
  return of.all('AWS::Lambda::Function').filter(({ properties }) => properties.FunctionName !== undefined);
}

function called(name: string): Found {
  return functions.find(({ properties }) => properties.FunctionName === `kgc-${name}`)!;
}
