import { domainToASCII } from 'node:url';
import type { Identity } from '../../directory/identity.ts';
import { foldAddress } from '../../directory/mail-address.ts';
import { hasMembers, mailMembers } from '../../directory/members.ts';
import { listPrincipals, type Principal } from '../../directory/principal.ts';
import { findByEntryIds } from '../../directory/principals-by-entry.ts';
import { isVisible } from '../../directory/visibility.ts';
import { EVERYONE_ID } from '../../directory/well-known.ts';
import { isAddressBookEntryId } from '../../mapi/address-book-entry-id.ts';
import { MSGFLAG_RESEND } from '../../mapi/message-flags.ts';
import type { ObjectTree } from '../../mapi/object-tree.ts';
import { MAPI_ATTACH } from '../../mapi/object-types.ts';
import { decodeOneOff } from '../../mapi/one-off-entry-id.ts';
import { MAPI_P1 } from '../../mapi/recipient-types.ts';
import {
  PR_ADDRTYPE,
  PR_DISPLAY_NAME,
  PR_EC_CONTACT_ENTRYID,
  PR_EMAIL_ADDRESS,
  PR_MESSAGE_FLAGS,
  PR_RECIPIENT_TYPE,
  PR_SMTP_ADDRESS,
} from '../../mapi/tags.ts';
import { suppressedOf } from '../../store/suppression.ts';
import type { SendingContext } from './context.ts';

/** Who gets a message, and who can't. */
export interface Envelope {
  /** `user@domain`, each once. */
  readonly recipients: readonly string[];
  readonly unreachable: readonly Unreachable[];
}

/** A recipient that mail can't be sent to. */
export interface Unreachable {
  /** Address, or name where there is none. */
  readonly recipient: string;
  readonly reason: string;
}

/** Mail addresses by what a message says of its recipients; groups are dissolved, for nobody else can do that. */
export async function envelopeOf(context: SendingContext, owner: Principal, message: ObjectTree): Promise<Envelope> {
  const rows = recipientsOf(message);
  const entries = rows.flatMap(({ entryId }) => (entryId ? [entryId] : []));
  const { database } = context.platform;
  const known = entries.length > 0 ? await findByEntryIds(database, entries) : new Map<string, Principal>();
  const groups = [...known.values()].filter((group) => hasMembers(group) && isDissolved(context, group));
  const members = groups.length > 0 ? await mailMembers(database, groups) : new Map<number, Principal[]>();
  const visible = await visibleOf(context, owner, [...known.values(), ...[...members.values()].flat()]);

  const envelope = new EnvelopeDraft();
  for (const row of rows) {
    const principal = row.entryId && known.get(row.entryId.toString('hex'));
    if (principal && !visible(principal)) envelope.unreachable(row.shown, 'There is nobody of this name.');
    else if (principal?.id === EVERYONE_ID && !context.settings.sendToEveryone)
      envelope.unreachable(row.shown, 'You are not allowed to send to the "Everyone" group.');
    else if (principal && members.has(principal.id)) {
      const reached = (members.get(principal.id) ?? []).filter(({ email }) => email !== '').filter(visible);
      if (reached.length === 0) envelope.unreachable(row.shown, 'The group has no members with a mail address.');
      for (const { email } of reached) envelope.add(email, email);
    } else if (principal) {
      if (principal.email === '') envelope.unreachable(row.shown, 'The recipient has no mail address.');
      else envelope.add(principal.email, row.shown);
    } else addPlain(context, envelope, row);
  }
  return withoutSuppressed(context, envelope);
}

interface RecipientRow {
  readonly shown: string;
  /** Of the address book; undefined for others. */
  readonly entryId: Buffer | undefined;
  readonly addressType: string;
  readonly address: string;
}

/** The recipients of a message; of one that is sent again, those that it is sent again to (MS-OXOMSG 3.2.4.5). */
function recipientsOf(message: ObjectTree): RecipientRow[] {
  const resent = (Number(message.properties.get(PR_MESSAGE_FLAGS) ?? 0) & MSGFLAG_RESEND) !== 0;
  return message.children
    .filter(({ kind }) => kind !== MAPI_ATTACH)
    .filter(({ properties }) => !resent || (Number(properties.get(PR_RECIPIENT_TYPE) ?? 0) & MAPI_P1) !== 0)
    .map(({ properties }) => {
      const text = (tag: number): string => {
        const value = properties.get(tag);
        return typeof value === 'string' ? value.trim() : '';
      };
      const entryId = properties.get(PR_EC_CONTACT_ENTRYID);
      const oneOff = Buffer.isBuffer(entryId) ? decodeOneOff(entryId) : undefined;
      const address = text(PR_SMTP_ADDRESS) || text(PR_EMAIL_ADDRESS) || oneOff?.address.trim() || '';
      return {
        shown: address || text(PR_DISPLAY_NAME),
        entryId: Buffer.isBuffer(entryId) && isAddressBookEntryId(entryId) ? entryId : undefined,
        addressType: (text(PR_ADDRTYPE) || oneOff?.addressType || 'SMTP').toUpperCase(),
        address,
      };
    });
}

/** A group with an address is one recipient: who made the address wants the mail there. */
const isDissolved = ({ settings }: SendingContext, { email }: Principal): boolean =>
  email === '' || settings.expandGroups;

/** A contact or a one-off, who is known by what the message says only. */
function addPlain({ settings }: SendingContext, envelope: EnvelopeDraft, row: RecipientRow): void {
  const { addressType, address, shown } = row;
  if (addressType === 'FAX' && settings.faxDomain) {
    const number = address.startsWith('+') ? settings.faxInternational + address.slice(1) : address;
    envelope.add(`${number.replace(/[^\w+]/g, '')}@${settings.faxDomain}`, shown);
  } else if (addressType === 'FAX') envelope.unreachable(shown, 'Faxes can’t be sent from here.');
  else if (address.includes('@')) envelope.add(address, shown);
  else if (addressType === 'SMTP') envelope.unreachable(shown, 'This is no mail address.');
  else envelope.unreachable(shown, `Addresses of type ${addressType.slice(0, 20)} can’t be sent to from here.`);
}

/** In hosted mode nobody writes to whom his company can't see. */
async function visibleOf(
  { platform }: SendingContext,
  owner: Principal,
  principals: readonly Principal[],
): Promise<(principal: Principal) => boolean> {
  if (!platform.settings.hosted || principals.length === 0) return () => true;
  const viewer: Pick<Identity, 'principalId' | 'companyId' | 'adminLevel'> = {
    principalId: owner.id,
    companyId: owner.companyId,
    adminLevel: owner.adminLevel,
  };
  const seen = await listPrincipals(platform.database, [isVisible(viewer, true)]);
  const ids = new Set(seen.map(({ id }) => id));
  return ({ id }) => ids.has(id);
}

class EnvelopeDraft {
  readonly #recipients = new Map<string, string>();
  readonly #unreachable = new Map<string, Unreachable>();

  add(written: string, shown: string): void {
    const address = plainAddress(written);
    if (address === undefined) this.unreachable(shown, 'This is no mail address.');
    else if (!this.#recipients.has(foldAddress(address))) this.#recipients.set(foldAddress(address), address);
  }

  unreachable(recipient: string, reason: string): void {
    if (!this.#unreachable.has(recipient)) this.#unreachable.set(recipient, { recipient, reason });
  }

  get addresses(): ReadonlyMap<string, string> {
    return this.#recipients;
  }

  get failures(): Unreachable[] {
    return [...this.#unreachable.values()];
  }
}

/** Characters of an address (RFC 5321 4.5.3.1: 64 + 1 + 255). */
const ADDRESS_CHARACTERS = 320;

/**
 * An address as SES takes it, without the quotes that people bring along with it;
 * undefined for what is none. SES takes names of domains in ASCII form only, and no local
 * part beyond ASCII.
 */
export function plainAddress(written: string): string | undefined {
  const trimmed = written.trim();
  const bare = (/^'(.*)'$/s.exec(trimmed) ?? /^"([^"]*)"$/s.exec(trimmed) ?? /^<(.*)>$/s.exec(trimmed))?.[1] ?? trimmed;
  const at = bare.lastIndexOf('@');
  const local = bare.slice(0, at);
  const domain = domainToASCII(bare.slice(at + 1));
  const isLocal =
    /^[\x21\x23-\x27\x2a\x2b\x2d\x2f-\x39\x3d\x3f\x41-\x5a\x5e-\x7e.]+$/.test(local) ||
    /^"(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\[\x20-\x7e])+"$/.test(local);
  if (!isLocal || domain === '' || !/^[a-z0-9.-]+$/.test(domain)) return undefined;
  const address = `${local}@${domain}`;
  return address.length <= ADDRESS_CHARACTERS ? address : undefined;
}

async function withoutSuppressed({ platform }: SendingContext, envelope: EnvelopeDraft): Promise<Envelope> {
  const addresses = envelope.addresses;
  const suppressed = await suppressedOf(platform.database, [...addresses.keys()]);
  for (const [key, { reason, detail, at }] of suppressed) {
    const day = new Date(at).toISOString().slice(0, 10);
    const why = reason === 'complaint' ? `complained of mail from here` : `could not be reached (${detail})`;
    envelope.unreachable(addresses.get(key)!, `Nothing is sent to this address, because on ${day} it ${why}.`);
  }
  return {
    recipients: [...addresses].flatMap(([key, address]) => (suppressed.has(key) ? [] : [address])),
    unreachable: envelope.failures,
  };
}

/** The same for a finished mail, whose recipients are addresses already. */
export function envelopeOfAddresses(context: SendingContext, recipients: readonly string[]): Promise<Envelope> {
  const envelope = new EnvelopeDraft();
  for (const recipient of recipients) envelope.add(recipient, recipient);
  return withoutSuppressed(context, envelope);
}
