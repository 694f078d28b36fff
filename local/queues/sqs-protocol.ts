import { randomUUID } from 'node:crypto';
import { BodyTooLargeError, type Service, type ServiceRequest, type ServiceResponse } from '../endpoint/service.ts';
import { InvalidAttributeError } from './queue-attributes.ts';
import { NotInFlightError, QueueMissingError } from './queue-store.ts';
import { actions, type SqsContext } from './sqs-actions.ts';
import { SqsError } from './sqs-error.ts';

/** A batch of 1 MiB, each byte escaped as \u00xx, and some room for names. */
const MAX_REQUEST_BYTES = 8 * 1024 * 1024;

/** SQS as the AWS JSON 1.0 protocol speaks it. */
export function sqsService(context: Omit<SqsContext, 'signal'>): Service {
  return async (request) => {
    try {
      const answer = await answerTo(request, { ...context, signal: request.signal });
      return json(200, answer);
    } catch (error) {
      return failure(error);
    }
  };
}

async function answerTo(request: ServiceRequest, context: SqsContext): Promise<object> {
  const target = String(request.headers['x-amz-target'] ?? '');
  const name = target.replace(/^AmazonSQS\./, '');
  const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
  if (!action) throw new SqsError('UnsupportedOperation', `The action ${name || '(none)'} is not supported.`);
  const body = await request.body(MAX_REQUEST_BYTES);
  return action(parse(body), context);
}

function parse(body: Buffer): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body.toString('utf8') || '{}');
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // Falls through to the one answer for anything that isn't a JSON object.
  }
  throw new SqsError('SerializationException', 'The request is no JSON object.');
}

function failure(error: unknown): ServiceResponse {
  if (error instanceof SqsError) return errorResponse(error);
  if (error instanceof QueueMissingError) {
    return errorResponse(new SqsError('QueueDoesNotExist', 'The specified queue does not exist.'));
  }
  if (error instanceof NotInFlightError) return errorResponse(new SqsError('MessageNotInflight', error.message));
  if (error instanceof InvalidAttributeError)
    return errorResponse(new SqsError('InvalidAttributeValue', error.message));
  if (error instanceof BodyTooLargeError) return errorResponse(new SqsError('BatchRequestTooLong', error.message));
  throw error;
}

/** Clients of the older query protocol know some errors by another code, which travels in a header. */
const QUERY_CODES: Readonly<Record<string, string>> = {
  QueueDoesNotExist: 'AWS.SimpleQueueService.NonExistentQueue',
  MessageNotInflight: 'AWS.SimpleQueueService.MessageNotInflight',
  BatchRequestTooLong: 'AWS.SimpleQueueService.BatchRequestTooLong',
  BatchEntryIdsNotDistinct: 'AWS.SimpleQueueService.BatchEntryIdsNotDistinct',
  EmptyBatchRequest: 'AWS.SimpleQueueService.EmptyBatchRequest',
  TooManyEntriesInBatchRequest: 'AWS.SimpleQueueService.TooManyEntriesInBatchRequest',
};

function errorResponse(error: SqsError): ServiceResponse {
  const response = json(400, { __type: `com.amazonaws.sqs#${error.code}`, message: error.message });
  const queryCode = QUERY_CODES[error.code] ?? error.code;
  return { ...response, headers: { ...response.headers, 'x-amzn-query-error': `${queryCode};Sender` } };
}

function json(status: number, value: object): ServiceResponse {
  return {
    status,
    headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amzn-requestid': randomUUID() },
    body: JSON.stringify(value),
  };
}
