import type { Command } from 'commander';
import { storeGuidOf } from '../../core/mapi/entry-id.ts';
import { KCERR_COLLISION } from '../../core/mapi/error-codes.ts';
import { type AgreementOptions, addAgreementOptions, isAgreed } from '../agreement.ts';
import { isRefused } from '../connection/refused-error.ts';
import { type Company, companyName, listCompanies, requireCompany } from '../directory/companies.ts';
import { PrincipalNames } from '../directory/principals.ts';
import { limitText, quotaText, readQuota } from '../directory/quota.ts';
import { isSystem, listUsers, requireUser } from '../directory/users.ts';
import { CommandError, UsageError } from '../errors.ts';
import { withExamples } from '../examples.ts';
import { action, type Invocation } from '../invocation.ts';
import { createPublicStore, findPublicStore } from '../mailbox/create-mailbox.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { counted } from '../terminal/units.ts';
import { addCompanyAdminCommands, addCompanyViewCommands, addRecipientCommands } from './company-relations.ts';

interface CompanyOptions {
  readonly name?: string;
  readonly systemAdmin?: string;
  readonly hidden?: boolean;
  readonly withoutPublicStore?: boolean;
}

/** In numbers that are sent: leave it as it is (observed on 11.0.2). */
const UNCHANGED = 0xffffffff;

export function addCompanyCommands(program: Command, terminal: Terminal): void {
  const company = program.command('company').description('companies of a hosted server, each among themselves');

  withExamples(
    company
      .command('create')
      .argument('<name>', 'as it stands behind the @ of login names')
      .option('--without-public-store', 'make no public store for it')
      .description('make a company with a public store; repeat it to finish what was interrupted')
      .action(action(terminal, create)),
    'kgc company create acme',
  );
  withExamples(
    company.command('list').description('list companies').action(action(terminal, list)),
    'kgc company list',
    'kgc company list --json',
  );
  withExamples(
    company
      .command('show')
      .argument('<name>', 'name of the company')
      .description('show a company: administrators, quota, who may see it')
      .action(action(terminal, show)),
    'kgc company show acme',
  );
  withExamples(
    company
      .command('update')
      .argument('<name>', 'name of the company')
      .option('--name <new>', 'another name; login names change with it')
      .option('--system-admin <user>', 'whom quota mails of the company go to and come from')
      .option('--hidden', 'not in the address book')
      .option('--no-hidden', 'in the address book again')
      .description('change a company; what is not named stays')
      .action(
        action(terminal, update, (_name: string, options: CompanyOptions) => {
          if (Object.keys(options).length === 0)
            throw new UsageError('There is nothing to change.', { hint: 'kgc help company update' });
        }),
      ),
    'kgc company update acme --system-admin anna@acme',
  );
  withExamples(
    addAgreementOptions(company.command('delete').argument('<name>', 'name of the company'))
      .description('delete a company with its users and groups; their stores are kept without owners')
      .action(action(terminal, remove)),
    'kgc company delete acme --dry-run',
    'kgc company delete acme --yes',
  );
  addCompanyAdminCommands(company, terminal);
  addCompanyViewCommands(company, terminal);
  addRecipientCommands(company, terminal);
}

const companyJson = (company: Company) => ({
  name: companyName(company),
  hidden: company.ulIsABHidden !== 0,
  id: company.ulCompanyId,
});

async function create({ session, report }: Invocation, name: string, options: CompanyOptions): Promise<void> {
  let created = true;
  try {
    await session.call('createCompany', { lpsCompany: { lpszCompanyname: name } });
  } catch (error) {
    // Says so where there are no companies at all.
    await listCompanies(session);
    if (!isRefused(error, KCERR_COLLISION)) throw error;
    created = false;
  }
  const company = await requireCompany(session, name);
  if (options.withoutPublicStore) {
    if (!created) throw new CommandError(`There is a company '${name}' already; nothing was changed.`);
    report.done(`Created the company ${name}.`, { ...companyJson(company), created, store: null });
    return;
  }
  const progress = report.progress(`Public store of ${name}`);
  const owner = { id: company.ulCompanyId, entryId: company.sCompanyId, name: companyName(company) };
  const store = await createPublicStore(session, progress, owner).finally(() => progress.end());
  if (!created && !store.changed)
    throw new CommandError(`There is a company '${name}' already; nothing was changed.`, {
      hint: `kgc company show ${name}`,
    });
  report.done(
    created
      ? `Created the company ${name} with a public store.`
      : `The company ${name} was there; its public store is complete now.`,
    { ...companyJson(company), created, store: storeGuidOf(store.storeId).toString('hex') },
  );
}

async function list({ session, report }: Invocation): Promise<void> {
  const companies = await listCompanies(session);
  const names = new PrincipalNames(session);
  const rows = await Promise.all(
    companies.map(async (company) => ({
      company,
      administrator: (await names.of(company.ulAdministrator, company.sAdministrator))?.name ?? '',
    })),
  );
  report.list<{ readonly company: Company; readonly administrator: string }>({
    rows,
    columns: [
      { title: 'NAME', text: (row) => companyName(row.company) },
      { title: 'SYSTEM ADMIN', text: (row) => row.administrator },
      { title: 'HIDDEN', text: (row) => (row.company.ulIsABHidden ? 'yes' : '') },
    ],
    json: (row) => ({ ...companyJson(row.company), systemAdmin: row.administrator }),
    summary: counted(rows.length, 'company', 'companies'),
  });
}

async function show({ session, report }: Invocation, name: string): Promise<void> {
  const company = await requireCompany(session, name);
  const { ulCompanyId, sCompanyId } = company;
  const owner = { id: ulCompanyId, entryId: sCompanyId };
  const [administrator, users, viewers, admins, quota, userQuota, store] = await Promise.all([
    new PrincipalNames(session).of(company.ulAdministrator, company.sAdministrator),
    listUsers(session, company),
    session.call('getRemoteViewList', { ulCompanyId, sCompanyId }),
    session.call('getRemoteAdminList', { ulCompanyId, sCompanyId }),
    readQuota(session, owner),
    readQuota(session, owner, true),
    findPublicStore(session, name),
  ]);
  const own = users.filter((user) => !isSystem(user));
  const viewedBy = viewers.sCompanyArray.map(companyName);
  const remoteAdmins = admins.sUserArray.map(({ lpszUsername }) => lpszUsername ?? '');
  const localAdmins = own.filter(({ ulIsAdmin }) => ulIsAdmin > 0).map(({ lpszUsername }) => lpszUsername ?? '');
  const { warn, soft, hard } = userQuota;
  report.facts(
    [
      ['Name', companyName(company)],
      ['System admin', administrator?.name],
      ['Administrators', localAdmins.join(', ') || 'none of its own'],
      ['From outside', remoteAdmins.join(', ')],
      ['Seen by', viewedBy.join(', ')],
      ['Hidden', company.ulIsABHidden ? 'yes' : 'no'],
      ['Users', String(own.length)],
      ['Quota', quotaText(quota)],
      [
        'Quota of users',
        userQuota.from === 'server'
          ? 'default of the server'
          : `warn ${limitText(warn)}, soft ${limitText(soft)}, hard ${limitText(hard)}`,
      ],
      ['Public store', store ? storeGuidOf(store.storeId).toString('hex') : 'none'],
    ],
    {
      ...companyJson(company),
      systemAdmin: administrator?.name ?? null,
      administrators: localAdmins,
      remoteAdministrators: remoteAdmins,
      viewedBy,
      users: own.length,
      quota,
      userQuota,
      store: store ? storeGuidOf(store.storeId).toString('hex') : null,
    },
  );
}

async function update({ session, report }: Invocation, name: string, options: CompanyOptions): Promise<void> {
  const company = await requireCompany(session, name);
  const administrator = options.systemAdmin === undefined ? undefined : await requireUser(session, options.systemAdmin);
  const wanted = options.name ?? companyName(company);
  await session.call('setCompany', {
    lpsCompany: {
      ulCompanyId: company.ulCompanyId,
      sCompanyId: company.sCompanyId,
      lpszCompanyname: wanted,
      ulAdministrator: administrator?.ulUserId ?? company.ulAdministrator,
      sAdministrator: administrator?.sUserId ?? company.sAdministrator,
      ulIsABHidden: options.hidden === undefined ? UNCHANGED : Number(options.hidden),
    },
  });
  report.done(`Changed the company ${name}.`, companyJson(await requireCompany(session, wanted)));
}

async function remove(invocation: Invocation, name: string, options: AgreementOptions): Promise<void> {
  const { session, report } = invocation;
  const company = await requireCompany(session, name);
  const users = (await listUsers(session, company)).filter((user) => !isSystem(user)).length;
  const what = `delete the company ${name} with its groups and ${counted(users, 'user')}; their stores are kept without owners`;
  if (!(await isAgreed(invocation, options, what, { name, users, deleted: false }))) return;
  await session.call('deleteCompany', { ulCompanyId: company.ulCompanyId, sCompanyId: company.sCompanyId });
  report.done(`Deleted the company ${name} with ${counted(users, 'user')}.`, { name, users, deleted: true });
}
