import { principalProperties } from '../directory/address-book-properties.ts';
import { findByMailAddress, foldAddress, hasMailbox } from '../directory/mail-address.ts';
import { hasMembers, mailMembers } from '../directory/members.ts';
import type { Principal } from '../directory/principal.ts';
import type { Platform } from '../platform/platform.ts';
import type { AddressBook } from './address-book.ts';
import type { DeliverySettings, PublicFolderAddress } from './delivery-settings.ts';

/** Where a mail goes for one who gets it. */
export type Receiver =
  | {
      readonly kind: 'mailbox';
      readonly principal: Principal;
      /** Reached as a member of a group or company, or a member of one that the mail names. */
      readonly throughGroup: boolean;
    }
  /** An address of the outside world: a contact, itself or as a member of `via`. */
  | { readonly kind: 'outside'; readonly principal: Principal; readonly via: Principal }
  | { readonly kind: 'public folder'; readonly place: PublicFolderAddress }
  | { readonly kind: 'nobody'; readonly address: string; readonly why: string };

/** Addresses of a mail that are looked up; the others of an endless list are shown as the mail says them. */
const MAX_RESOLVED = 500;

/** Looks up who is who in a mail; once for each mail. */
export class Receivers {
  readonly #platform: Platform;
  readonly #settings: DeliverySettings;
  readonly #recipients: readonly string[];
  #named: ReadonlyMap<string, Principal> = new Map();
  #found: ReadonlyMap<string, Principal> = new Map();
  #members: ReadonlyMap<number, readonly Principal[]> = new Map();

  /** @param recipients of the envelope */
  constructor(platform: Platform, settings: DeliverySettings, recipients: readonly string[]) {
    this.#platform = platform;
    this.#settings = settings;
    this.#recipients = recipients;
  }

  /** Finds everybody, in one statement for most mails; answers those whom the mail shows as the address book does. */
  async resolve(addresses: readonly string[]): Promise<AddressBook> {
    const { database, settings } = this.#platform;
    const { named, recipients } = await findByMailAddress(
      database,
      { named: addresses.slice(0, MAX_RESOLVED), recipients: this.#recipients },
      settings,
    );
    this.#named = named;
    this.#found = recipients;
    const groups = [...new Set([...named.values(), ...recipients.values()])].filter(hasMembers);
    if (groups.length > 0) this.#members = await mailMembers(database, groups);
    const receivers = [...recipients.values()];
    const wanted = new Set([...addresses, ...this.#recipients].map(foldAddress));
    return new Map(
      [...named, ...recipients]
        .filter(([address, principal]) => wanted.has(address) && isShown(principal, receivers, settings.hosted))
        .map(([address, principal]) => [address, principalProperties(principal, settings)]),
    );
  }

  /** Everybody who gets the mail, each once; and the addresses that are nobody's. */
  list(): Receiver[] {
    const receivers = new Map<string, Receiver>();
    const add = (key: string, receiver: Receiver): void => {
      if (!receivers.has(key)) receivers.set(key, receiver);
    };
    for (const recipient of this.#recipients) {
      const address = foldAddress(recipient);
      const place = this.#settings.publicFolders.find((each) => foldAddress(each.address) === address);
      if (place) {
        add(`folder ${place.company ?? ''}/${place.folder}`, { kind: 'public folder', place });
        continue;
      }
      const principal = this.#found.get(address);
      const people = principal ? this.#peopleOf(principal) : [];
      for (const person of people) {
        if (hasMailbox(person)) add(`principal ${person.id}`, this.#mailbox(person));
        else if (foldAddress(person.email).includes('@') && foldAddress(person.email) !== address)
          add(`principal ${person.id}`, { kind: 'outside', principal: person, via: principal! });
        else add(`nobody ${address}`, { kind: 'nobody', address, why: 'a contact has no mailbox' });
      }
      if (!principal) add(`nobody ${address}`, { kind: 'nobody', address, why: 'no such recipient' });
      else if (people.length === 0)
        add(`nobody ${address}`, { kind: 'nobody', address, why: 'the group has no members' });
    }
    return [...receivers.values()];
  }

  #peopleOf = (principal: Principal): readonly Principal[] =>
    hasMembers(principal) ? (this.#members.get(principal.id) ?? []) : [principal];

  #mailbox(principal: Principal): Receiver {
    const groups = [...new Set([...this.#named.values(), ...this.#found.values()])].filter(hasMembers);
    const throughGroup = groups.some((group) =>
      (this.#members.get(group.id) ?? []).some((member) => member.id === principal.id),
    );
    return { kind: 'mailbox', principal, throughGroup };
  }
}

/** Whether mail shows somebody as the address book does: not who is hidden there, and no company to another. */
const isShown = (principal: Principal, receivers: readonly Principal[], hosted: boolean): boolean =>
  !principal.hidden && (!hosted || receivers.every((receiver) => receiver.companyId === principal.companyId));
