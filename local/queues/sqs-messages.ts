import { createHash } from 'node:crypto';
import {
  checkMessageAttributes,
  type MessageAttributes,
  md5OfAttributes,
  sizeOfAttributes,
} from './message-attributes.ts';
import type { QueueAttributes } from './queue-attributes.ts';
import type { NewMessage, ReceivedMessage, SentMessage } from './queue-store.ts';
import { SqsError } from './sqs-error.ts';
import { type Input, number, optionalText, text } from './sqs-input.ts';

/** Makes a queue's ARN of its name. */
export type ArnOf = (queue: string) => string;

/** The message of a SendMessage call or of one entry of a batch. */
export function newMessage(input: Input, queue: QueueAttributes): NewMessage {
  const body = text(input, 'MessageBody');
  const attributes = (input.MessageAttributes ?? {}) as MessageAttributes;
  checkMessageAttributes(attributes);
  // What XML 1.0 can't carry, SQS doesn't either.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is refused.
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.test(body) || !body.isWellFormed()) {
    throw new SqsError('InvalidMessageContents', 'Invalid characters found in the message body.');
  }
  if (sizeOf(input) > queue.maximumMessageBytes) {
    throw new SqsError(
      'InvalidParameterValue',
      `One or more parameters are invalid. Reason: Message must be shorter than ${queue.maximumMessageBytes} bytes.`,
    );
  }
  const groupId = optionalText(input, 'MessageGroupId');
  const deduplicationId = optionalText(input, 'MessageDeduplicationId');
  if (queue.fifo && groupId === undefined) {
    throw new SqsError('MissingParameter', 'The request must contain the parameter MessageGroupId.');
  }
  if (queue.fifo && deduplicationId === undefined && !queue.contentBasedDeduplication) {
    throw new SqsError(
      'InvalidParameterValue',
      'The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly',
    );
  }
  if (!queue.fifo && deduplicationId !== undefined) {
    throw new SqsError('InvalidParameterValue', 'MessageDeduplicationId is not valid for this queue type.');
  }
  const delaySeconds = number(input, 'DelaySeconds', 0, 900);
  if (queue.fifo && delaySeconds) {
    throw new SqsError('InvalidParameterValue', 'DelaySeconds is not valid for this queue type.');
  }
  const hasAttributes = Object.keys(attributes).length > 0;
  return {
    body,
    attributes: hasAttributes ? JSON.stringify(attributes) : undefined,
    delaySeconds,
    groupId,
    deduplicationId,
  };
}

/** What a message counts towards the limits: body and attributes. */
export function sizeOf(input: Input): number {
  return (
    Buffer.byteLength(text(input, 'MessageBody')) +
    sizeOfAttributes((input.MessageAttributes ?? {}) as MessageAttributes)
  );
}

export function sendResult(input: Input, sent: SentMessage): object {
  return {
    MessageId: sent.messageId,
    MD5OfMessageBody: md5(text(input, 'MessageBody')),
    MD5OfMessageAttributes: md5OfAttributes((input.MessageAttributes ?? {}) as MessageAttributes),
    SequenceNumber: sent.sequenceNumber,
  };
}

/** The system attributes of a message, as ReceiveMessage and the events of functions name them. */
export function systemAttributes(message: ReceivedMessage, arnOf: ArnOf): Record<string, string> {
  return {
    SenderId: 'local',
    SentTimestamp: String(message.sentAt),
    ApproximateReceiveCount: String(message.receiveCount),
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt),
    ...(message.groupId !== undefined && { MessageGroupId: message.groupId }),
    ...(message.deduplicationId !== undefined && { MessageDeduplicationId: message.deduplicationId }),
    ...(message.sequenceNumber !== undefined && { SequenceNumber: message.sequenceNumber }),
    ...(message.deadLetterSource !== undefined && { DeadLetterQueueSourceArn: arnOf(message.deadLetterSource) }),
  };
}

export function receivedResult(message: ReceivedMessage, input: Input, arnOf: ArnOf): object {
  const system = systemAttributes(message, arnOf);
  const wanted = [
    ...((input.AttributeNames ?? []) as string[]),
    ...((input.MessageSystemAttributeNames ?? []) as string[]),
  ];
  const chosen = Object.entries(system).filter(([name]) => wanted.includes('All') || wanted.includes(name));
  const attributes = JSON.parse(message.attributes ?? '{}') as MessageAttributes;
  const wantedOwn = (input.MessageAttributeNames ?? []) as string[];
  const own = Object.fromEntries(Object.entries(attributes).filter(([name]) => isWanted(name, wantedOwn)));
  const hasOwn = Object.keys(own).length > 0;
  return {
    MessageId: message.messageId,
    ReceiptHandle: message.receipt,
    Body: message.body,
    MD5OfBody: md5(message.body),
    ...(chosen.length > 0 && { Attributes: Object.fromEntries(chosen) }),
    ...(hasOwn && { MessageAttributes: own, MD5OfMessageAttributes: md5OfAttributes(own) }),
  };
}

/** Names may be given whole, as `All` or `.*`, or as a prefix `bar.*`. */
function isWanted(name: string, patterns: readonly string[]): boolean {
  return patterns.some(
    (pattern) =>
      pattern === 'All' || pattern === name || (pattern.endsWith('.*') && name.startsWith(pattern.slice(0, -2))),
  );
}

/** The digest by which clients check bodies. */
export function md5(value: string): string {
  return createHash('md5').update(value).digest('hex');
}
