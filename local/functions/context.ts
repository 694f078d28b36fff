import type { Context } from 'aws-lambda';

/** What of a context can be sent to another process. */
export interface ContextFacts {
  readonly requestId: string;
  readonly functionName: string;
  readonly functionArn: string;
  readonly memoryMB: number;
  /** Milliseconds since 1970 when the invocation is given up. */
  readonly deadline: number;
}

/** The second argument of a handler. */
export function contextOf(facts: ContextFacts): Context {
  return {
    functionName: facts.functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: facts.functionArn,
    memoryLimitInMB: String(facts.memoryMB),
    awsRequestId: facts.requestId,
    logGroupName: `/aws/lambda/${facts.functionName}`,
    logStreamName: 'local',
    callbackWaitsForEmptyEventLoop: false,
    getRemainingTimeInMillis: () => Math.max(0, facts.deadline - Date.now()),
    // Of the callback era; Node 24 functions can't use them any more.
    done: unsupported,
    fail: unsupported,
    succeed: unsupported,
  };
}

function unsupported(): never {
  throw new Error('Callback-style handlers are not supported; return a promise.');
}
