import { Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import type { DataStack } from './data.ts';
import type { Settings } from './environment.ts';
import { ScheduledJob } from './scheduled-job.ts';
import type { Directory, Site } from './site.ts';

interface Network {
  readonly vpc: ec2.IVpc;
  readonly securityGroup: ec2.ISecurityGroup;
}

/** Users from LDAP or Active Directory: the bind password, the way to the servers, and the function that synchronises. */
export class DirectoryStack extends Stack {
  /** The network in which the servers are; undefined if they are reached over the internet, or there are none. */
  readonly network: Network | undefined;
  readonly #settings: Settings;
  readonly #secret: secretsmanager.Secret | undefined;

  constructor(scope: Construct, id: string, site: Site, data: DataStack, props?: StackProps) {
    super(scope, id, { ...props, description: 'Kopano: users from LDAP or Active Directory' });
    const { ldap } = site;
    this.#secret = ldap ? this.#bindSecret(site) : undefined;
    this.#settings = ldap ? this.#directorySettings(ldap) : {};
    this.network = ldap?.network ? this.#servers(ldap.network) : undefined;

    const job = new ScheduledJob(this, 'directory-sync', {
      site,
      alarms: data.alarms,
      // Without LDAP there is nothing to read; the function stays, so that switching LDAP on changes only settings.
      enabled: ldap !== undefined,
      every: Duration.minutes(site.schedule.directoryMinutes),
      meaning: 'A directory synchronisation failed for good; users are as they were before.',
      function: {
        description: 'Brings users and groups from LDAP or Active Directory',
        memory: 512,
        // 20,000 people take 210 MB so, and 277 with 25 MB (bench/directory-sync.ts).
        semiSpace: 8,
        timeout: Duration.minutes(10),
        settings: { ...data.storeSettings, ...this.#settings },
        network: this.network,
      },
    });
    data.grantStores(job.function);
    this.grantDirectory(job.function);
    this.#watchHeld(site, data, job);
  }

  /** Every run in which something was held says so in its log; the alarm lasts until one says nothing. */
  #watchHeld(site: Site, data: DataStack, job: ScheduledJob): void {
    const held = new logs.MetricFilter(this, 'held', {
      logGroup: job.function.logGroup,
      filterPattern: logs.FilterPattern.stringValue('$.alarm', '=', 'directory'),
      metricNamespace: 'Kopano',
      metricName: `${site.name}-directory-held`,
      metricValue: '1',
    });
    const minutes = Math.max(5, site.schedule.directoryMinutes);
    data.alarms.raise(this, 'held-alarm', {
      name: 'directory-sync-held',
      meaning: 'Something in the directory looks like a mishap; it was not carried out.',
      article: 'directory-sync-held',
      metric: held.metric({ statistic: 'Sum', period: Duration.minutes(minutes) }),
      above: 0,
      minutes,
    });
  }

  /** What a function has to know to ask the directory. */
  get settings(): Settings {
    return this.#settings;
  }

  /** Lets a function read the bind password. */
  grantDirectory(grantee: lambda.IFunction): void {
    this.#secret?.grantRead(grantee);
  }

  #bindSecret(site: Site): secretsmanager.Secret {
    return new secretsmanager.Secret(this, 'bind', {
      secretName: `${site.name}/directory`,
      description: 'Bind DN and password for the directory; to be filled in by hand',
      // A random password stands in until the operator writes the real one: never an empty bind.
      generateSecretString: { secretStringTemplate: JSON.stringify({ bindDn: '' }), generateStringKey: 'password' },
      removalPolicy: site.removal === 'retain' ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
  }

  #directorySettings(ldap: Directory): Settings {
    // What is left out has its default in the function; `undefined` doesn't appear in JSON.
    const { network: _network, ...said } = ldap;
    return {
      directory: JSON.stringify({ source: 'ldap', ...said }),
      directorySecretArn: this.#secret!.secretArn,
    };
  }

  #servers(network: NonNullable<Directory['network']>): Network {
    return {
      vpc: ec2.Vpc.fromVpcAttributes(this, 'network', {
        vpcId: network.vpcId,
        availabilityZones: [...network.availabilityZones],
        privateSubnetIds: [...network.subnetIds],
      }),
      securityGroup: ec2.SecurityGroup.fromSecurityGroupId(this, 'access', network.securityGroupId, { mutable: false }),
    };
  }
}
