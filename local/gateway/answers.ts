import type { ServerResponse } from 'node:http';
import type { ResponsePrelude } from '../functions/streaming.ts';

/** A result that is none of a proxy integration; the gateway answers 502. */
export class MalformedResultError extends Error {
  override readonly name = 'MalformedResultError';
}

export interface Head {
  readonly status: number;
  readonly headers: Record<string, string | string[]>;
}

/** Status and headers of a buffered result or of a stream's prelude. */
export function headOf(result: ResponsePrelude): Head {
  const { statusCode } = result;
  if (!Number.isInteger(statusCode) || statusCode! < 100 || statusCode! > 599) {
    throw new MalformedResultError('the result has no statusCode');
  }
  const headers: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(result.headers ?? {})) headers[name.toLowerCase()] = String(value);
  for (const [name, values] of Object.entries(result.multiValueHeaders ?? {})) {
    headers[name.toLowerCase()] = values.map(String);
  }
  // The gateway frames the answer itself.
  delete headers['transfer-encoding'];
  delete headers.connection;
  return { status: statusCode!, headers };
}

/** Answers as the gateway itself does, before or instead of the function (API Gateway, "Gateway response types"). */
export const gatewayAnswers = {
  missingToken: [403, 'Missing Authentication Token'],
  wrongSignature: [403, 'The request signature we calculated does not match the signature you provided.'],
  tooLong: [413, 'Request Too Long'],
  malformed: [502, 'Internal server error'],
  timeout: [504, 'Endpoint request timed out'],
} as const;

export function answerAsGateway(response: ServerResponse, answer: readonly [status: number, message: string]): void {
  if (response.headersSent) {
    // Half an answer is out; only a broken connection says that the rest won't come.
    response.destroy();
    return;
  }
  const [status, message] = answer;
  const body = JSON.stringify({ message });
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
}
