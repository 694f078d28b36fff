import type { RDSDataClient, SqlParameter } from '@aws-sdk/client-rds-data';

/** A request as the SDK's handler takes it (Smithy's HttpRequest). */
interface HttpRequest {
  readonly method: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

interface Signer {
  sign(request: HttpRequest, options: { readonly signingDate: Date }): Promise<HttpRequest>;
}

/** Of an operation's input, what isn't JSON already. */
interface CallInput {
  readonly parameters?: readonly SqlParameter[] | undefined;
  readonly parameterSets?: readonly (readonly SqlParameter[])[] | undefined;
}

/** Where the service is reached, and who signs for it. */
interface Way {
  readonly endpoint: Pick<HttpRequest, 'protocol' | 'hostname' | 'port'>;
  /** What stands before an operation's own path. */
  readonly base: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly signer: Signer;
}

/** The path of each operation (RDS Data API model). */
const PATHS: Readonly<Record<string, string>> = {
  ExecuteStatementCommand: '/Execute',
  BatchExecuteStatementCommand: '/BatchExecute',
  BeginTransactionCommand: '/BeginTransaction',
  CommitTransactionCommand: '/CommitTransaction',
  RollbackTransactionCommand: '/RollbackTransaction',
};

/** The headers that are the same in every request; the others are of one call. */
const LASTING_HEADERS = ['host', 'content-type', 'user-agent', 'x-amz-user-agent'];

/**
 * Lets a client call the service with little around it. For each call the SDK
 * walks the service model over input and output, and finds address, scheme and
 * retries anew, which was more than half of what a statement cost a function
 * (docs/decisions/direct-data-api-calls.md). Here it does so once: the first
 * call goes the SDK's whole way, and what it found (address, headers, signer)
 * serves those that follow. They too are signed and sent by the SDK's signer
 * and handler. After an error the next call goes the whole way again.
 *
 * What comes back is as the SDK gives it but for bytes, which are in base64 as
 * JSON carries them; an error has the name and text of the service's.
 */
export function callDirectly(client: RDSDataClient): void {
  let way: Way | undefined;
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        const path = PATHS[commandName as string];
        if (way === undefined || path === undefined) return next(args);
        try {
          return (await call(client, way, path, args.input as CallInput)) as Awaited<ReturnType<typeof next>>;
        } catch (error) {
          way = undefined;
          throw error;
        }
      },
    { step: 'initialize', priority: 'high', name: 'callDirectly' },
  );
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        const result = await next(args);
        const { statusCode } = result.response as { statusCode?: number };
        const path = PATHS[commandName as string];
        if (statusCode === 200 && path !== undefined) way ??= await wayOf(client, args.request as HttpRequest, path);
        return result;
      },
    { step: 'deserialize', priority: 'low', name: 'learnTheWay' },
  );
}

async function wayOf(client: RDSDataClient, request: HttpRequest, path: string): Promise<Way> {
  const { protocol, hostname, port, headers } = request;
  const lasting = LASTING_HEADERS.flatMap((name) => {
    const value = headers[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    endpoint: { protocol, hostname, ...(port === undefined ? {} : { port }) },
    base: request.path.slice(0, -path.length),
    headers: Object.fromEntries(lasting),
    signer: (await client.config.signer()) as unknown as Signer,
  };
}

async function call(client: RDSDataClient, way: Way, path: string, input: CallInput) {
  const { config } = client;
  const body = jsonOf(input);
  const request = await way.signer.sign(
    {
      method: 'POST',
      ...way.endpoint,
      path: way.base + path,
      query: {},
      headers: { ...way.headers, 'content-length': String(Buffer.byteLength(body)) },
      body,
    },
    // What the SDK has learned of this machine's clock by an error.
    { signingDate: new Date(Date.now() + config.systemClockOffset) },
  );
  const { response } = await config.requestHandler.handle(request as unknown as HandlerRequest);
  const bytes: Uint8Array = await config.streamCollector(response.body);
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
  if (response.statusCode !== 200) throw serviceError(response.statusCode, response.headers, text);
  return { output: JSON.parse(text) as object, response };
}

type HandlerRequest = Parameters<RDSDataClient['config']['requestHandler']['handle']>[0];

/** A request's body: the input as it is, with bytes in base64. */
function jsonOf(input: CallInput): string {
  const { parameters, parameterSets } = input;
  if (parameters === undefined && parameterSets === undefined) return JSON.stringify(input);
  return JSON.stringify({
    ...input,
    ...(parameters && { parameters: parameters.map(inBase64) }),
    ...(parameterSets && { parameterSets: parameterSets.map((set) => set.map(inBase64)) }),
  });
}

function inBase64(parameter: SqlParameter): object {
  const bytes = parameter.value?.blobValue;
  if (bytes === undefined) return parameter;
  const blobValue = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
  return { ...parameter, value: { blobValue } };
}

/** An error as the SDK names it (AWS REST-JSON 1 protocol, "Operation error serialization"). */
function serviceError(status: number, headers: Readonly<Record<string, string>>, text: string): Error {
  let said: { __type?: string; code?: string; message?: string; Message?: string } = {};
  try {
    said = JSON.parse(text) ?? {};
  } catch {
    // Not by the service but by what stands before it, and no JSON.
  }
  const type = headers['x-amzn-errortype'] ?? said.__type ?? said.code ?? 'UnknownError';
  const error = new Error(said.message ?? said.Message ?? `HTTP status ${status}`);
  // The name may have a namespace before it and an address after it.
  error.name = type.replace(/^.*#/, '').replace(/:.*$/, '');
  return Object.assign(error, { $metadata: { httpStatusCode: status } });
}
