import { findByMailAddress } from '../../directory/mail-address.ts';
import { hasMembers, mailMembers } from '../../directory/members.ts';
import { findPrincipal, isReferenced, type Principal } from '../../directory/principal.ts';
import { decodeAddressBookEntryId, isAddressBookEntryId } from '../../mapi/address-book-entry-id.ts';
import { decodeOneOff } from '../../mapi/one-off-entry-id.ts';
import type { RuleRecipient } from '../../mapi/rule.ts';
import * as tags from '../../mapi/tags.ts';
import type { Platform } from '../../platform/platform.ts';
import type { Mailbox } from '../address.ts';
import { SMTP } from '../address-book.ts';

/** Somebody whom a rule names. */
export interface RuleTarget extends Mailbox {
  /** Who it is, where that is known without asking by address. */
  readonly principal?: Principal;
}

/**
 * Those whom a rule sends to, with mail addresses: as its rows say, or as the
 * address book knows them now. Members instead of a group that has no address itself.
 */
export async function ruleTargets(platform: Platform, rows: readonly RuleRecipient[]): Promise<RuleTarget[]> {
  const found: RuleTarget[] = [];
  for (const row of rows) found.push(...(await targetsOf(platform, row)));
  const unique = new Map(found.map((target) => [target.address.toLowerCase(), target]));
  return [...unique.values()].filter(({ address }) => address.includes('@'));
}

async function targetsOf({ database }: Platform, row: RuleRecipient): Promise<RuleTarget[]> {
  const text = (tag: number): string => {
    const value = row.get(tag);
    return typeof value === 'string' ? value : '';
  };
  const name = text(tags.PR_DISPLAY_NAME);
  const entryId = row.get(tags.PR_ENTRYID);
  if (Buffer.isBuffer(entryId) && isAddressBookEntryId(entryId)) {
    const principal = await findPrincipal(database, [isReferenced(decodeAddressBookEntryId(entryId))]);
    if (principal?.email) return [{ name: principal.fullName, address: principal.email, principal }];
    if (principal && hasMembers(principal)) {
      const members = (await mailMembers(database, [principal])).get(principal.id) ?? [];
      return members.map((member) => ({ name: member.fullName, address: member.email, principal: member }));
    }
  }
  const smtp = text(tags.PR_SMTP_ADDRESS);
  if (smtp.includes('@')) return [{ name, address: smtp }];
  const address = text(tags.PR_EMAIL_ADDRESS);
  if (address.includes('@') && (text(tags.PR_ADDRTYPE) || SMTP) === SMTP) return [{ name, address }];
  const oneOff = Buffer.isBuffer(entryId) ? decodeOneOff(entryId) : undefined;
  return oneOff?.address.includes('@') ? [{ name: name || oneOff.name, address: oneOff.address }] : [];
}

/** With the principals of those who are known by their address only. */
export async function withPrincipals(platform: Platform, targets: readonly RuleTarget[]): Promise<RuleTarget[]> {
  const unknown = targets.filter(({ principal }) => !principal).map(({ address }) => address);
  if (unknown.length === 0) return [...targets];
  const { named } = await findByMailAddress(platform.database, { named: unknown, recipients: [] }, platform.settings);
  return targets.map((target) => {
    const principal = target.principal ?? named.get(target.address.toLowerCase());
    return principal ? { ...target, principal } : target;
  });
}
