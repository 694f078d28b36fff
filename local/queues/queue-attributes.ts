/** What SQS lets one set on a queue, with its defaults (Amazon SQS API reference, SetQueueAttributes). */
export interface QueueAttributes {
  readonly fifo: boolean;
  readonly contentBasedDeduplication: boolean;
  readonly visibilityTimeoutSeconds: number;
  readonly delaySeconds: number;
  readonly receiveWaitSeconds: number;
  readonly retentionSeconds: number;
  readonly maximumMessageBytes: number;
  /** Where a message goes that was received `maxReceiveCount` times and never deleted. */
  readonly redrive: { readonly deadLetterQueue: string; readonly maxReceiveCount: number } | undefined;
}

export const DEFAULT_ATTRIBUTES: QueueAttributes = {
  fifo: false,
  contentBasedDeduplication: false,
  visibilityTimeoutSeconds: 30,
  delaySeconds: 0,
  receiveWaitSeconds: 0,
  retentionSeconds: 4 * 24 * 3600,
  maximumMessageBytes: 1024 * 1024,
  redrive: undefined,
};

/** An attribute that SQS doesn't know, or a value out of its range. */
export class InvalidAttributeError extends Error {
  override readonly name = 'InvalidAttributeError';
}

/** Attributes as the API spells them, over those that a queue has. */
export function parseAttributes(
  wire: Readonly<Record<string, string>>,
  base: QueueAttributes = DEFAULT_ATTRIBUTES,
): QueueAttributes {
  let attributes = base;
  for (const [name, value] of Object.entries(wire)) attributes = { ...attributes, ...parseOne(name, value) };
  return attributes;
}

function parseOne(name: string, value: string): Partial<QueueAttributes> {
  switch (name) {
    case 'FifoQueue':
      return { fifo: value === 'true' };
    case 'ContentBasedDeduplication':
      return { contentBasedDeduplication: value === 'true' };
    case 'VisibilityTimeout':
      return { visibilityTimeoutSeconds: integer(name, value, 0, 43_200) };
    case 'DelaySeconds':
      return { delaySeconds: integer(name, value, 0, 900) };
    case 'ReceiveMessageWaitTimeSeconds':
      return { receiveWaitSeconds: integer(name, value, 0, 20) };
    case 'MessageRetentionPeriod':
      return { retentionSeconds: integer(name, value, 60, 1_209_600) };
    case 'MaximumMessageSize':
      return { maximumMessageBytes: integer(name, value, 1024, 1024 * 1024) };
    case 'RedrivePolicy':
      return { redrive: value === '' ? undefined : parseRedrive(value) };
    default:
      throw new InvalidAttributeError(`Unknown Attribute ${name}.`);
  }
}

function parseRedrive(value: string): QueueAttributes['redrive'] {
  try {
    const policy = JSON.parse(value) as { deadLetterTargetArn: string; maxReceiveCount: number | string };
    return {
      deadLetterQueue: policy.deadLetterTargetArn.split(':').at(-1)!,
      maxReceiveCount: integer('maxReceiveCount', String(policy.maxReceiveCount), 1, 1000),
    };
  } catch (cause) {
    throw new InvalidAttributeError('Value for parameter RedrivePolicy is invalid.', { cause });
  }
}

function integer(name: string, value: string, least: number, most: number): number {
  const number = Number(value);
  if (value === '' || !Number.isInteger(number) || number < least || number > most) {
    throw new InvalidAttributeError(`Value ${value} for parameter ${name} is invalid.`);
  }
  return number;
}

/** The attributes as the API spells them. `arnOf` makes a queue's ARN of its name. */
export function formatAttributes(
  attributes: QueueAttributes,
  arnOf: (queue: string) => string,
): Record<string, string> {
  return {
    VisibilityTimeout: String(attributes.visibilityTimeoutSeconds),
    DelaySeconds: String(attributes.delaySeconds),
    ReceiveMessageWaitTimeSeconds: String(attributes.receiveWaitSeconds),
    MessageRetentionPeriod: String(attributes.retentionSeconds),
    MaximumMessageSize: String(attributes.maximumMessageBytes),
    ...(attributes.fifo && {
      FifoQueue: 'true',
      ContentBasedDeduplication: String(attributes.contentBasedDeduplication),
    }),
    ...(attributes.redrive && {
      RedrivePolicy: JSON.stringify({
        deadLetterTargetArn: arnOf(attributes.redrive.deadLetterQueue),
        maxReceiveCount: attributes.redrive.maxReceiveCount,
      }),
    }),
  };
}
