import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { parseDirectorySettings } from '../../core/platform/directory-access.ts';
import { cloud, permissions } from './cloud.ts';

const ldap = { urls: ['ldaps://dc1.example.org'], baseDn: 'dc=example,dc=org' };
const network = {
  vpcId: 'vpc-0a1b2c3d',
  availabilityZones: ['eu-central-1a', 'eu-central-1b'],
  subnetIds: ['subnet-0a1b2c3d', 'subnet-1a2b3c4d'],
  securityGroupId: 'sg-0a1b2c3d',
};
const none = cloud();
const open = cloud({ ldap });
const inside = cloud({ ldap: { ...ldap, network } });

const fn = (site: typeof none, name: string) =>
  site.all('AWS::Lambda::Function').find(({ properties }) => properties.FunctionName === `kgc-${name}`)!.properties;
const variable = (site: typeof none, name: string, key: string) =>
  (fn(site, name).Environment as { Variables: Record<string, string> }).Variables[key];

describe('Without a directory', () => {
  it('the synchronisation is there, but the clock doesn’t start it', () => {
    assert.equal(none.one('AWS::Events::Rule', 'directorysync').properties.State, 'DISABLED');
  });

  it('nobody pays for a secret', () => {
    assert.equal(none.all('AWS::SecretsManager::Secret').length, 1);
    assert.equal(variable(none, 'soap', 'DIRECTORY'), undefined);
  });
});

describe('With a directory', () => {
  it('its bind password has a secret of its own, which starts with a password that nobody knows', () => {
    const secret = open.one('AWS::SecretsManager::Secret', 'bind').properties;
    assert.equal(secret.Name, 'kgc/directory');
    assert.ok((secret.GenerateSecretString as { GenerateStringKey: string }).GenerateStringKey);
  });

  it('only those read the secret who ask the directory: the synchronisation, and soap for passwords', () => {
    const readers = ['soap', 'dagent', 'spooler', 'monitor', 'directory-sync', 'housekeeping', 'migrate'].filter(
      (name) =>
        permissions(open, `kgc-${name}`).some(
          ({ action, resource }) => action === 'secretsmanager:GetSecretValue' && /bind/.test(JSON.stringify(resource)),
        ),
    );
    assert.deepEqual(readers, ['soap', 'directory-sync']);
  });

  it('the synchronisation keeps little of what it read, with options that Node takes', () => {
    const options = variable(open, 'directory-sync', 'NODE_OPTIONS')!;
    assert.match(options, /--max-semi-space-size=8\b/);
    execFileSync(process.execPath, ['--eval', ''], { env: { NODE_OPTIONS: options } });
  });

  it('both are told where it is', () => {
    for (const name of ['soap', 'directory-sync']) {
      assert.deepEqual(JSON.parse(variable(open, name, 'DIRECTORY')!), {
        source: 'ldap',
        urls: ldap.urls,
        baseDn: ldap.baseDn,
        profile: 'active-directory',
      });
      assert.ok(variable(open, name, 'DIRECTORY_SECRET_ARN'));
    }
  });
});

describe('What is said of a directory', () => {
  it('reaches the function word by word, and what is not said has its default there', () => {
    const more = {
      mapping: { user: { filter: '(kopanoAccount=1)' } },
      deletions: { objects: 3, percent: 1 },
      graceDays: 7,
      startTls: false,
    };
    const said = JSON.parse(variable(cloud({ ldap: { ...ldap, ...more } }), 'directory-sync', 'DIRECTORY')!);
    const parsed = parseDirectorySettings(JSON.stringify(said));
    assert.deepEqual({ ...parsed, ...more }, parsed);
    assert.equal(parsed.timeoutSeconds, 15);
  });
});

describe('Whatever a synchronisation holds', () => {
  it('raises an alarm: the function logs what the filter looks for', () => {
    const filter = open.one('AWS::Logs::MetricFilter', 'held').properties;
    assert.equal(filter.FilterPattern, '{ $.alarm = "directory" }');
    const [{ MetricName }] = filter.MetricTransformations as [{ MetricName: string }];
    const alarm = open.all('AWS::CloudWatch::Alarm').find(({ properties }) => properties.MetricName === MetricName);
    assert.deepEqual([alarm?.properties.AlarmName, alarm?.properties.Threshold], ['kgc-directory-sync-held', 0]);
  });
});

describe('With a directory inside a network', () => {
  it('those who ask it are in that network, and the others are not', () => {
    for (const name of ['soap', 'directory-sync']) {
      assert.deepEqual(fn(inside, name).VpcConfig, {
        SecurityGroupIds: [network.securityGroupId],
        SubnetIds: network.subnetIds,
      });
    }
    for (const name of ['dagent', 'spooler', 'monitor', 'housekeeping', 'migrate']) {
      assert.equal(fn(inside, name).VpcConfig, undefined);
    }
  });

  it('nothing of the network is changed', () => {
    assert.equal(inside.all('AWS::EC2::VPC').length, 1, 'the database’s own');
    assert.deepEqual(inside.all('AWS::EC2::SecurityGroupEgress'), []);
    assert.deepEqual(inside.all('AWS::EC2::SecurityGroupIngress'), []);
  });
});
