import type { ExecuteStatementCommandOutput, Field, RDSDataClient } from '@aws-sdk/client-rds-data';

/** A field as JSON carries it: as the SDK gives it, but bytes in base64. */
export type RecordField = Field | { readonly blobValue: string };
export type Records = readonly (readonly RecordField[])[];

/** What passes through the innermost middleware, as far as it is looked at here. */
interface HttpAnswer {
  statusCode?: number;
  body?: unknown;
}

const recordsOfAnswer = new WeakMap<object, Records>();
const recordsOfOutput = new WeakMap<object, Records>();

/** The records of a result, of whichever client. */
export function recordsOf(output: ExecuteStatementCommandOutput): Records {
  return recordsOfOutput.get(output) ?? output.records ?? [];
}

/**
 * Lets a client hand over records as JSON.parse gives them. The SDK walks the
 * service model for every field, which took four fifths of the time of a query
 * for 50 rows of 8 columns (2.2 ms instead of 0.6 ms); all else it still reads.
 */
export function readRecordsPlainly(client: RDSDataClient): void {
  const { streamCollector } = client.config;
  // Nearer to the wire than the SDK's deserializer: takes the records out of the body.
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const result = await next(args);
      const response = result.response as HttpAnswer;
      if (context.commandName !== 'ExecuteStatementCommand' || response.statusCode !== 200) return result;
      const bytes = await streamCollector(response.body);
      const { records, ...rest } = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString());
      if (records !== undefined) recordsOfAnswer.set(response, records as Records);
      response.body = Buffer.from(JSON.stringify(rest));
      return result;
    },
    { step: 'deserialize', priority: 'low', name: 'takeRecords' },
  );
  // Around it: puts them beside the output that the SDK has made of the rest.
  client.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const records = recordsOfAnswer.get(result.response as object);
      if (records !== undefined) recordsOfOutput.set(result.output as object, records);
      return result;
    },
    { step: 'deserialize', priority: 'high', name: 'giveRecords' },
  );
}
