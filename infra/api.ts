import { CfnOutput, Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import { CfnWebACLAssociation } from 'aws-cdk-lib/aws-wafv2';
import type { Construct } from 'constructs';
import type { DataStack } from './data.ts';
import type { DirectoryStack } from './directory.ts';
import { HandlerFunction } from './function.ts';
import type { MailStack } from './mail.ts';
import type { Site } from './site.ts';

/** Clients usually end the server's URL in `/kopano`, so the stage is called that. */
export const STAGE = 'kopano';

/** The route on which user SYSTEM is accepted, because IAM has checked who calls. */
export const TRUSTED_ROUTE = 'trusted';

/**
 * Time for one call. A long poll ends by itself under 29 s; a large export may
 * take longer, which API Gateway allows where the answer is streamed (up to 15 minutes).
 */
const CALL_TIMEOUT = Duration.minutes(3);

/**
 * The door for clients: a REST API that hands every POST to the soap function
 * and streams its answer. Who may do what is decided by the function; only the
 * trusted route is guarded by IAM.
 */
export class ApiStack extends Stack {
  readonly soap: HandlerFunction;
  readonly api: apigateway.RestApi;
  readonly administrators: iam.ManagedPolicy;

  constructor(
    scope: Construct,
    id: string,
    site: Site,
    rooms: { readonly data: DataStack; readonly mail: MailStack; readonly directory: DirectoryStack },
    props?: StackProps,
  ) {
    super(scope, id, { ...props, description: 'Kopano: the SOAP endpoint' });
    const { data, mail, directory } = rooms;
    this.soap = new HandlerFunction(this, 'soap', {
      site,
      description: 'Answers MAPI calls in SOAP',
      memory: site.capacity.soapMemory,
      timeout: CALL_TIMEOUT,
      concurrency: site.capacity.concurrency.soap,
      settings: {
        ...data.storeSettings,
        ...mail.spoolSettings,
        ...directory.settings,
      },
      // Passwords are checked against the directory itself, so the function has to reach it.
      network: directory.network,
    });
    data.grantStores(this.soap);
    mail.grantSpool(this.soap);
    directory.grantDirectory(this.soap);

    this.api = this.#gateway(site);
    this.administrators = this.#trustedDoor(site);
    this.#watch(site, data);
  }

  #gateway(site: Site): apigateway.RestApi {
    const accessLog = new logs.LogGroup(this, 'access-log', {
      logGroupName: `/aws/apigateway/${site.name}`,
      retention: site.retention.logDays as logs.RetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const api = new apigateway.RestApi(this, 'gateway', {
      restApiName: site.name,
      description: 'Kopano SOAP endpoint',
      endpointConfiguration: { types: [apigateway.EndpointType.REGIONAL] },
      // SOAP comes plain, compressed and as multipart: all of it is bytes.
      binaryMediaTypes: ['*/*'],
      disableExecuteApiEndpoint: site.endpoint !== undefined,
      cloudWatchRole: site.gatewayLogRole,
      ...(site.gatewayLogRole ? { cloudWatchRoleRemovalPolicy: RemovalPolicy.RETAIN } : {}),
      deployOptions: {
        stageName: STAGE,
        throttlingRateLimit: site.capacity.requestsPerSecond,
        throttlingBurstLimit: site.capacity.requestBurst,
        // Execution logs could hold bodies: mail and passwords. The access log holds none.
        loggingLevel: apigateway.MethodLoggingLevel.OFF,
        dataTraceEnabled: false,
        metricsEnabled: true,
        accessLogDestination: new apigateway.LogGroupLogDestination(accessLog),
        accessLogFormat: apigateway.AccessLogFormat.custom(JSON.stringify(ACCESS_LOG)),
      },
      ...(site.endpoint
        ? {
            domainName: {
              domainName: site.endpoint.domain,
              certificate: Certificate.fromCertificateArn(this, 'certificate', site.endpoint.certificateArn),
              endpointType: apigateway.EndpointType.REGIONAL,
              securityPolicy: apigateway.SecurityPolicy.TLS_1_2,
            },
          }
        : {}),
    });
    const soap = new apigateway.LambdaIntegration(this.soap, {
      proxy: true,
      responseTransferMode: apigateway.ResponseTransferMode.STREAM,
      timeout: CALL_TIMEOUT,
      allowTestInvoke: false,
    });
    const open = { authorizationType: apigateway.AuthorizationType.NONE };
    api.root.addMethod('POST', soap, open);
    api.root.addResource('{proxy+}').addMethod('POST', soap, open);
    api.root
      .addResource(TRUSTED_ROUTE)
      .addMethod('POST', soap, { authorizationType: apigateway.AuthorizationType.IAM });
    if (site.webAclArn) {
      new CfnWebACLAssociation(this, 'web-acl', {
        resourceArn: api.deploymentStage.stageArn,
        webAclArn: site.webAclArn,
      });
    }
    new CfnOutput(this, 'Url', {
      description: 'Server URL for clients',
      value: site.endpoint ? `https://${site.endpoint.domain}:443/${STAGE}` : api.url,
    });
    if (site.endpoint) {
      new CfnOutput(this, 'EndpointAlias', {
        description: `CNAME record of ${site.endpoint.domain}`,
        value: api.domainName!.domainNameAliasDomainName,
      });
    }
    return api;
  }

  /** The policy that makes somebody an administrator: it opens the trusted route and nothing else. */
  #trustedDoor(site: Site): iam.ManagedPolicy {
    const policy = new iam.ManagedPolicy(this, 'administrators', {
      managedPolicyName: `${site.name}-administrators`,
      description: 'Acts as user SYSTEM through the trusted route',
      statements: [
        new iam.PolicyStatement({
          actions: ['execute-api:Invoke'],
          resources: [this.api.arnForExecuteApi('POST', `/${TRUSTED_ROUTE}`, STAGE)],
        }),
      ],
    });
    new CfnOutput(this, 'AdministratorsPolicy', {
      description: 'To be attached to the IAM users and roles that administer the server',
      value: policy.managedPolicyArn,
    });
    return policy;
  }

  #watch(site: Site, data: DataStack): void {
    const minutes = 5;
    const period = Duration.minutes(minutes);
    data.alarms.raise(this, 'server-errors', {
      name: 'server-errors',
      meaning: 'Clients got more than 10 server errors in 5 minutes.',
      article: 'server-errors',
      metric: this.api.metricServerError({ period, statistic: 'Sum' }),
      above: 10,
      minutes,
    });
    data.alarms.raise(this, 'soap-throttled', {
      name: 'soap-throttled',
      meaning: `More requests came at once than the ${site.capacity.concurrency.soap} that may be answered at once.`,
      article: 'soap-throttled',
      metric: this.soap.metricThrottles({ period, statistic: 'Sum' }),
      above: 0,
      minutes,
    });
  }
}

/** What the access log tells of a request: never headers, query or body. */
const ACCESS_LOG = {
  time: '$context.requestTime',
  requestId: '$context.requestId',
  address: '$context.identity.sourceIp',
  /** Who came through the trusted door. */
  caller: '$context.identity.userArn',
  method: '$context.httpMethod',
  route: '$context.resourcePath',
  status: '$context.status',
  bytes: '$context.responseLength',
  milliseconds: '$context.responseLatency',
  functionMilliseconds: '$context.integrationLatency',
  error: '$context.error.messageString',
} as const;
