import type { Door } from '../../../core/operations/context.ts';
import { perform } from '../../../core/operations/frame.ts';
import type { Log } from '../../../core/platform/log.ts';
import type { Platform } from '../../../core/platform/platform.ts';
import {
  type Answer,
  type Arguments,
  type ArgumentsDraft,
  type OperationName,
  operations,
} from '../../../core/soap/index.ts';
import { migrate } from '../../../core/store/migrations.ts';
import { seed } from '../../../core/store/seed.ts';
import { ephemeralDatabase } from '../../../local/database/ephemeral.ts';

export const NO_ID: Buffer = Buffer.alloc(0);

/** A logged-on client of a test site. */
export interface Client {
  readonly sessionId: bigint;
  call<Name extends OperationName>(name: Name, args?: Partial<ArgumentsDraft<Name>>): Promise<Answer<Name>>;
}

/** A server on a database of its own, whose clock stands until a test moves it. */
export interface Site extends AsyncDisposable {
  readonly platform: Platform;
  /** Milliseconds since 1970; set it to move time. */
  now: number;
  /** Calls an operation; `code` of the answer is in `er` or `result`. */
  call<Name extends OperationName>(name: Name, args: Partial<ArgumentsDraft<Name>>, door?: Door): Promise<Answer<Name>>;
  logon(credentials: Partial<ArgumentsDraft<'logon'>>, door?: Door): Promise<Answer<'logon'>>;
  /** Logs on, by the trusted door without a password, and fails the test if that fails. SYSTEM without a name. */
  client(name?: string, password?: string): Promise<Client>;
}

const SILENT: Log = { debug() {}, info() {}, warn() {}, error() {}, child: () => SILENT };

/** What the decoder gives for parameters that a client leaves out. */
const DEFAULTS: Readonly<Record<string, unknown>> = {
  ulUserId: 0,
  sUserId: NO_ID,
  ulGroupId: 0,
  sGroupId: NO_ID,
  ulCompanyId: 0,
  sCompanyId: NO_ID,
  ulSetCompanyId: 0,
  sSetCompanyId: NO_ID,
  ulSenderId: 0,
  sSenderId: NO_ID,
  ulUserid: 0,
  ulCompanyid: 0,
  ulRecipientId: 0,
  sRecipientId: NO_ID,
  bGetUserDefault: false,
  ulFlags: 0,
};

/** `latencyMs` slows every statement down, as a database far away does. */
export async function openSite(settings: Partial<Platform['settings']> = {}, latencyMs = 0): Promise<Site> {
  const ephemeral = await ephemeralDatabase(latencyMs > 0 ? { latencyMs } : undefined);
  const site: { now: number } = { now: Date.UTC(2026, 0, 5, 12) };
  const platform: Platform = {
    database: ephemeral.database,
    blobs: { put: unused, get: unused, delete: unused, async *list() {} },
    clock: { now: () => site.now },
    log: SILENT,
    settings: { serverName: 'Unknown', hosted: false, embeddedMessageLimit: 20, ...settings },
    // Nobody sends here; what wakes the spooler has tests of its own.
    spool: {
      jobs: { send: async () => {} },
      postponed: { send: async () => {} },
      mails: { read: unused, write: unused },
    },
  };
  await migrate(ephemeral.database);
  await seed(platform);

  const call: Site['call'] = (name, args, door = 'public') =>
    perform(platform, {
      request: { operation: name, args: { ...DEFAULTS, ...args } as unknown as Arguments<typeof name> } as never,
      door,
      address: '192.0.2.1',
    }) as Promise<Answer<typeof name>>;
  const logon: Site['logon'] = (credentials, door = 'public') => call('logon', { ...LOGON, ...credentials }, door);
  const client: Site['client'] = async (name = 'SYSTEM', password = '') => {
    const door = password === '' ? 'trusted' : 'public';
    const { er, ulSessionId } = await logon({ szUsername: name, szPassword: password }, door);
    if (er || !ulSessionId) throw new Error(`${name} can't log on: ${er}`);
    const sessionId = BigInt(ulSessionId);
    return {
      sessionId,
      call: (operation, args = {}) =>
        call(operation, { [sessionParameter(operation)]: sessionId, ...args } as never, door),
    };
  };
  return Object.assign(site, {
    platform,
    call,
    logon,
    client,
    [Symbol.asyncDispose]: () => ephemeral.dispose(),
  });
}

/** The session comes first, whatever it is called. */
const sessionParameter = (operation: OperationName): string => Object.keys(operations[operation].parameters)[0]!;

/** What the genuine client sends (recorded from 11.0.2). */
export const LOGON: ArgumentsDraft<'logon'> = {
  szUsername: '',
  szPassword: '',
  szImpersonateUser: '',
  szVersion: '11.0.2',
  ulCapabilities: 59219,
  ulFlags: 0,
  sLicenseReq: NO_ID,
  ullSessionGroup: 0n,
  szClientApp: 'python3',
  szClientAppVersion: '3.11.2',
  szClientAppMisc: 'test',
};

async function unused(): Promise<never> {
  throw new Error('this site has no blobs');
}

/** A user as a client sends it; numbers that aren't given stay as they are. */
export function aUser(name: string, more: Partial<NonNullable<Arguments<'createUser'>['lpsUser']>> = {}) {
  return {
    ulUserId: 0,
    lpszUsername: name,
    lpszPassword: `${name}'s password`,
    lpszMailAddress: `${name}@example.com`,
    lpszFullName: `Full ${name}`,
    ulIsNonActive: 0,
    ulIsAdmin: 0,
    ulIsABHidden: 0,
    ulCapacity: 0,
    ulObjClass: 65537,
    sUserId: NO_ID,
    ...more,
  };
}

/** Creates a user as SYSTEM; answers number and entry id. */
export async function createUser(system: Client, name: string, more: Parameters<typeof aUser>[1] = {}) {
  const { er, ulUserId, sUserId } = await system.call('createUser', { lpsUser: aUser(name, more) });
  if (er || !ulUserId || !sUserId) throw new Error(`${name} can't be created: ${er}`);
  return { id: ulUserId, entryId: Buffer.from(sUserId), name, password: aUser(name, more).lpszPassword };
}

/** The result code of an answer. */
export const codeOf = (answer: object): number =>
  (answer as { er?: number }).er ?? (answer as { result?: number }).result ?? 0;
