import { randomUUID } from 'node:crypto';
import type { Service } from '../endpoint/service.ts';
import { FunctionEndedError, FunctionError } from './function-process.ts';

/** What a synchronous invocation carries (AWS Lambda quotas: 6 MB). */
const MAX_EVENT_BYTES = 6 * 1024 * 1024;

/** Invokes functions on request, so that an operator or a test needn't wait for a schedule. */
export function lambdaService(invoke: (name: string, event: unknown) => Promise<unknown> | undefined): Service {
  return async (request) => {
    const name = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/.exec(request.path)?.[1];
    if (request.method !== 'POST' || name === undefined) return reply(404, { Message: 'Only Invoke is known here.' });
    try {
      const body = (await request.body(MAX_EVENT_BYTES)).toString('utf8');
      const running = invoke(name.split(':').at(-1)!, JSON.parse(body || '{}'));
      if (!running) return reply(404, { Message: `There is no function ${name}.` });
      return reply(200, await running);
    } catch (error) {
      if (error instanceof SyntaxError) return reply(400, { Message: 'The event is no JSON.' });
      if (error instanceof FunctionError || error instanceof FunctionEndedError) {
        return reply(
          200,
          { errorType: error.name, errorMessage: error.message },
          { 'x-amz-function-error': 'Unhandled' },
        );
      }
      throw error;
    }
  };
}

function reply(status: number, value: unknown, headers: Record<string, string> = {}) {
  return {
    status,
    headers: { 'content-type': 'application/json', 'x-amzn-requestid': randomUUID(), ...headers },
    body: JSON.stringify(value ?? null),
  };
}
