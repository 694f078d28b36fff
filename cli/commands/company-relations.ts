/** Who sees and administers a company from outside, and who gets its quota mails: all of them lists. */
import type { Command } from 'commander';
import { KCERR_COLLISION, KCERR_NOT_FOUND } from '../../core/mapi/error-codes.ts';
import type { Session } from '../connection/session.ts';
import { type Company, companyName, requireCompany } from '../directory/companies.ts';
import { requirePrincipal } from '../directory/principals.ts';
import { requireUser } from '../directory/users.ts';
import { CommandError } from '../errors.ts';
import { withExamples } from '../examples.ts';
import { action, type Invocation } from '../invocation.ts';
import { oneOf } from '../option-values.ts';
import { doneUnless } from '../refusals.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { counted } from '../terminal/units.ts';

/** A list of others that a company has. */
interface Relation {
  /** Name of the commands. */
  readonly name: string;
  readonly description: string;
  /** What is on the list. */
  readonly other: string;
  readonly example: string;
  readonly read: (session: Session, company: Company, options: RelationOptions) => Promise<string[]>;
  readonly change: (
    session: Session,
    company: Company,
    other: string,
    add: boolean,
    options: RelationOptions,
  ) => Promise<boolean>;
  readonly refine?: (command: Command) => Command;
}

interface RelationOptions {
  readonly quota?: string;
}

const idOf = ({ ulCompanyId, sCompanyId }: Company) => ({ ulCompanyId, sCompanyId });
const namesOf = (users: readonly { readonly lpszUsername?: string | undefined }[]): string[] =>
  users.map(({ lpszUsername }) => lpszUsername ?? '');

export function addCompanyAdminCommands(company: Command, terminal: Terminal): void {
  addRelationCommands(company, terminal, {
    name: 'admin',
    description: 'users of other companies who administer a company (own ones: kgc user update … --admin-level admin)',
    other: 'user',
    example: 'anna@umbrella',
    read: async (session, one) => namesOf((await session.call('getRemoteAdminList', idOf(one))).sUserArray),
    change: async (session, one, other, add) => {
      const { ulUserId, sUserId } = await requireUser(session, other);
      const args = { ulUserId, sUserId, ...idOf(one) };
      return add
        ? doneUnless(session.call('addUserToRemoteAdminList', args), KCERR_COLLISION)
        : doneUnless(session.call('delUserFromRemoteAdminList', args), KCERR_NOT_FOUND);
    },
  });
}

export function addCompanyViewCommands(company: Command, terminal: Terminal): void {
  addRelationCommands(company, terminal, {
    name: 'view',
    description: 'other companies that see the users of a company',
    other: 'company',
    example: 'umbrella',
    read: async (session, one) => (await session.call('getRemoteViewList', idOf(one))).sCompanyArray.map(companyName),
    change: async (session, one, other, add) => {
      const viewer = await requireCompany(session, other);
      const args = { ulSetCompanyId: viewer.ulCompanyId, sSetCompanyId: viewer.sCompanyId, ...idOf(one) };
      return add
        ? doneUnless(session.call('addCompanyToRemoteViewList', args), KCERR_COLLISION)
        : doneUnless(session.call('delCompanyFromRemoteViewList', args), KCERR_NOT_FOUND);
    },
  });
}

/** Types of the wire: whose quota the mail is about (observed on 11.0.2: the class of the object). */
const RECIPIENT_TYPES: Readonly<Record<string, number>> = { users: 0x10001, company: 0x40001 };

export function addRecipientCommands(company: Command, terminal: Terminal): void {
  const typeOf = ({ quota = 'users' }: RelationOptions): number => RECIPIENT_TYPES[quota]!;
  addRelationCommands(company, terminal, {
    name: 'recipient',
    description: 'who gets the quota mails of a company besides those whom they are about',
    other: 'user',
    example: 'anna@acme',
    refine: (command) =>
      command.option('--quota <whose>', 'mails about users (the default) or the company', oneOf('users', 'company')),
    read: (session, one, options) => readRecipients(session, one, options),
    change: async (session, one, other, add, options) => {
      const { id, entryId } = await requirePrincipal(session, other);
      const args = {
        ulCompanyid: one.ulCompanyId,
        sCompanyId: one.sCompanyId,
        ulRecipientId: id,
        sRecipientId: entryId,
        ulType: typeOf(options),
      };
      return add
        ? doneUnless(session.call('AddQuotaRecipient', args), KCERR_COLLISION)
        : doneUnless(session.call('DeleteQuotaRecipient', args), KCERR_NOT_FOUND);
    },
  });
}

/** The server lists recipients for a company, or for one of its users: the first of those is the user. */
async function readRecipients(session: Session, company: Company, { quota = 'users' }: RelationOptions) {
  const { ulCompanyId, sCompanyId } = company;
  if (quota === 'company') {
    const { sUserArray } = await session.call('GetQuotaRecipients', { ulUserid: ulCompanyId, sUserId: sCompanyId });
    // The administrator of the company comes first, and once more if put on the list.
    return [...new Set(namesOf(sUserArray))];
  }
  const { sUserArray: users } = await session.call('getUserList', { ulCompanyId, sCompanyId });
  const anyone = users.find(({ lpszUsername }) => lpszUsername?.includes('@'));
  if (!anyone) return [];
  const { sUserArray } = await session.call('GetQuotaRecipients', {
    ulUserid: anyone.ulUserId,
    sUserId: anyone.sUserId,
  });
  return namesOf(sUserArray.filter(({ ulUserId }, index) => index > 0 || ulUserId !== anyone.ulUserId));
}

function addRelationCommands(company: Command, terminal: Terminal, relation: Relation): void {
  const { name, description, other, example, refine = (command: Command) => command } = relation;
  const group = company.command(name).description(description);

  const list = async ({ session, report }: Invocation, companyOf: string, options: RelationOptions): Promise<void> => {
    const names = await relation.read(session, await requireCompany(session, companyOf), options);
    report.list({
      rows: names,
      columns: [{ title: other.toUpperCase(), text: (each: string) => each }],
      json: (each) => ({ name: each }),
      summary: counted(names.length, other, other === 'company' ? 'companies' : `${other}s`),
    });
  };
  const change =
    (add: boolean) =>
    async ({ session, report }: Invocation, companyOf: string, others: readonly string[], options: RelationOptions) => {
      const found = await requireCompany(session, companyOf);
      for (const each of others) {
        const done = await relation.change(session, found, each, add, options);
        if (!done && !add)
          throw new CommandError(`${each} is not on the list.`, { hint: `kgc company ${name} list ${companyOf}` });
      }
      const end = add ? 'on the list now' : 'no longer on the list';
      report.done(`${others.join(', ')}: ${end} (${name} of ${companyOf}).`, {
        company: companyOf,
        [add ? 'added' : 'removed']: others,
      });
    };

  withExamples(
    refine(group.command('list').argument('<company>', 'name of the company'))
      .description('show the list')
      .action(action(terminal, list)),
    `kgc company ${name} list acme`,
  );
  for (const add of [true, false]) {
    const verb = add ? 'add' : 'remove';
    withExamples(
      refine(
        group.command(verb).argument('<company>', 'name of the company').argument(`<${other}...>`, 'who it is about'),
      )
        .description(add ? 'put on the list' : 'take from the list')
        .action(action(terminal, change(add))),
      `kgc company ${name} ${verb} acme ${example}`,
    );
  }
}
