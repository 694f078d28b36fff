import assert from 'node:assert/strict';
import { startSession } from '../../../core/directory/session.ts';
import { answerRequest } from '../../../core/operations/http.ts';
import type { Log } from '../../../core/platform/log.ts';
import type { Platform } from '../../../core/platform/platform.ts';
import {
  type ArgumentsDraft,
  decodeResponse,
  encodeRequest,
  type OperationName,
  operations,
  type Result,
} from '../../../core/soap/index.ts';
import { aServer, type Mailbox, type Server } from '../store/a-server.ts';

/** A logged-on client whose calls go the whole way: encoded, dispatched, decoded. */
export interface ServiceClient {
  readonly sessionId: bigint;
  call<Name extends OperationName>(
    name: Name,
    args?: Partial<ArgumentsDraft<Name>>,
    through?: Platform,
  ): Promise<Result<Name>>;
}

/** A server with function instances that share nothing but the data, and what they logged as errors. */
export interface Service extends AsyncDisposable {
  readonly server: Server;
  readonly instances: readonly Platform[];
  /** What went wrong below the operations: nothing may. */
  readonly errors: unknown[];
  /** A session of the mailbox's owner, as by a public logon; its calls go to the instances in turn. */
  client(mailbox: Mailbox): Promise<ServiceClient>;
}

/** Errors are what a test of this service must not see. */
function collecting(errors: unknown[]): Log {
  const log: Log = {
    debug() {},
    info() {},
    warn() {},
    error: (entry: object | string) => {
      errors.push(entry);
    },
    child: () => log,
  };
  return log;
}

export async function aService(instanceCount = 1): Promise<Service> {
  const server = await aServer();
  const errors: unknown[] = [];
  const log = collecting(errors);
  const platforms = [server.platform, ...Array.from({ length: instanceCount - 1 }, () => server.another())];
  const instances = platforms.map((platform): Platform => ({ ...platform, log }));
  return {
    server,
    instances,
    errors,
    async client(mailbox) {
      const sessionId = await startSession(server.platform.database, draftOf(mailbox), server.clock.now());
      let turn = 0;
      const next = (): Platform => instances[turn++ % instances.length]!;
      return {
        sessionId,
        call: (name, args = {}, through = next()) => callThrough(through, sessionId, name, args),
      };
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

const draftOf = (mailbox: Mailbox): Parameters<typeof startSession>[1] => ({
  principalId: mailbox.principalId,
  impersonatorId: 0,
  group: 0n,
  capabilities: 0,
  trusted: false,
  address: '192.0.2.1',
  clientVersion: '11.0.2',
  clientApp: 'test',
  clientAppVersion: '',
  clientAppMisc: '',
});

/** Sends a call to an instance, by the public door. */
async function callThrough<Name extends OperationName>(
  platform: Platform,
  sessionId: bigint,
  name: Name,
  args: Partial<ArgumentsDraft<Name>>,
): Promise<Result<Name>> {
  const first = Object.keys(operations[name].parameters)[0]!;
  const { contentType, body } = encodeRequest(name, { [first]: sessionId, ...args } as ArgumentsDraft<Name>);
  const answer = await answerRequest(platform, {
    body,
    header: (header) => (header === 'content-type' ? contentType : undefined),
    door: 'public',
    address: '192.0.2.1',
  });
  const type = answer.headers['content-type']!;
  const bytes = await wholeOf(answer.body);
  assert.equal(answer.statusCode, 200, `${name}: ${bytes.subarray(0, 500)}`);
  return decodeResponse(name, bytes, type);
}

/** A body, whether it is there at once or comes in pieces. */
export async function wholeOf(body: Uint8Array | AsyncIterable<Uint8Array>): Promise<Buffer> {
  if (body instanceof Uint8Array) return Buffer.from(body);
  const pieces: Uint8Array[] = [];
  for await (const piece of body) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** The code of an answer, whichever member has it. */
export const resultOf = (answer: object): number =>
  (answer as { er?: number }).er ?? (answer as { result?: number }).result ?? 0;
