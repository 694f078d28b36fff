import { Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import * as rds from 'aws-cdk-lib/aws-rds';
import * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { Alarms } from './alarms.ts';
import type { Settings } from './environment.ts';
import type { Site } from './site.ts';

const DATABASE = 'kopano';

/** Where SES writes received mail in the mail bucket. */
export const INBOUND_PREFIX = 'inbound/';

/** Where finished mails wait in it until they are sent (the same name stands in core/mail/spool.ts). */
export const OUTBOUND_PREFIX = 'outbound/';

/**
 * Everything that must outlive a deployment: the database, the blobs, the raw
 * mail, and the alarm topic with its confirmed address.
 *
 * Functions reach the database through the RDS Data API, with IAM and TLS. So
 * the VPC, which Aurora can't do without, has no route to anywhere, costs
 * nothing, and lets nobody in.
 */
export class DataStack extends Stack {
  readonly alarms: Alarms;
  readonly cluster: rds.DatabaseCluster;
  readonly blobs: s3.Bucket;
  readonly mail: s3.Bucket;
  readonly #secret: NonNullable<rds.DatabaseCluster['secret']>;

  constructor(scope: Construct, id: string, site: Site, props?: StackProps) {
    super(scope, id, { ...props, description: 'Kopano: database, blobs and raw mail' });
    const keep = site.removal === 'retain';
    this.alarms = new Alarms(this, 'alarms', site);
    this.cluster = this.#database(site, keep);
    this.#secret = this.cluster.secret!;
    this.blobs = this.#bucket('blobs', keep, {
      versioned: true,
      lifecycleRules: [
        {
          id: 'deleted-blobs-outlive-the-database-backup',
          noncurrentVersionExpiration: Duration.days(site.retention.backupDays + 7),
          expiredObjectDeleteMarker: true,
          abortIncompleteMultipartUploadAfter: Duration.days(1),
        },
      ],
    });
    this.mail = this.#bucket('mail', keep, {
      versioned: true,
      lifecycleRules: [
        {
          id: 'raw-mail',
          expiration: Duration.days(site.retention.rawMailDays),
          noncurrentVersionExpiration: Duration.days(7),
          abortIncompleteMultipartUploadAfter: Duration.days(1),
        },
      ],
    });
    this.alarms.raise(this, 'database-full-load', {
      name: 'database-full-load',
      meaning: 'The database has run at over 90 % of its largest capacity for 15 minutes.',
      article: 'database-full-load',
      metric: this.cluster.metricACUUtilization({ period: Duration.minutes(5), statistic: 'Average' }),
      above: 90,
      minutes: 15,
    });
  }

  #database(site: Site, keep: boolean): rds.DatabaseCluster {
    // The library's classes and interfaces disagree under exactOptionalPropertyTypes, hence the cast.
    const vpc = new ec2.Vpc(this, 'network', {
      ipAddresses: ec2.IpAddresses.cidr('10.86.0.0/24'),
      maxAzs: 2,
      natGateways: 0,
      subnetConfiguration: [{ name: 'database', subnetType: ec2.SubnetType.PRIVATE_ISOLATED, cidrMask: 26 }],
    }) as ec2.IVpc;
    // A long-term support version, which gets patches for three years and no surprises; from 3.08 on it can pause.
    const engine = rds.DatabaseClusterEngine.auroraMysql({ version: rds.AuroraMysqlEngineVersion.VER_3_10_4 });
    const instance = { autoMinorVersionUpgrade: false, publiclyAccessible: false };
    const { databaseMinimum, databaseMaximum, databasePauseMinutes, databaseStandby } = site.capacity;
    return new rds.DatabaseCluster(this, 'database', {
      engine,
      defaultDatabaseName: DATABASE,
      credentials: rds.Credentials.fromGeneratedSecret('kopano', { secretName: `${site.name}/database` }),
      vpc,
      vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
      // Neither in nor out: the Data API doesn't come through the VPC.
      securityGroups: [new ec2.SecurityGroup(this, 'database-access', { vpc, allowAllOutbound: false })],
      writer: rds.ClusterInstance.serverlessV2('writer', instance),
      ...(databaseStandby
        ? { readers: [rds.ClusterInstance.serverlessV2('standby', { ...instance, scaleWithWriter: true })] }
        : {}),
      serverlessV2MinCapacity: databaseMinimum,
      serverlessV2MaxCapacity: databaseMaximum,
      ...(databaseMinimum === 0 ? { serverlessV2AutoPauseDuration: Duration.minutes(databasePauseMinutes) } : {}),
      enableDataApi: true,
      parameterGroup: new rds.ParameterGroup(this, 'parameters', {
        engine,
        description: 'Kopano',
        parameters: {
          character_set_server: 'utf8mb4',
          collation_server: 'utf8mb4_unicode_520_ci',
          time_zone: 'UTC',
          sql_mode: 'STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION',
          // Below the Data API's 45 seconds for a statement, or a lock time-out would never be seen as one.
          innodb_lock_wait_timeout: '20',
        },
      }),
      storageEncrypted: true,
      backup: { retention: Duration.days(site.retention.backupDays), preferredWindow: '01:00-02:00' },
      preferredMaintenanceWindow: 'sun:03:00-sun:04:00',
      // Only the error log leaves the database: slow-query and general logs would carry mail content.
      cloudwatchLogsExports: ['error'],
      deletionProtection: keep,
      copyTagsToSnapshot: true,
      removalPolicy: keep ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
  }

  #bucket(id: string, keep: boolean, props: s3.BucketProps): s3.Bucket {
    return new s3.Bucket(this, id, {
      ...props,
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
      encryption: s3.BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      removalPolicy: keep ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
      ...(keep ? {} : { autoDeleteObjects: true }),
    });
  }

  /** What a function has to know to work on stores: database and blobs. */
  get storeSettings(): Settings {
    return {
      databaseClusterArn: this.cluster.clusterArn,
      databaseSecretArn: this.#secret.secretArn,
      databaseName: DATABASE,
      blobBucket: this.blobs.bucketName,
    };
  }

  /** Lets a function run statements through the Data API, and read the credentials that the Data API asks for. */
  grantDatabase(grantee: lambda.IFunction): void {
    this.cluster.grantDataApiAccess(grantee);
  }

  /** Lets a function work on stores: run statements, read and write blobs, but never delete one. */
  grantStores(grantee: lambda.IFunction): void {
    this.grantDatabase(grantee);
    allow(grantee, ['s3:GetObject', 's3:PutObject'], [this.blobs.arnForObjects('*')]);
    // Without the right to list, S3 answers "forbidden" instead of "not found" for a missing blob.
    allow(grantee, ['s3:ListBucket'], [this.blobs.bucketArn]);
  }

  /** Lets a function sweep orphaned blobs. */
  grantSweeping(grantee: lambda.IFunction): void {
    this.grantDatabase(grantee);
    allow(grantee, ['s3:DeleteObject'], [this.blobs.arnForObjects('*')]);
    allow(grantee, ['s3:ListBucket'], [this.blobs.bucketArn]);
  }

  /** Lets a function read received raw mail. */
  grantRawMail(grantee: lambda.IFunction): void {
    allow(grantee, ['s3:GetObject'], [this.mail.arnForObjects(`${INBOUND_PREFIX}*`)]);
    allow(grantee, ['s3:ListBucket'], [this.mail.bucketArn]);
  }

  /** Lets a function put finished mails where the spooler fetches them. */
  grantOutboundMail(grantee: lambda.IFunction): void {
    allow(grantee, ['s3:PutObject'], [this.mail.arnForObjects(`${OUTBOUND_PREFIX}*`)]);
  }

  /** Lets the spooler fetch finished mails; what is sent expires with all raw mail. */
  grantSending(grantee: lambda.IFunction): void {
    allow(grantee, ['s3:GetObject'], [this.mail.arnForObjects(`${OUTBOUND_PREFIX}*`)]);
    allow(grantee, ['s3:ListBucket'], [this.mail.bucketArn]);
  }
}

function allow(grantee: lambda.IFunction, actions: string[], resources: string[]): void {
  grantee.addToRolePolicy(new iam.PolicyStatement({ actions, resources }));
}
