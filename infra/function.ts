import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Annotations, Duration, RemovalPolicy } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { type ICommandHooks, NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import * as logs from 'aws-cdk-lib/aws-logs';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { type Settings, variables } from './environment.ts';
import type { Site } from './site.ts';

/** Top of the project, where package-lock.json lies. */
const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** The functions, each the folder of its handler in `lambdas/`. */
export const FUNCTIONS = ['soap', 'dagent', 'spooler', 'monitor', 'directory-sync', 'housekeeping', 'migrate'] as const;
export type FunctionName = (typeof FUNCTIONS)[number];

/** The source of a function. */
export function handlerFile(name: FunctionName): string {
  return `${ROOT}lambdas/${name}/handler.ts`;
}

/** Stands in for a handler that isn't there. Whatever feeds the function is off then, so jobs wait for it unharmed. */
const REFUSAL = "exports.handler = async () => { throw new Error('This function has no handler.'); };";

export interface HandlerFunctionProps {
  readonly site: Site;
  readonly description: string;
  /** MB; the processor share grows with it, one whole core at 1769. */
  readonly memory: number;
  readonly timeout: Duration;
  /** MB of each half of the heap for young objects; where much is read and thrown away, a small one keeps the process small. */
  readonly semiSpace?: number;
  /** The most instances at once. */
  readonly concurrency: number;
  readonly settings: Settings;
  /** Where jobs go that AWS invokes asynchronously and that failed for good. */
  readonly deadLetters?: sqs.IQueue;
  /** Files of the operator's that the function finds in its folder, by the name of the folder there. */
  readonly folders?: Readonly<Record<string, string>>;
  /** The site's own network, for functions that talk to the LDAP servers there. */
  readonly network?: { readonly vpc: ec2.IVpc; readonly securityGroup: ec2.ISecurityGroup } | undefined;
}

/** One of our functions: `lambdas/<name>/handler.ts`, bundled to one ES module, with a log of bounded age. */
export class HandlerFunction extends NodejsFunction {
  /** Whether the handler is there. What feeds the function by queue or clock has to be off otherwise. */
  readonly written: boolean;

  constructor(scope: Construct, name: FunctionName, props: HandlerFunctionProps) {
    const { site, network } = props;
    const functionName = `${site.name}-${name}`;
    const entry = handlerFile(name);
    const written = existsSync(entry);
    const logGroup = new logs.LogGroup(scope, `${name}-log`, {
      logGroupName: `/aws/lambda/${functionName}`,
      retention: site.retention.logDays as logs.RetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    super(scope, name, {
      functionName,
      role: roleOf(scope, name, logGroup, network !== undefined),
      description: props.description,
      entry,
      ...(written ? {} : { code: lambda.Code.fromInline(REFUSAL), handler: 'index.handler' }),
      projectRoot: ROOT,
      depsLockFilePath: `${ROOT}package-lock.json`,
      runtime: lambda.Runtime.NODEJS_24_X,
      architecture: lambda.Architecture.ARM_64,
      memorySize: props.memory,
      timeout: props.timeout,
      // Reserving is both a bound and a promise: nobody else in the account can take these instances away.
      ...(site.capacity.concurrency.reserve ? { reservedConcurrentExecutions: props.concurrency } : {}),
      environment: {
        ...variables({ ...serverSettings(site), ...props.settings }),
        NODE_OPTIONS: [
          '--enable-source-maps',
          ...(props.semiSpace === undefined ? [] : [`--max-semi-space-size=${props.semiSpace}`]),
        ].join(' '),
      },
      logGroup,
      ...(props.deadLetters
        ? { deadLetterQueue: props.deadLetters, retryAttempts: 2, maxEventAge: Duration.hours(1) }
        : {}),
      ...(network ? { vpc: network.vpc, securityGroups: [network.securityGroup] } : {}),
      bundling: {
        format: OutputFormat.ESM,
        mainFields: ['module', 'main'],
        minify: true,
        // Errors are told apart by class name in logs and dead letters.
        keepNames: true,
        sourceMap: true,
        sourcesContent: false,
        // The SDK of the lockfile, not the one that the runtime happens to carry.
        bundleAwsSDK: true,
        // CommonJS packages inside an ES module still call require for Node's own modules.
        banner: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);",
        ...(props.folders ? { commandHooks: copying(props.folders) } : {}),
      },
    });
    this.written = written;
    if (!written) {
      Annotations.of(this).addWarningV2(
        'kopano:handler-missing',
        `lambdas/${name}/handler.ts is missing; ${functionName} is deployed switched off.`,
      );
    }
  }
}

/** Puts the operator's files beside the bundle. */
function copying(folders: Readonly<Record<string, string>>): ICommandHooks {
  const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
  return {
    beforeBundling: () => [],
    beforeInstall: () => [],
    afterBundling: (_from, to) =>
      Object.entries(folders).map(
        ([name, folder]) => `cp -R ${quoted(resolve(ROOT, folder))} ${quoted(`${to}/${name}`)}`,
      ),
  };
}

/** What every function has to know of the site. */
function serverSettings(site: Site): Settings {
  return {
    logLevel: site.logLevel,
    ...(site.serverName ? { serverName: site.serverName } : {}),
    ...(site.hosted ? { hosted: 'true' } : {}),
    ...quotaDefaults(site),
  };
}

const BYTES_PER_MEGABYTE = 1024 ** 2;

/** The site's own limits in bytes; every function that writes keeps to them. */
function quotaDefaults({ quota: { user, company } }: Site): Settings {
  if (!user && !company) return {};
  const bytes = ({ warn = 0, soft = 0, hard = 0 }: { warn?: number; soft?: number; hard?: number }) => ({
    warn: warn * BYTES_PER_MEGABYTE,
    soft: soft * BYTES_PER_MEGABYTE,
    hard: hard * BYTES_PER_MEGABYTE,
  });
  return {
    quotaDefaults: JSON.stringify({ ...(user && { user: bytes(user) }), ...(company && { company: bytes(company) }) }),
  };
}

/** A role that may write its own log and nothing else; AWS's ready-made one may write every log of the account. */
function roleOf(scope: Construct, name: FunctionName, logGroup: logs.LogGroup, inNetwork: boolean): iam.Role {
  const role = new iam.Role(scope, `${name}-role`, {
    assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
    ...(inNetwork
      ? {
          // Making network interfaces can't be narrowed down; AWS keeps the list of what Lambda needs for it.
          managedPolicies: [iam.ManagedPolicy.fromAwsManagedPolicyName('service-role/AWSLambdaVPCAccessExecutionRole')],
        }
      : {}),
  });
  logGroup.grantWrite(role);
  return role;
}
