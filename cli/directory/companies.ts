import { KCERR_NO_SUPPORT, KCERR_NOT_FOUND } from '../../core/mapi/error-codes.ts';
import type { Wire } from '../../core/soap/index.ts';
import { isRefused } from '../connection/refused-error.ts';
import type { Session } from '../connection/session.ts';
import { CommandError } from '../errors.ts';

/** A company (tenant) as the server tells it. */
export type Company = Wire<'company'>;

/** The companies whom the session may see; undefined where the server has none at all. */
export async function findCompanies(session: Session): Promise<Company[] | undefined> {
  try {
    const { sCompanyArray } = await session.call('getCompanyList', {});
    return sCompanyArray.sort((a, b) => companyName(a).localeCompare(companyName(b)));
  } catch (error) {
    if (isRefused(error, KCERR_NO_SUPPORT)) return undefined;
    throw error;
  }
}

export const companyName = ({ lpszCompanyname }: Company): string => lpszCompanyname ?? '';

/** The companies; says so where the server isn't a hosted one. */
export async function listCompanies(session: Session): Promise<Company[]> {
  const companies = await findCompanies(session);
  if (companies) return companies;
  throw new CommandError('This server has no companies: it does not run in hosted mode.', {
    hint: 'npm start -- --hosted (locally), or the setting hosted (on AWS), before the first user is made',
  });
}

/** A company by name, or undefined. */
export async function findCompany(session: Session, name: string): Promise<Company | undefined> {
  try {
    const { ulCompanyId, sCompanyId } = await session.call('resolveCompanyname', { lpszCompanyname: name });
    return (await session.call('getCompany', { ulCompanyId, sCompanyId })).lpsCompany;
  } catch (error) {
    if (isRefused(error, KCERR_NOT_FOUND)) return undefined;
    if (isRefused(error, KCERR_NO_SUPPORT)) await listCompanies(session);
    throw error;
  }
}

/** A company by name; says so if there is none. */
export async function requireCompany(session: Session, name: string): Promise<Company> {
  const company = await findCompany(session, name);
  if (!company) throw new CommandError(`There is no company '${name}'.`, { hint: 'kgc company list' });
  return company;
}

/** The company of an option, if there is one. */
export const optionalCompany = async (session: Session, name: string | undefined): Promise<Company | undefined> =>
  name === undefined ? undefined : requireCompany(session, name);
