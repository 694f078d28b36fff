import { sessionQuery } from '../directory/session.ts';
import { KopanoError } from '../mapi/error.ts';
import {
  KCERR_CALL_FAILED,
  KCERR_DATABASE_ERROR,
  KCERR_END_OF_SESSION,
  KCERR_NOT_IMPLEMENTED,
} from '../mapi/error-codes.ts';
import { DatabaseUnavailableError } from '../platform/database.ts';
import type { Platform } from '../platform/platform.ts';
import {
  type Answer,
  failedAnswer,
  type OperationName,
  operations as operationTable,
  type Request,
} from '../soap/index.ts';
import { readTable, tableJoin } from '../store/table/open-tables.ts';
import { readTarget, TARGET_COLUMNS, type TargetName, targetJoin } from '../store/target.ts';
import type { Caller, Context, Door } from './context.ts';
import { operations } from './index.ts';

/** A decoded request and where it came from. */
export interface Call {
  readonly request: Request;
  readonly door: Door;
  readonly address: string;
  readonly principal?: string | undefined;
}

/** An operation, its name forgotten. */
interface AnyOperation {
  (context: Caller, args: unknown): Promise<Answer<OperationName>>;
  readonly target?: (args: unknown) => TargetName | undefined;
  readonly table?: (args: unknown) => number | undefined;
  readonly writes?: boolean;
  readonly atOnce?: (context: Caller, sessionId: bigint, args: unknown) => Promise<Answer<OperationName> | undefined>;
}

/**
 * Performs a call: checks the session (together with the operation's target, in
 * one statement), runs the operation, and turns errors into result codes.
 * Never throws.
 */
export async function perform(platform: Platform, call: Call): Promise<Answer<OperationName>> {
  const { request, door, address, principal } = call;
  const name = request.operation;
  const database = platform.database.counted();
  const caller: Caller = { platform, database, door, address, principal };
  try {
    const operation = (operations as Readonly<Record<string, unknown>>)[name] as AnyOperation | undefined;
    if (!operation) throw new KopanoError(KCERR_NOT_IMPLEMENTED, `${name} is not implemented`);
    const done = await operation.atOnce?.(caller, sessionIdOf(request), request.args);
    if (done) return done;
    if (operation.writes) database.expectTransaction();
    const context = operationTable[name].session ? await contextOf(caller, request, operation) : caller;
    if (door === 'trusted' && (name === 'logon' || operationTable[name].write)) auditTrusted(platform, call, context);
    return await operation(context, request.args);
  } catch (error) {
    return failedAnswer(name, codeOf(platform, name, error));
  } finally {
    await database.forgoTransaction();
    platform.log.debug({ operation: name, statements: database.roundTrips }, 'performed');
  }
}

async function contextOf(caller: Caller, request: Request, operation: AnyOperation): Promise<Context> {
  const sessionId = sessionIdOf(request);
  const name = operation.target?.(request.args);
  const check = sessionQuery(sessionId, caller.platform.clock.now());
  const tableId = operation.table?.(request.args);
  const join = name && targetJoin(name);
  const table = tableId === undefined ? undefined : tableJoin(sessionId, tableId);
  const [row] = await caller.database.query(
    `SELECT ${[check.select, ...(join ? [TARGET_COLUMNS] : []), ...(table ? [table.columns] : [])].join(', ')}
    FROM ${check.from} ${join?.sql ?? ''} ${table?.sql ?? ''} WHERE ${check.where}`,
    { ...check.parameters, ...join?.parameters, ...table?.parameters },
  );
  const session = row && check.read(row);
  if (!row || !session || (session.trusted && caller.door !== 'trusted'))
    throw new KopanoError(KCERR_END_OF_SESSION, 'no such session');
  await check.touch(caller.database, row);
  return { ...caller, session, target: join && readTarget(row), table: table && readTable(row) };
}

/** The first argument of operations that have a session. */
function sessionIdOf({ operation, args }: Request): bigint {
  return (args as Record<string, unknown>)[Object.keys(operationTable[operation].parameters)[0]!] as bigint;
}

/** Whoever comes in or changes something by the trusted door has all rights, so it is written down who it was. */
function auditTrusted(platform: Platform, { request, address, principal }: Call, context: Caller | Context): void {
  const user = 'session' in context ? context.session.identity.name : undefined;
  platform.log.info(
    { audit: 'trusted', operation: request.operation, principal, address, user },
    'by the trusted door',
  );
}

/** The code of an error: a domain error's own; everything else is logged whole and answered bare. */
function codeOf(platform: Platform, operation: string, error: unknown): number {
  if (error instanceof KopanoError) {
    platform.log.debug({ operation, code: error.code, reason: error.message }, 'refused');
    return error.code;
  }
  platform.log.error({ operation, err: error }, 'an operation failed unexpectedly');
  return error instanceof DatabaseUnavailableError ? KCERR_DATABASE_ERROR : KCERR_CALL_FAILED;
}
