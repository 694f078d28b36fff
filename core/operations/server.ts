import { requireSystemAdministrator } from '../directory/administration.ts';
import { licenceAnswer } from '../directory/licence.ts';
import { KopanoError } from '../mapi/error.ts';
import { KCERR_NETWORK_ERROR, KCERR_NO_SUPPORT, KCERR_NONE } from '../mapi/error-codes.ts';
import type { Answer, Arguments } from '../soap/index.ts';
import type { Context, Operations } from './context.ts';

/** All of one site is one server: a pseudo URL of its own leads where the client is already (observed on 11.0.2). */
function resolvePseudoUrl(_context: Context, args: Arguments<'resolvePseudoUrl'>): Answer<'resolvePseudoUrl'> {
  return { lpszServerPath: args.lpszPseudoUrl, bIsPeer: true };
}

/** A single server pretends not to know the call (observed in the original: clients take it for an old server). */
function getServerDetails(): Answer<'getServerDetails'> {
  throw new KopanoError(KCERR_NETWORK_ERROR, 'there is only one server');
}

/** Every service is granted. */
function getLicenseAuth(_context: Context, args: Arguments<'getLicenseAuth'>): Answer<'getLicenseAuth'> {
  return { sAuthResponse: licenceAnswer(args.sAuthData) };
}

/** There is no cache that could be out of date; only system administrators may ask. */
function purgeCache({ session }: Context): Answer<'purgeCache'> {
  requireSystemAdministrator(session.identity);
  return { result: KCERR_NONE };
}

/** Windows clients don't update themselves from here, nor did they from 11.0.2. */
function unsupported(): never {
  throw new KopanoError(KCERR_NO_SUPPORT, 'clients are not updated from here');
}

export const server = {
  resolvePseudoUrl,
  getServerDetails,
  getLicenseAuth,
  purgeCache,
  getClientUpdate: unsupported,
  setClientUpdateStatus: unsupported,
  getUserClientUpdateStatus: unsupported,
} satisfies Partial<Operations>;
