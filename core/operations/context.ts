import type { Session } from '../directory/identity.ts';
import type { Database } from '../platform/database.ts';
import type { Platform } from '../platform/platform.ts';
import type { Answer, Arguments, OperationName } from '../soap/index.ts';
import type { OpenTable } from '../store/table/open-tables.ts';
import type { LoadedTarget, TargetName } from '../store/target.ts';

/** Which way a request came: SYSTEM is only behind the trusted doors (a socket of mode 0600, an IAM-signed route). */
export type Door = 'public' | 'trusted';

/** What an operation without a session knows of its caller. */
export interface Caller {
  readonly platform: Platform;
  /** The platform's database, counting the round trips of this request. */
  readonly database: Database;
  readonly door: Door;
  /** Network address of the client, for the session list and the audit log. */
  readonly address: string;
  /** Whom IAM let in at the trusted door (an ARN), for the audit log. */
  readonly principal?: string | undefined;
}

/** What an operation of a session knows besides. */
export interface Context extends Caller {
  readonly session: Session;
  /** The object that the operation's `target` named; undefined where there is none. */
  readonly target: LoadedTarget | undefined;
  /** The open table that the operation's `table` named; undefined where the session has none of that number. */
  readonly table: OpenTable | undefined;
}

/** Operations that begin a session, or need none. */
export type SessionlessName = 'logon' | 'ssoLogon' | 'getClientUpdate' | 'setClientUpdateStatus';

/** What an operation answers; the result code is left to the frame. */
export type Outcome<Name extends OperationName> = Partial<Answer<Name>>;

/**
 * An operation: decides and answers; the frame has checked the session and
 * found the target, and turns a thrown KopanoError into the result code.
 */
export interface Operation<Name extends OperationName> {
  (
    context: Name extends SessionlessName ? Caller : Context,
    args: Arguments<Name>,
  ): Promise<Outcome<Name>> | Outcome<Name>;
  /** Names the object that comes with the session check in one statement. */
  readonly target?: (args: Arguments<Name>) => TargetName | undefined;
  /** Names the open table that comes with it, too; an operation has either. */
  readonly table?: (args: Arguments<Name>) => number | undefined;
  /** Writes in a transaction unless it is refused, so that one is begun beside the session check. */
  readonly writes?: boolean;
  /**
   * Does all that there is to do, and checks the session by what it does; answers undefined where that doesn't tell,
   * and the operation itself has to do it behind the usual check.
   */
  readonly atOnce?: (caller: Caller, sessionId: bigint, args: Arguments<Name>) => Promise<Outcome<Name> | undefined>;
}

/** All operations of the service, each under its name on the wire. */
export type Operations = { readonly [Name in OperationName]: Operation<Name> };

/** An operation on an object that its arguments name. */
export function onTarget<Name extends Exclude<OperationName, SessionlessName>>(
  target: (args: Arguments<Name>) => TargetName | undefined,
  run: (context: Context, args: Arguments<Name>) => Promise<Outcome<Name>>,
): Operation<Name> {
  return Object.assign(run as Operation<Name>, { target });
}

/** Marks an operation that writes in a transaction unless it is refused. */
export const writing = <Name extends OperationName>(operation: Operation<Name>): Operation<Name> =>
  Object.assign(operation, { writes: true });
