import { principalProperties } from '../directory/address-book-properties.ts';
import { loginName } from '../directory/login-name.ts';
import { hasMailbox } from '../directory/mail-address.ts';
import { findPrincipal, isReferenced, listPrincipals, type Principal } from '../directory/principal.ts';
import { COMPANY_QUOTA_MAIL, quotaRecipients, USERS_QUOTA_MAIL } from '../directory/quota-recipients.ts';
import { SYSTEM_ID } from '../directory/well-known.ts';
import { NO_EXTERNAL_ID } from '../mapi/address-book-entry-id.ts';
import { KopanoError } from '../mapi/error.ts';
import { KCERR_NOT_FOUND } from '../mapi/error-codes.ts';
import type { Database } from '../platform/database.ts';
import type { Platform, QuotaLimits } from '../platform/platform.ts';
import { deliverToInbox } from '../store/delivery.ts';
import { eachOf } from '../store/each-of.ts';
import { type FullStore, fullStores, type QuotaSubject, recordNotices } from '../store/quota-notices.ts';
import type { Mailbox } from './address.ts';
import { personalCopy } from './personal-copy.ts';
import { quotaMessage } from './quota-mail.ts';
import {
  fillTemplate,
  type QuotaFacts,
  type QuotaTemplates,
  quotaLimit,
  quotaSize,
  templateFor,
} from './quota-template.ts';

/** What the operator decides of quota mail. */
export interface MonitorSettings {
  /** Who it comes from where the company has nobody. */
  readonly postmaster: string;
  readonly templates: QuotaTemplates;
  /** Hours until the same store is warned of the same level again. */
  readonly resendHours: number;
}

/** What a run did. */
export interface MonitorReport {
  /** Stores that were due to be told of. */
  full: number;
  /** Mails delivered now, not counting those that an earlier run had delivered. */
  mails: number;
  /** Stores whose people could not be told; the next run tries again. */
  failed: number;
}

/** Some stores could not be told of. */
export class MonitorIncompleteError extends AggregateError {
  override readonly name = 'MonitorIncompleteError';
}

/** Runs are not exactly on time: what is due within two minutes is due now (as with the original). */
const SLACK_MS = 2 * 60_000;
const HOUR_MS = 3_600_000;
/** Mails delivered at once, to hide the way to the database. */
const AT_ONCE = 8;
const NO_LIMITS: QuotaLimits = { warn: 0, soft: 0, hard: 0 };
/** Who writes where no company administrator does (original). */
const SYSTEM_SENDER = 'kopano-system';

/**
 * Tells people whose stores are over a limit, once for each level and interval:
 * the owner of a mailbox and those whom the company names, or the administrators of a company. A mail is named by the
 * store, the level and the number of the notice, and is delivered once
 * however many runs try; only then is the notice recorded. So runs may overlap
 * and die anywhere.
 *
 * Throws {@link MonitorIncompleteError} after it has tried all.
 */
export async function monitorQuotas(platform: Platform, settings: MonitorSettings): Promise<MonitorReport> {
  const report: MonitorReport = { full: 0, mails: 0, failed: 0 };
  const errors: unknown[] = [];
  const { userQuota = NO_LIMITS, companyQuota = NO_LIMITS, hosted } = platform.settings;
  if (hosted) await monitor('companies', companyQuota);
  await monitor('users', userQuota);
  if (errors.length > 0) throw new MonitorIncompleteError(errors, `${errors.length} stores could not be told of`);
  return report;

  async function monitor(subject: QuotaSubject, site: QuotaLimits): Promise<void> {
    const now = platform.clock.now();
    const since = now - settings.resendHours * HOUR_MS + SLACK_MS;
    for await (const page of fullStores(platform.database, subject, site, since)) {
      report.full += page.length;
      const audience = await audienceOf(platform.database, subject, page);
      const told: FullStore[] = [];
      await eachOf(page, AT_ONCE, async (store) => {
        try {
          const mails = await tell(platform, settings, store, audience);
          report.mails += mails;
          told.push(store);
        } catch (error) {
          platform.log.error({ error, store: store.id, level: store.level }, 'a full store could not be told of');
          report.failed++;
          errors.push(error);
        }
      });
      await recordNotices(platform.database, told, now);
    }
  }
}

/** Who hears of the stores of a page, and in whose name. */
interface Audience {
  recipientsOf(store: FullStore): readonly Principal[];
  senderOf(store: FullStore): Principal | undefined;
}

async function audienceOf(database: Database, subject: QuotaSubject, page: readonly FullStore[]): Promise<Audience> {
  const companyOf = (store: FullStore): number => (subject === 'users' ? store.owner.companyId : store.owner.id);
  const companies = [...new Set(page.map(companyOf))].filter((id) => id !== 0);
  const named = await quotaRecipients(database, subject === 'users' ? USERS_QUOTA_MAIL : COMPANY_QUOTA_MAIL, companies);
  const administrators = new Map<number, readonly Principal[]>();
  for (const id of companies) administrators.set(id, await administratorsOf(database, id));
  return {
    recipientsOf(store) {
      const company = companyOf(store);
      const first = subject === 'users' ? [store.owner] : (administrators.get(company) ?? []);
      const all = [...first, ...(named.get(company) ?? [])];
      return [...new Map(all.map((principal) => [principal.id, principal])).values()];
    },
    senderOf: (store) => administrators.get(companyOf(store))?.[0],
  };
}

/** Who reads for a company: the administrator it names, or else those of its users who administer it. */
async function administratorsOf(database: Database, companyId: number): Promise<Principal[]> {
  const company = await findPrincipal(database, [isReferenced({ id: companyId, externalId: NO_EXTERNAL_ID })]);
  const id = company?.details.administratorId ?? SYSTEM_ID;
  if (id !== SYSTEM_ID) {
    const named = await findPrincipal(database, [isReferenced({ id, externalId: NO_EXTERNAL_ID })]);
    if (named && hasMailbox(named)) return [named];
  }
  const administrators = await listPrincipals(database, [
    { sql: 'pri.company_id = :companyId AND pri.admin_level > 0', parameters: { companyId } },
  ]);
  return administrators.filter(hasMailbox);
}

/** Delivers the mail about a store to all who hear of it; answers to how many it was new. */
async function tell(
  platform: Platform,
  settings: MonitorSettings,
  store: FullStore,
  audience: Audience,
): Promise<number> {
  const recipients = audience.recipientsOf(store);
  const log = platform.log.child({ store: store.id, owner: store.owner.id, level: store.level });
  if (recipients.length === 0) log.warn({}, 'nobody reads the quota mail of a company');
  const isCompany = !hasMailbox(store.owner);
  const template = settings.templates[templateFor(store.level, isCompany)];
  const mailId = `quota:${store.guid.toString('hex')}:${store.level}:${store.notice}`;
  const now = platform.clock.now();
  const from = senderOf(audience.senderOf(store), settings);
  const mail = { mailId, from, recipients, now, ...fillTemplate(template, factsOf(platform, store, isCompany)) };
  const message = await quotaMessage(mail, platform.settings);
  let delivered = 0;
  for (const recipient of recipients) {
    const tree = personalCopy(message, principalProperties(recipient, platform.settings));
    try {
      // Right into the mailbox: who is over the hard limit is to read it, too.
      if ((await deliverToInbox(platform, { mailId, recipient: recipient.id, tree, now })) === 'delivered') delivered++;
    } catch (error) {
      if (!(error instanceof KopanoError && error.code === KCERR_NOT_FOUND)) throw error;
      log.warn({ principal: recipient.id }, 'a recipient of quota mail has no mailbox');
    }
  }
  log.info({ mails: delivered }, 'told of a full store');
  return delivered;
}

const senderOf = (administrator: Principal | undefined, { postmaster }: MonitorSettings): Mailbox =>
  administrator?.email
    ? { name: administrator.fullName, address: administrator.email }
    : { name: SYSTEM_SENDER, address: postmaster };

function factsOf(platform: Platform, { owner, size, limits }: FullStore, isCompany: boolean): QuotaFacts {
  return {
    NAME: isCompany ? owner.fullName : loginName(owner, platform.settings),
    FULLNAME: owner.fullName,
    COMPANY: isCompany ? owner.fullName : owner.companyName || 'Default',
    STORE_SIZE: quotaSize(size),
    WARN_SIZE: quotaLimit(limits.warn),
    SOFT_SIZE: quotaLimit(limits.soft),
    HARD_SIZE: quotaLimit(limits.hard),
  };
}
