import { randomBytes, randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { APIGatewayProxyEvent } from 'aws-lambda';

/**
 * Where a request came in. The public door is TCP; the trusted one stands for
 * the route of the deployed gateway that only callers with an IAM permission
 * pass.
 */
export type Door = 'public' | 'trusted';

/** The stage's name, as in `infra/api.ts`. */
const STAGE = 'kopano';

/** The path of the route that IAM guards, as in `infra/api.ts`. */
export const TRUSTED_PATH = '/trusted';

/** What the gateway knows of a trusted caller; a client of the public door never gets one. */
const ACCOUNT_ID = '000000000000';
const TRUSTED_ARN = `arn:aws:iam::${ACCOUNT_ID}:user/local`;

type RequestContext = APIGatewayProxyEvent['requestContext'];

/**
 * The event that a REST API builds for a Lambda proxy integration (Amazon API
 * Gateway developer guide, "Input format of a Lambda function for proxy
 * integration"). All media types are binary, so every body is base64.
 */
export function proxyEvent(
  request: IncomingMessage,
  body: Buffer,
  door: Door,
  accessKeyId = 'local',
): APIGatewayProxyEvent {
  const target = targetOf(request);
  const trusted = door === 'trusted';
  const path = trusted ? TRUSTED_PATH : target.path;
  const resource = trusted ? TRUSTED_PATH : path === '/' ? '/' : '/{proxy+}';
  const { headers, multiValueHeaders } = headersOf(request);
  const query = queryOf(target.search);
  return {
    resource,
    path,
    httpMethod: request.method ?? 'POST',
    headers,
    multiValueHeaders,
    queryStringParameters:
      query && Object.fromEntries(Object.entries(query).map(([name, values]) => [name, values.at(-1)!])),
    multiValueQueryStringParameters: query,
    pathParameters: resource === '/{proxy+}' ? { proxy: path.slice(1) } : null,
    stageVariables: null,
    requestContext: contextOf(request, resource, path, trusted ? accessKeyId : undefined),
    body: body.length === 0 ? null : body.toString('base64'),
    isBase64Encoded: body.length > 0,
  };
}

/** What the gateway says of a call. */
function contextOf(
  request: IncomingMessage,
  resource: string,
  path: string,
  accessKeyId: string | undefined,
): RequestContext {
  const now = Date.now();
  const context = {
    accountId: ACCOUNT_ID,
    apiId: 'local',
    deploymentId: 'local',
    domainName: request.headers.host ?? 'localhost',
    domainPrefix: 'local',
    extendedRequestId: `${randomBytes(11).toString('base64url')}=`,
    httpMethod: request.method ?? 'POST',
    identity: identityOf(request, accessKeyId),
    path: `/${STAGE}${path}`,
    protocol: `HTTP/${request.httpVersion}`,
    requestId: randomUUID(),
    requestTime: clfTime(new Date(now)),
    requestTimeEpoch: now,
    resourceId: 'local',
    resourcePath: resource,
    stage: STAGE,
  };
  // An authorizer's answer, which the type asks for, comes only where there is one.
  return context as unknown as RequestContext;
}

/** Who calls, as far as IAM knows: nobody on the public door. */
function identityOf(request: IncomingMessage, accessKeyId: string | undefined): RequestContext['identity'] {
  const trusted = accessKeyId !== undefined;
  const identity = {
    accessKey: accessKeyId ?? null,
    accountId: trusted ? ACCOUNT_ID : null,
    caller: trusted ? 'local' : null,
    cognitoAuthenticationProvider: null,
    cognitoAuthenticationType: null,
    cognitoIdentityId: null,
    cognitoIdentityPoolId: null,
    principalOrgId: null,
    sourceIp: sourceIp(request),
    user: trusted ? 'local' : null,
    userAgent: request.headers['user-agent'] ?? null,
    userArn: trusted ? TRUSTED_ARN : null,
  };
  // The type has members more that only come where API keys or client certificates are in use.
  return identity as RequestContext['identity'];
}

/** Headers with the names as the client wrote them; the last value and all values. Hop-by-hop ones stay behind. */
function headersOf(request: IncomingMessage): Pick<APIGatewayProxyEvent, 'headers' | 'multiValueHeaders'> {
  const headers: Record<string, string> = {};
  const multiValueHeaders: Record<string, string[]> = {};
  const raw = request.rawHeaders;
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index]!;
    const lower = name.toLowerCase();
    if (lower === 'connection' || lower === 'transfer-encoding' || lower === 'expect') continue;
    // Whoever is behind the gateway must be able to believe these, so a client can't bring its own.
    if (lower.startsWith('x-forwarded-') || lower === 'x-amzn-trace-id' || lower === '__proto__') continue;
    headers[name] = raw[index + 1]!;
    multiValueHeaders[name] ??= [];
    multiValueHeaders[name].push(raw[index + 1]!);
  }
  const added = {
    'X-Amzn-Trace-Id': `Root=1-${Math.floor(Date.now() / 1000).toString(16)}-${randomBytes(12).toString('hex')}`,
    'X-Forwarded-For': sourceIp(request),
    'X-Forwarded-Port': String(request.socket.localPort ?? 0),
    'X-Forwarded-Proto': 'http',
  };
  for (const [name, value] of Object.entries(added)) {
    headers[name] = value;
    multiValueHeaders[name] = [value];
  }
  return { headers, multiValueHeaders };
}

/** Path and query of the request's target, which a client that believes in a proxy gives with scheme and host. */
export function targetOf(request: IncomingMessage): { readonly path: string; readonly search: string } {
  const target = (request.url ?? '/').replace(/^https?:\/\/[^/?]*/i, '');
  const mark = target.indexOf('?');
  const path = mark < 0 ? target : target.slice(0, mark);
  return { path: path.startsWith('/') ? path : `/${path}`, search: mark < 0 ? '' : target.slice(mark + 1) };
}

function queryOf(search: string): Record<string, string[]> | null {
  if (search === '') return null;
  const parameters = new URLSearchParams(search);
  const query: Record<string, string[]> = Object.create(null) as Record<string, string[]>;
  for (const name of new Set(parameters.keys())) query[name] = parameters.getAll(name);
  return query;
}

/** A unix socket has no address; who may open it is on this machine. */
function sourceIp(request: IncomingMessage): string {
  return request.socket.remoteAddress?.replace(/^::ffff:/, '') ?? '127.0.0.1';
}

/** `23/Nov/2026:20:45:00 +0000` */
function clfTime(date: Date): string {
  const [, day, month, year, time] = date.toUTCString().split(' ');
  return `${day}/${month}/${year}:${time} +0000`;
}
