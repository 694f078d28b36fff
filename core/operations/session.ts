import { authenticate } from '../directory/authentication.ts';
import { licenceAnswer } from '../directory/licence.ts';
import { noteLogoff, startSession } from '../directory/session.ts';
import {
  agreedCapabilities,
  KOPANO_CAP_UNICODE,
  KOPANO_LOGON_NO_REGISTER_SESSION,
  KOPANO_LOGON_NO_UID_AUTH,
} from '../mapi/capabilities.ts';
import { KopanoError } from '../mapi/error.ts';
import { KCERR_BAD_CHARWIDTH, KCERR_INVALID_VERSION, KCERR_LOGON_FAILED } from '../mapi/error-codes.ts';
import type { Answer, Arguments } from '../soap/index.ts';
import { serverGuid } from '../store/server-guid.ts';
import { removeSession } from '../store/session-traces.ts';
import type { Caller, Context, Operation, Operations } from './context.ts';

/** What the server calls its version: 11.0.2, the one whose behaviour it has. */
const SERVER_VERSION = '0,11,0,2';
/** Older clients can't speak with us. */
const OLDEST_CLIENT = 6;

/**
 * Logs on. Every refusal is KCERR_LOGON_FAILED, whatever the reason, but for
 * clients that are too old.
 */
async function logon(caller: Caller, args: Arguments<'logon'>): Promise<Answer<'logon'>> {
  const { platform, database, door, address } = caller;
  if (!(args.ulCapabilities & KOPANO_CAP_UNICODE))
    throw new KopanoError(KCERR_BAD_CHARWIDTH, 'the client knows no Unicode');
  const version = args.szVersion ?? '';
  if (isTooOld(version)) throw new KopanoError(KCERR_INVALID_VERSION, 'the client is too old');

  const trusted = door === 'trusted';
  const { principal, impersonatorId } = await authenticate(platform, database, {
    login: args.szUsername ?? '',
    password: args.szPassword ?? '',
    impersonate: args.szImpersonateUser ?? '',
    trusted: trusted && !(args.ulFlags & KOPANO_LOGON_NO_UID_AUTH),
    address,
    client: args.szClientApp ?? '',
  });
  const capabilities = agreedCapabilities(args.ulCapabilities, !trusted);
  const ulSessionId =
    args.ulFlags & KOPANO_LOGON_NO_REGISTER_SESSION
      ? 0n
      : await startSession(
          database,
          {
            principalId: principal.id,
            impersonatorId,
            group: args.ullSessionGroup,
            capabilities: args.ulCapabilities,
            trusted,
            address,
            clientVersion: version,
            clientApp: args.szClientApp ?? '',
            clientAppVersion: args.szClientAppVersion ?? '',
            clientAppMisc: args.szClientAppMisc ?? '',
          },
          platform.clock.now(),
        );
  return {
    ulSessionId,
    lpszVersion: SERVER_VERSION,
    ulCapabilities: capabilities,
    sLicenseResponse: licenceAnswer(args.sLicenseReq),
    sServerGuid: await serverGuid(platform.database),
  };
}

/** Client versions look like "11.0.2" or "0,11,0,2"; one that says nothing is let in, as with the original. */
function isTooOld(version: string): boolean {
  const [major] = version.replace(/^0,/, '').split(/[.,]/).map(Number);
  return major !== undefined && major > 0 && major < OLDEST_CLIENT;
}

/** There is no single sign-on; clients then try name and password. */
function ssoLogon(): Promise<Answer<'ssoLogon'>> {
  throw new KopanoError(KCERR_LOGON_FAILED, 'there is no single sign-on');
}

/** Notes when it was, which also tells whether there is such a session, and removes what belongs to it. */
const logoff: Operation<'logoff'> = Object.assign(
  async ({ database, session }: Context) => {
    await removeSession(database, session.id);
    return {};
  },
  {
    atOnce: async ({ platform, database, door }: Caller, sessionId: bigint) => {
      const session = { id: sessionId, now: platform.clock.now(), trusted: door === 'trusted' };
      if (!(await noteLogoff(database, session))) return undefined;
      await removeSession(database, sessionId);
      return {};
    },
  },
);

export const session = { logon, ssoLogon, logoff } satisfies Partial<Operations>;
