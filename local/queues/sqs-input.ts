import { SqsError } from './sqs-error.ts';

/** The parameters of an action, as they came. */
export type Input = Readonly<Record<string, unknown>>;

/** The name of the queue that a QueueUrl means; only its last part counts, so that URLs outlive a change of port. */
export function queueOf(input: Input): string {
  return text(input, 'QueueUrl').split('/').at(-1)!;
}

export function receiptOf(input: Input): string {
  const receipt = text(input, 'ReceiptHandle');
  if (!/^\d+\.[0-9a-f-]{36}$/.test(receipt)) {
    throw new SqsError('ReceiptHandleIsInvalid', 'The input receipt handle is invalid.');
  }
  return receipt;
}

export function visibilityOf(input: Input): number {
  const seconds = number(input, 'VisibilityTimeout', 0, 43_200);
  if (seconds === undefined) throw new SqsError('MissingParameter', 'The request must contain VisibilityTimeout.');
  return seconds;
}

export function text(input: Input, name: string): string {
  const value = optionalText(input, name);
  if (value === undefined) throw new SqsError('MissingParameter', `The request must contain the parameter ${name}.`);
  return value;
}

export function optionalText(input: Input, name: string): string | undefined {
  const value = input[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw new SqsError('InvalidParameterValue', `The parameter ${name} is no string.`);
  return value;
}

export function number(input: Input, name: string, least: number, most: number): number | undefined {
  const value = input[name];
  if (value === undefined || value === null) return undefined;
  if (!Number.isInteger(value) || (value as number) < least || (value as number) > most) {
    throw new SqsError('InvalidParameterValue', `Value ${String(value)} for parameter ${name} is invalid.`);
  }
  return value as number;
}
