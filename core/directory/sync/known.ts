import type { Statements } from '../../platform/database.ts';
import type { Kind } from '../ldap/directory-object.ts';

/** What is known of a principal that comes from the directory. */
export interface KnownEntry {
  readonly principalId: number;
  readonly kind: Kind;
  readonly id: Buffer;
  readonly class: number;
  readonly companyId: number;
  readonly name: string;
  readonly fullName: string;
  readonly email: string;
  readonly dnKey: Buffer;
  readonly content: Buffer;
  readonly relations: Buffer;
  /** The directory lacks it since a synchronisation before. */
  readonly gone: boolean;
  /** It waits for a name that another one had. */
  readonly nameless: boolean;
}

/** Rows of one answer, and what they may weigh of its 1 MiB. */
const PAGE_ROWS = 4000;
const PAGE_BYTES = 800_000;

type Packed = [
  id: number,
  kind: Kind,
  externalId: string,
  objectClass: number,
  companyId: number,
  name: string,
  fullName: string,
  email: string,
  dnKey: string,
  content: string,
  relations: string,
  gone: number,
  nameless: number,
];

/** All principals that come from the directory; a statement for about 2,500 of them, each row packed into one column. */
export async function knownEntries(statements: Statements): Promise<KnownEntry[]> {
  const known: KnownEntry[] = [];
  for (let after = 0; ; after = known.at(-1)!.principalId) {
    const rows = await statements.query<{ packed: string; candidates: number }>(
      `SELECT page.packed, page.candidates FROM (
        SELECT found.id, found.packed, 1.1 * LENGTH(found.packed) + 60 AS bytes,
          SUM(1.1 * LENGTH(found.packed) + 60) OVER (ORDER BY found.id) AS total, COUNT(*) OVER () AS candidates FROM (
          SELECT p.id, JSON_ARRAY(p.id, e.kind, HEX(p.external_id), p.class, p.company_id, p.name, p.full_name, p.email,
            HEX(e.dn_key), HEX(e.content), HEX(e.relations), e.vanished IS NOT NULL, p.name_key IS NULL) AS packed
          FROM directory_entry e JOIN principal p ON p.id = e.principal_id
          WHERE e.principal_id > :after ORDER BY e.principal_id LIMIT ${PAGE_ROWS}
        ) found
      ) page WHERE page.total <= ${PAGE_BYTES} OR page.total = page.bytes ORDER BY page.id`,
      { after },
    );
    for (const { packed } of rows) known.push(unpacked(JSON.parse(packed) as Packed));
    if (rows.length === 0 || (rows.length === rows[0]!.candidates && rows.length < PAGE_ROWS)) return known;
  }
}

function unpacked(row: Packed): KnownEntry {
  const [
    principalId,
    kind,
    id,
    objectClass,
    companyId,
    name,
    fullName,
    email,
    key,
    content,
    relations,
    gone,
    nameless,
  ] = row;
  const bytes = (text: string): Buffer => Buffer.from(text, 'hex');
  return {
    principalId,
    kind,
    id: bytes(id),
    class: objectClass,
    companyId,
    name,
    fullName,
    email,
    dnKey: bytes(key),
    content: bytes(content),
    relations: bytes(relations),
    gone: Boolean(gone),
    nameless: Boolean(nameless),
  };
}

/** A principal that the server keeps itself, whose name or address nobody else may get. */
export interface OwnPrincipal {
  readonly nameKey: string;
  readonly email: string;
}

/** Principals that don't come from the directory. */
export async function ownPrincipals(statements: Statements): Promise<OwnPrincipal[]> {
  const own: OwnPrincipal[] = [];
  for (let after = 0; ; ) {
    const rows = await statements.query<{ id: number; name_key: string | null; email: string }>(
      `SELECT p.id, p.name_key, p.email FROM principal p LEFT JOIN directory_entry e ON e.principal_id = p.id
       WHERE e.principal_id IS NULL AND p.id > :after ORDER BY p.id LIMIT 500`,
      { after },
    );
    for (const row of rows) own.push({ nameKey: row.name_key ?? '', email: row.email });
    if (rows.length < 500) return own;
    after = rows.at(-1)!.id;
  }
}
