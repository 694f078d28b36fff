import { createHash } from 'node:crypto';
import { SqsError } from './sqs-error.ts';

/** A message attribute as the API spells it; BinaryValue is base64. */
export interface MessageAttribute {
  readonly DataType: string;
  readonly StringValue?: string;
  readonly BinaryValue?: string;
}

export type MessageAttributes = Readonly<Record<string, MessageAttribute>>;

/** Attributes per message (Amazon SQS message quotas). */
const MAX_ATTRIBUTES = 10;

export function checkMessageAttributes(attributes: MessageAttributes): void {
  if (Object.keys(attributes).length > MAX_ATTRIBUTES) {
    throw new SqsError('InvalidParameterValue', `A message carries at most ${MAX_ATTRIBUTES} attributes.`);
  }
  for (const [name, attribute] of Object.entries(attributes)) {
    if (!/^(String|Number|Binary)(\..*)?$/.test(attribute?.DataType ?? '')) {
      throw new SqsError(
        'InvalidParameterValue',
        `The message attribute '${name}' has an invalid message attribute type.`,
      );
    }
  }
}

/** What the attributes count towards the size of a message: names, types and values. */
export function sizeOfAttributes(attributes: MessageAttributes): number {
  let size = 0;
  for (const [name, { DataType, StringValue, BinaryValue }] of Object.entries(attributes)) {
    size += Buffer.byteLength(name) + Buffer.byteLength(DataType);
    size += BinaryValue === undefined ? Buffer.byteLength(StringValue ?? '') : Buffer.byteLength(BinaryValue, 'base64');
  }
  return size;
}

/** The digest by which clients check attributes (Amazon SQS developer guide, "Calculating the MD5 message digest"). */
export function md5OfAttributes(attributes: MessageAttributes): string | undefined {
  const names = Object.keys(attributes).sort();
  if (names.length === 0) return undefined;
  const hash = createHash('md5');
  const field = (value: Uint8Array): void => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(value.byteLength);
    hash.update(length).update(value);
  };
  for (const name of names) {
    const { DataType, StringValue, BinaryValue } = attributes[name]!;
    field(Buffer.from(name));
    field(Buffer.from(DataType));
    const binary = DataType.startsWith('Binary');
    hash.update(Buffer.from([binary ? 2 : 1]));
    field(binary ? Buffer.from(BinaryValue ?? '', 'base64') : Buffer.from(StringValue ?? ''));
  }
  return hash.digest('hex');
}
