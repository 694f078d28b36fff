import {
  KOPANO_CAP_EXTENDED_ANON,
  KOPANO_CAP_GIFN32,
  KOPANO_CAP_LARGE_SESSIONID,
  KOPANO_CAP_MAILBOX_OWNER,
  KOPANO_CAP_MAX_ABCHANGEID,
  KOPANO_CAP_MULTI_SERVER,
  KOPANO_CAP_UNICODE,
} from '../../core/mapi/capabilities.ts';
import { KCERR_NONE } from '../../core/mapi/error-codes.ts';
import {
  type ArgumentsDraft,
  codeMember,
  type OperationName,
  operationRow,
  type Result,
  type SoapClient,
} from '../../core/soap/index.ts';
import type { Credentials } from './credentials.ts';
import { RefusedError } from './refused-error.ts';

/** The version whose protocol is spoken; servers refuse clients that are too old. */
const CLIENT_VERSION = '11.0.2';

const CAPABILITIES =
  KOPANO_CAP_MAILBOX_OWNER |
  KOPANO_CAP_LARGE_SESSIONID |
  KOPANO_CAP_MULTI_SERVER |
  KOPANO_CAP_UNICODE |
  KOPANO_CAP_MAX_ABCHANGEID |
  KOPANO_CAP_EXTENDED_ANON |
  KOPANO_CAP_GIFN32;

type SessionParameter = 'ulSessionId' | 'session-id' | 'ecSessionId';

/** The arguments of an operation but for the session's number. */
export type CallArguments<O extends OperationName> = Omit<ArgumentsDraft<O>, SessionParameter>;

/** A server, as it introduces itself at logon. */
export interface ServerIdentity {
  readonly version: string;
  readonly capabilities: number;
  readonly guid: string;
}

/** A session with a server. */
export class Session implements AsyncDisposable {
  readonly #client: SoapClient;
  readonly #id: bigint;
  /** Who is logged on. */
  readonly name: string;
  /** What the server said of itself. */
  readonly server: ServerIdentity;

  private constructor(client: SoapClient, id: bigint, name: string, server: ServerIdentity) {
    this.#client = client;
    this.#id = id;
    this.name = name;
    this.server = server;
  }

  /** Logs on; KCERR_LOGON_FAILED whatever the reason. */
  static async open(client: SoapClient, { name, password }: Credentials): Promise<Session> {
    const answer = await client.call('logon', {
      szUsername: name,
      szPassword: password,
      szImpersonateUser: '',
      szVersion: CLIENT_VERSION,
      ulCapabilities: CAPABILITIES,
      ulFlags: 0,
      szClientApp: 'kgc',
    });
    if (answer.er !== KCERR_NONE) throw new RefusedError('logon', answer.er);
    return new Session(client, answer.ulSessionId, name, {
      version: answer.lpszVersion ?? '',
      capabilities: answer.ulCapabilities,
      guid: answer.sServerGuid.toString('hex'),
    });
  }

  /** Calls an operation; throws {@link RefusedError} for every result code but success. */
  async call<O extends OperationName>(operation: O, args: CallArguments<O>): Promise<Result<O>> {
    // The session's number is always the first parameter, under different names.
    const [sessionParameter] = Object.keys(operationRow(operation)!.parameters);
    const result = await this.#client.call(operation, {
      ...args,
      [sessionParameter!]: this.#id,
    } as unknown as ArgumentsDraft<O>);
    const code = (result as Readonly<Record<string, unknown>>)[codeMember(operation)] as number;
    if (code !== KCERR_NONE) throw new RefusedError(operation, code);
    return result;
  }

  /** Logs off; a session that can't be ended any more ends by itself. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.call('logoff', {}).catch(() => {});
  }
}
