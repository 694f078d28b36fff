import { randomUUID } from 'node:crypto';
import { Attribute, Change, Client } from 'ldapts';
import type { DirectoryAccess, DirectorySettings } from '../../../../core/platform/directory-access.ts';
import { parseDirectorySettings } from '../../../../core/platform/directory-access.ts';
import { ROOT_DN, ROOT_PASSWORD, type Slapd, SUFFIX } from '../../../../local/directory/slapd.ts';

export type Values = Readonly<Record<string, string | Buffer | readonly (string | Buffer)[]>>;

/** An entry in LDIF (RFC 2849), every value in base64. */
export function ldif(dn: string, attributes: Values): string {
  const lines = [`dn:: ${Buffer.from(dn).toString('base64')}`];
  for (const [name, value] of Object.entries(attributes))
    for (const one of Array.isArray(value) ? value : [value])
      lines.push(`${name}:: ${Buffer.from(one as string).toString('base64')}`);
  return `${lines.join('\n')}\n\n`;
}

export const PEOPLE = `ou=people,${SUFFIX}`;
export const GROUPS = `ou=groups,${SUFFIX}`;

/** The entries that everything else lies below. */
export const base = (): string =>
  ldif(SUFFIX, { objectClass: ['dcObject', 'organization'], dc: 'example', o: 'example' }) +
  ldif(PEOPLE, { objectClass: 'organizationalUnit', ou: 'people' }) +
  ldif(GROUPS, { objectClass: 'organizationalUnit', ou: 'groups' });

export const personDn = (uid: string, parent = PEOPLE): string => `uid=${uid},${parent}`;

/** A person with a mailbox, in the Kopano schema; the password is the name, reversed. */
export const person = (uid: string, more: Values = {}): Values => ({
  objectClass: ['inetOrgPerson', 'kopano-user'],
  uid,
  cn: `Full ${uid}`,
  sn: uid,
  mail: `${uid}@example.org`,
  userPassword: passwordOf(uid),
  ...more,
});

export const passwordOf = (uid: string): string => [...uid].reverse().join('');

export const aPerson = (uid: string, more: Values = {}, parent = PEOPLE): string =>
  ldif(personDn(uid, parent), person(uid, more));

/** A group of DNs, in the Kopano schema. */
export const aGroup = (cn: string, members: readonly string[], more: Values = {}): string =>
  ldif(`cn=${cn},${GROUPS}`, {
    objectClass: ['groupOfNames', 'kopano-group'],
    cn,
    member: members.length > 0 ? members : [SUFFIX],
    kopanoSecurityGroup: '1',
    ...more,
  });

/** The way to a directory, as functions get it. */
export function accessTo(slapd: Slapd, more: Partial<DirectorySettings> = {}): DirectoryAccess {
  const settings = { urls: [slapd.url], baseDn: SUFFIX, profile: 'openldap', startTls: false, fullHours: 0, ...more };
  return {
    settings: parseDirectorySettings(JSON.stringify(settings)),
    credentials: () => Promise.resolve({ bindDn: ROOT_DN, password: ROOT_PASSWORD }),
  };
}

/** Changes a directory as its administrator does. */
export async function change(slapd: Slapd, work: (client: Client) => Promise<unknown>): Promise<void> {
  const client = new Client({ url: slapd.url });
  await client.bind(ROOT_DN, ROOT_PASSWORD);
  await work(client);
  await client.unbind();
}

/** Replaces the values of an attribute; without values it goes. */
export const replace = (
  client: Client,
  dn: string,
  type: string,
  values: readonly (string | Buffer)[],
): Promise<void> =>
  client.modify(
    dn,
    new Change({ operation: 'replace', modification: new Attribute({ type, values: values as string[] }) }),
  );

export const uuid = (): string => randomUUID();
