import { createHash } from 'node:crypto';
import type { DirectoryObject, Kind, ObjectReference } from '../ldap/directory-object.ts';
import { dnKey } from '../ldap/dn.ts';
import { foldName } from '../login-name.ts';
import { OBJECTTYPE_CONTAINER, OBJECTTYPE_DISTLIST, OBJECTTYPE_MAILUSER, objectTypeOf } from '../object-class.ts';
import { RELATION_COMPANY_VIEW, RELATION_GROUP_MEMBER } from '../relation.ts';

/** Somebody whom references may mean. */
export interface Nameable {
  readonly id: Buffer;
  readonly dnKey: Buffer;
  readonly name: string;
  readonly class: number;
  readonly companyId: number;
}

/** The relations that an object is to have. */
export interface WantedRelations {
  readonly id: string;
  readonly kind: Kind;
  readonly name: string;
  /** By type; ids in hexadecimal, sorted. */
  readonly children: ReadonlyMap<number, readonly string[]>;
  /** Of a company. */
  readonly administrator: string | undefined;
  readonly digest: Buffer;
}

const DIGEST_BYTES = 16;

/** Finds whom the values of references mean. */
export class Resolver {
  readonly #byDn = new Map<string, string>();
  readonly #byName = new Map<string, string>();
  readonly #byId = new Set<string>();
  /** Servers spell a DN the same way again and again. */
  readonly #keys = new Map<string, string>();

  constructor(everybody: Iterable<Nameable>) {
    for (const { id, dnKey: key, name, class: objectClass, companyId } of everybody) {
      const own = id.toString('hex');
      this.#byDn.set(key.toString('latin1'), own);
      this.#byName.set(nameIn(objectTypeOf(objectClass), companyId, name), own);
      this.#byId.add(own);
    }
  }

  /** The relations of an object; values that mean nobody are passed over, as are those that mean itself. */
  wanted(
    object: Pick<DirectoryObject, 'id' | 'kind' | 'name' | 'references' | 'administrator'>,
    companyId: number,
    found: readonly Buffer[],
  ): WantedRelations {
    const own = object.id.toString('hex');
    const children = new Map<number, Set<string>>();
    const add = (type: number, child: string | undefined): void => {
      if (child === undefined || child === own) return;
      children.set(type, (children.get(type) ?? new Set()).add(child));
    };
    for (const { type, by, values } of object.references)
      for (const value of values) add(type, this.#find(type, by, value, companyId));
    for (const id of found) add(RELATION_GROUP_MEMBER, this.#known(id.toString('hex')));
    const sorted = new Map([...children].sort(([a], [b]) => a - b).map(([type, ids]) => [type, [...ids].sort()]));
    const { administrator } = object;
    const admin = administrator && this.#find(0, administrator.by, administrator.value, companyId);
    const digest = createHash('sha256');
    for (const [type, ids] of sorted) digest.update(`${type}:${ids.join(',')};`);
    digest.update(admin ?? '');
    return {
      id: own,
      kind: object.kind,
      name: object.name,
      children: sorted,
      administrator: admin,
      digest: digest.digest().subarray(0, DIGEST_BYTES),
    };
  }

  #known = (id: string): string | undefined => (this.#byId.has(id) ? id : undefined);

  #find(type: number, by: ObjectReference['by'], value: string, companyId: number): string | undefined {
    if (by === 'dn') return this.#ofDn(value);
    if (by === 'id') return this.#known(Buffer.from(value).toString('hex'));
    const types = type === RELATION_COMPANY_VIEW ? [OBJECTTYPE_CONTAINER] : [OBJECTTYPE_MAILUSER, OBJECTTYPE_DISTLIST];
    for (const company of [companyId, 0])
      for (const objectType of types) {
        const found = this.#byName.get(nameIn(objectType, company, value));
        if (found !== undefined) return found;
      }
    return value.includes('=') ? this.#ofDn(value) : undefined;
  }

  #ofDn(dn: string): string | undefined {
    let key = this.#keys.get(dn);
    if (key === undefined) {
      key = dnKey(dn).toString('latin1');
      this.#keys.set(dn, key);
    }
    return this.#byDn.get(key);
  }
}

const nameIn = (type: number, companyId: number, name: string): string => `${type}:${companyId}:${foldName(name)}`;
