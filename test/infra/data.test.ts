import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Template } from 'aws-cdk-lib/assertions';
import { BEHAVIOUR_SETTINGS } from '../../local/database/mariadb.ts';
import { asList, cloud, statements } from './cloud.ts';

const site = cloud();
const throwAway = cloud({ removal: 'destroy' });
const cluster = site.one('AWS::RDS::DBCluster').properties;

describe('The database', () => {
  it('scales to zero when nobody uses it', () => {
    assert.deepEqual(cluster.ServerlessV2ScalingConfiguration, {
      MinCapacity: 0,
      MaxCapacity: 8,
      SecondsUntilAutoPause: 600,
    });
  });

  it('never pauses where a site wants it warm', () => {
    const warm = cloud({ capacity: { databaseMinimum: 0.5, databaseMaximum: 16 } }).one('AWS::RDS::DBCluster');
    assert.deepEqual(warm.properties.ServerlessV2ScalingConfiguration, { MinCapacity: 0.5, MaxCapacity: 16 });
  });

  it('answers the Data API', () => {
    assert.equal(cluster.EnableHttpEndpoint, true);
  });

  it('runs a version that has the Data API and can pause: 3.08 or later', () => {
    const [, minor] = /^8\.0\.mysql_aurora\.3\.(\d\d)\.\d+$/.exec(cluster.EngineVersion as string)!;
    assert.ok(Number(minor) >= 8);
  });

  it('stays on its version until the operator changes it', () => {
    for (const { properties } of site.all('AWS::RDS::DBInstance'))
      assert.equal(properties.AutoMinorVersionUpgrade, false);
  });

  it('is encrypted, backed up and guarded against deletion', () => {
    assert.equal(cluster.StorageEncrypted, true);
    assert.equal(cluster.BackupRetentionPeriod, 14);
    assert.equal(cluster.DeletionProtection, true);
  });

  it('can be reached by nobody but the Data API', () => {
    const [group] = site.all('AWS::EC2::SecurityGroup');
    assert.equal(group?.properties.SecurityGroupIngress, undefined);
    const egress = asList(group?.properties.SecurityGroupEgress ?? []) as { CidrIp: string }[];
    assert.deepEqual(
      egress.map(({ CidrIp }) => CidrIp),
      ['255.255.255.255/32'],
      'the rule that stands for none',
    );
    for (const type of ['AWS::EC2::InternetGateway', 'AWS::EC2::NatGateway', 'AWS::EC2::Route']) {
      assert.deepEqual(site.all(type), []);
    }
    for (const { properties } of site.all('AWS::RDS::DBInstance')) assert.equal(properties.PubliclyAccessible, false);
  });

  it('keeps its password in a secret and nowhere else', () => {
    assert.match(JSON.stringify(cluster.MasterUserPassword), /resolve:secretsmanager:/);
  });

  it('lets no log out that could hold mail', () => {
    assert.deepEqual(cluster.EnableCloudwatchLogsExports, ['error']);
    assert.equal(cluster.PerformanceInsightsEnabled, undefined);
  });

  it('behaves as the local one does', () => {
    const { Parameters } = site.one('AWS::RDS::DBClusterParameterGroup').properties as {
      Parameters: Record<string, string>;
    };
    /** What Aurora MySQL 3 has unless told otherwise. */
    const defaults: Record<string, string> = {
      transaction_isolation: 'REPEATABLE-READ',
      lower_case_table_names: '0',
      explicit_defaults_for_timestamp: 'ON',
    };
    const here = { ...defaults, ...Parameters };
    for (const [name, value] of Object.entries(BEHAVIOUR_SETTINGS)) {
      if (name === 'default-time-zone') assert.deepEqual([value, here.time_zone], ['+00:00', 'UTC']);
      else assert.equal(here[name.replaceAll('-', '_')], value, name);
    }
  });

  it('has a standby in another zone where a site pays for one', () => {
    assert.equal(site.all('AWS::RDS::DBInstance').length, 1);
    assert.equal(cloud({ capacity: { databaseStandby: true } }).all('AWS::RDS::DBInstance').length, 2);
  });
});

describe('The buckets', () => {
  it('are two: blobs and raw mail', () => {
    assert.equal(site.all('AWS::S3::Bucket').length, 2);
  });

  it('are open to no public', () => {
    for (const { properties } of site.all('AWS::S3::Bucket')) {
      assert.deepEqual(properties.PublicAccessBlockConfiguration, {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      });
    }
  });

  it('grant nothing to the world, and refuse what comes without TLS', () => {
    for (const policy of site.all('AWS::S3::BucketPolicy')) {
      const all = statements(policy);
      assert.ok(
        all.some(({ Effect, Condition }) => Effect === 'Deny' && Condition?.Bool?.['aws:SecureTransport'] === 'false'),
      );
      for (const { Effect, Principal } of all) {
        if (Effect === 'Allow') assert.doesNotMatch(JSON.stringify(Principal), /\*/);
      }
    }
  });

  it('are encrypted and versioned', () => {
    for (const { properties } of site.all('AWS::S3::Bucket')) {
      assert.ok(properties.BucketEncryption);
      assert.deepEqual(properties.VersioningConfiguration, { Status: 'Enabled' });
    }
  });

  it('keep a deleted blob for longer than the database can be set back', () => {
    const blobs = lifecycle('blobs');
    assert.ok(blobs.NoncurrentVersionExpiration!.NoncurrentDays > (cluster.BackupRetentionPeriod as number));
    assert.equal(blobs.ExpirationInDays, undefined, 'a blob that is in use never expires');
  });

  it('let raw mail expire', () => {
    assert.equal(lifecycle('mail').ExpirationInDays, 30);
  });
});

describe('Deleting the stacks', () => {
  const stateful = ['AWS::RDS::DBCluster', 'AWS::RDS::DBInstance', 'AWS::S3::Bucket'];

  it('leaves database and buckets', () => {
    for (const resource of stateful.flatMap((type) => site.all(type))) assert.equal(resource.deletionPolicy, 'Retain');
    assert.equal(site.stacks.data.terminationProtection, true);
  });

  it('leaves nothing of a throw-away site', () => {
    for (const resource of stateful.flatMap((type) => throwAway.all(type))) {
      assert.equal(resource.deletionPolicy, 'Delete', resource.id);
    }
    assert.equal(throwAway.one('AWS::RDS::DBCluster').properties.DeletionProtection, false);
    assert.equal(throwAway.stacks.data.terminationProtection, false);
    assert.equal(throwAway.all('Custom::S3AutoDeleteObjects').length, 2);
  });
});

describe('The data stack', () => {
  it('depends on no other, so that it changes only for its own sake', () => {
    assert.deepEqual(site.stacks.data.dependencies, []);
    assert.doesNotMatch(
      JSON.stringify(Template.fromStack(site.stacks.data).toJSON()),
      /Fn::(ImportValue|GetStackOutput)/,
    );
  });
});

interface Lifecycle {
  readonly ExpirationInDays?: number;
  readonly NoncurrentVersionExpiration?: { readonly NoncurrentDays: number };
}

function lifecycle(bucket: string): Lifecycle {
  const { LifecycleConfiguration } = site.one('AWS::S3::Bucket', bucket).properties as {
    LifecycleConfiguration: { Rules: Lifecycle[] };
  };
  assert.equal(LifecycleConfiguration.Rules.length, 1);
  return LifecycleConfiguration.Rules[0]!;
}
