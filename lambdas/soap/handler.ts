import { Readable } from 'node:stream';
import middy from '@middy/core';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { answerRequest, type HttpAnswer } from '../../core/operations/http.ts';
import { isTrustedDoor, trustedPrincipal } from '../../core/platform/trusted-door.ts';
import { platformFromEnvironment } from '../platform.ts';

const platform = platformFromEnvironment('soap');

/** Answers a SOAP call that the gateway hands on; the answer is streamed, so that its size has no bound. */
async function soap(
  event: APIGatewayProxyEvent,
): Promise<{ statusCode: number; headers: HttpAnswer['headers']; body: Readable }> {
  const { statusCode, headers, body } = await answerRequest(platform, {
    body: Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8'),
    header: (name) => headerOf(event, name),
    door: isTrustedDoor(event.requestContext) ? 'trusted' : 'public',
    address: event.requestContext.identity.sourceIp,
    principal: trustedPrincipal(event.requestContext),
  });
  return { statusCode, headers, body: body instanceof Uint8Array ? Readable.from([body]) : Readable.from(body) };
}

/** Header names come as the client spelled them. */
function headerOf(event: APIGatewayProxyEvent, name: string): string | undefined {
  const direct = event.headers?.[name];
  if (direct !== undefined) return direct;
  for (const [key, value] of Object.entries(event.headers ?? {})) if (key.toLowerCase() === name) return value;
  return undefined;
}

export const handler = middy<APIGatewayProxyEvent>({ streamifyResponse: true, timeoutEarlyInMillis: 0 }).handler(soap);
