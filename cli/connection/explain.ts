import * as codes from '../../core/mapi/error-codes.ts';
import { SoapFault, TransportError } from '../../core/soap/index.ts';
import { CommandError } from '../errors.ts';
import { SYSTEM } from './credentials.ts';
import { codeName, RefusedError } from './refused-error.ts';
import { addressText } from './server-address.ts';

/** What was being talked to, for the words of an error. */
export interface Connection {
  readonly server: URL;
  readonly login: string;
}

/** The error in an operator's words, with what to do next. Unknown errors stay as they are. */
export function explain(error: unknown, connection: Connection): unknown {
  if (error instanceof RefusedError) return explainRefusal(error, connection);
  if (error instanceof TransportError) return explainTransport(error, connection);
  if (error instanceof SoapFault) {
    const message = `${addressText(connection.server)} did not understand: ${error.message}`;
    return new CommandError(message, { hint: 'check that the address is that of a groupware server', cause: error });
  }
  return error;
}

interface Words {
  readonly message: string;
  readonly hint?: string;
}

const OTHER_LOGIN = 'log on as an administrator with --login NAME, or through the trusted door (--server file:///…)';

const REFUSALS: Readonly<Record<number, Words>> = {
  [codes.KCERR_NO_ACCESS]: { message: 'This needs rights that the session does not have.', hint: OTHER_LOGIN },
  [codes.KCERR_NOT_IMPLEMENTED]: {
    message: 'The server does not do this yet.',
    hint: 'see the limits in README.md',
  },
  [codes.KCERR_NO_SUPPORT]: { message: 'The server does not support this.' },
  [codes.KCERR_END_OF_SESSION]: { message: 'The session has ended.', hint: 'run the command again' },
  [codes.KCERR_DATABASE_ERROR]: {
    message: 'The server could not reach its database.',
    hint: 'try again; the log of the soap function says more',
  },
  [codes.KCERR_STORE_FULL]: { message: 'The store is over its quota.' },
  [codes.KCERR_SERVER_NOT_RESPONDING]: { message: 'The server is too busy.', hint: 'try again' },
  [codes.KCERR_TIMEOUT]: { message: 'The server took too long.', hint: 'try again' },
};

function explainRefusal(error: RefusedError, { login, server }: Connection): CommandError {
  if (error.operation === 'logon') return explainLogon(error, login, server);
  const { message, hint } = REFUSALS[error.code] ?? { message: `${error.message}.` };
  const code = REFUSALS[error.code] ? ` (${error.operation}: ${codeName(error.code)})` : '';
  return new CommandError(message + code, { hint, cause: error });
}

function explainLogon(error: RefusedError, login: string, server: URL): CommandError {
  if (error.code !== codes.KCERR_LOGON_FAILED)
    return new CommandError(`${login} can't log on: ${codeName(error.code)}.`, { cause: error });
  if (login === SYSTEM && server.protocol !== 'file:') {
    return new CommandError(`${SYSTEM} may log on through a trusted door only, not at ${addressText(server)}.`, {
      hint: 'log on as an administrator with --login NAME, or use --server aws+https://… or file:///path/to/server.sock',
      cause: error,
    });
  }
  return new CommandError(`${login} can't log on: name or password is wrong.`, {
    hint: 'check --login and the password; a new user is created with: kgc user create',
    cause: error,
  });
}

const SOCKET_PROBLEMS: Readonly<Record<string, Words>> = {
  ECONNREFUSED: {
    message: 'nothing answers there',
    hint: 'start the server (npm start), or name another with --server',
  },
  ENOENT: { message: 'there is no such socket', hint: 'start the server (npm start), or name another with --server' },
  EACCES: { message: 'the socket is its owner’s only', hint: 'run kgc as the user who started the server' },
  ENOTFOUND: { message: 'there is no such host', hint: 'check the address' },
  EAI_AGAIN: { message: 'the name of the host could not be looked up', hint: 'check the address and the network' },
  ECONNRESET: { message: 'the connection broke', hint: 'is it http: or https:? Otherwise try again' },
  EPROTO: { message: 'it does not speak TLS', hint: 'use http:// if the server has no TLS' },
  DEPTH_ZERO_SELF_SIGNED_CERT: { message: 'its certificate is not trusted', hint: 'give the authority with --ca-file' },
  SELF_SIGNED_CERT_IN_CHAIN: { message: 'its certificate is not trusted', hint: 'give the authority with --ca-file' },
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: {
    message: 'its certificate is not trusted',
    hint: 'give the authority with --ca-file',
  },
};

/** What a gateway answers to a missing or wrong signature, or to one of somebody without the permission. */
const FORBIDDEN = 403;

function explainTransport(error: TransportError, { server }: Connection): CommandError {
  if (error.status === FORBIDDEN)
    return new CommandError(`${addressText(server)} lets nobody in whom IAM does not know as an administrator.`, {
      hint: 'check AWS_PROFILE and the policy of the administrators, see docs/operating.md; the clock, too',
      cause: error,
    });
  const words = SOCKET_PROBLEMS[systemCode(error) ?? ''];
  if (!words) return new CommandError(`${error.message}.`, { hint: 'check the address and try again', cause: error });
  return new CommandError(`${addressText(server)} can't be reached: ${words.message}.`, {
    hint: words.hint,
    cause: error,
  });
}

/** The code of the system error underneath. */
function systemCode(error: unknown): string | undefined {
  for (let at = error; at instanceof Error; at = at.cause) {
    const { code } = at as NodeJS.ErrnoException;
    if (typeof code === 'string') return code;
    // Several addresses were tried.
    if (at instanceof AggregateError && at.errors.length > 0) return systemCode(at.errors[0]);
  }
  return undefined;
}
