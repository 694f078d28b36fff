import { ICS_AB_CHANGE, ICS_AB_NEW } from '../../mapi/change-types.ts';
import type { Database, Statements } from '../../platform/database.ts';
import { logPrincipals } from '../address-book-log.ts';
import { ALIAS_FILL, refillAliases } from '../alias.ts';
import { RELATIONS_OF } from '../ldap/directory-object.ts';
import { ACTIVE_USER, NONACTIVE_USER } from '../object-class.ts';
import { deletePrincipals } from '../principal.ts';
import { endSessionsOf } from '../session.ts';
import type { KnownEntry } from './known.ts';
import type { Rewriting, Writing } from './plan.ts';
import type { WantedRelations } from './relations.ts';
import type { SyncLock } from './state.ts';

/*
 * A plan is written in transactions of many rows each: a function that dies in
 * between leaves what the next synchronisation completes. Rows travel as one
 * JSON parameter (JSON_TABLE), so that a statement does the work of hundreds.
 */

/** Rows of one transaction. */
const CHUNK_ROWS = 1_000;
/** What their JSON may take of the 4 MiB of a request, in bytes before escaping. */
const CHUNK_BYTES = 1_200_000;

function* chunksOf<T>(rows: readonly T[], bytesOf: (row: T) => number): Generator<T[]> {
  let chunk: T[] = [];
  let bytes = 0;
  for (const row of rows) {
    const size = bytesOf(row);
    if (chunk.length === CHUNK_ROWS || (chunk.length > 0 && bytes + size > CHUNK_BYTES)) {
      yield chunk;
      chunk = [];
      bytes = 0;
    }
    chunk.push(row);
    bytes += size;
  }
  if (chunk.length > 0) yield chunk;
}

const bytesOfWriting = ({ details, dn, name, fullName, email }: Writing): number =>
  details.length + dn.length + 2 * (name.length + fullName.length + email.length) + 200;

const WRITING_COLUMNS = `class INT UNSIGNED PATH '$[1]', company_id INT UNSIGNED PATH '$[2]',
  name VARCHAR(255) PATH '$[3]', name_key VARCHAR(300) PATH '$[4]', full_name VARCHAR(255) PATH '$[5]',
  email VARCHAR(255) PATH '$[6]', admin_level INT PATH '$[7]', hidden INT PATH '$[8]', details MEDIUMTEXT PATH '$[9]',
  kind VARCHAR(16) PATH '$[10]', dn VARCHAR(2048) PATH '$[11]', dn_key CHAR(32) PATH '$[12]', content CHAR(32) PATH '$[13]'`;

const rowOf = (id: string | number, w: Writing): unknown[] => [
  id,
  w.class,
  w.companyId,
  w.name,
  w.nameKey ?? null,
  w.fullName,
  w.email,
  w.adminLevel,
  w.hidden ? 1 : 0,
  w.details,
  w.kind,
  w.dn,
  w.dnKey.toString('hex'),
  w.content.toString('hex'),
];

const ADDED = `JSON_TABLE(:rows, '$[*]' COLUMNS (id VARCHAR(510) PATH '$[0]', ${WRITING_COLUMNS})) j`;
const CHANGED = `JSON_TABLE(:rows, '$[*]' COLUMNS (id INT UNSIGNED PATH '$[0]', ${WRITING_COLUMNS})) j`;
const IDS = `SELECT j.id FROM JSON_TABLE(:ids, '$[*]' COLUMNS (id INT UNSIGNED PATH '$')) j`;

/** What writes a plan. */
export class SyncWriter {
  readonly #database: Database;
  readonly #lock: SyncLock;

  constructor(database: Database, lock: SyncLock) {
    this.#database = database;
    this.#lock = lock;
  }

  async add(writings: readonly Writing[]): Promise<void> {
    for (const chunk of chunksOf(writings, bytesOfWriting))
      await this.#transaction(async (statements) => {
        const rows = JSON.stringify(chunk.map((writing) => rowOf(writing.id.toString('hex'), writing)));
        await statements.execute(
          `INSERT INTO principal (class, external_id, company_id, name, name_key, full_name, email, admin_level, hidden, details)
           SELECT j.class, UNHEX(j.id), j.company_id, j.name, j.name_key, j.full_name, j.email, j.admin_level, j.hidden, j.details
           FROM ${ADDED}`,
          { rows },
        );
        await statements.execute(
          `INSERT INTO directory_entry (principal_id, kind, dn, dn_key, content, relations)
           SELECT p.id, j.kind, j.dn, UNHEX(j.dn_key), UNHEX(j.content), UNHEX(:none)
           FROM ${ADDED} JOIN principal p ON p.external_id = UNHEX(j.id)`,
          { rows, none: NONE },
        );
        const ids = { ids: JSON.stringify(chunk.map(({ id }) => id.toString('hex'))) };
        const added = `p.external_id IN (SELECT UNHEX(j.id) FROM JSON_TABLE(:ids, '$[*]' COLUMNS (id VARCHAR(510) PATH '$')) j)`;
        await statements.execute(`${ALIAS_FILL} AND ${added}`, ids);
        await logPrincipals(statements, ICS_AB_NEW, added, ids);
      });
  }

  /** Those who get another name are in one transaction, for one may get what another one gives up. */
  async change(changes: readonly Rewriting[], deactivated: ReadonlySet<number>): Promise<void> {
    const renamed = changes.filter(({ known, writing }) => known.nameless || known.gone || known.name !== writing.name);
    const others = changes.filter((change) => !renamed.includes(change));
    const size = ({ writing }: Rewriting): number => bytesOfWriting(writing);
    if (renamed.length > 0)
      await this.#transaction(async (statements) => {
        const chunks = [...chunksOf(renamed, size)];
        for (const chunk of chunks)
          await statements.execute(`UPDATE principal SET name_key = NULL WHERE id IN (${IDS})`, { ids: idsOf(chunk) });
        for (const chunk of chunks) await this.#rewrite(statements, chunk, deactivated);
      });
    for (const chunk of chunksOf(others, size))
      await this.#transaction((statements) => this.#rewrite(statements, chunk, deactivated));
  }

  async #rewrite(
    statements: Statements,
    changes: readonly Rewriting[],
    deactivated: ReadonlySet<number>,
  ): Promise<void> {
    const rows = JSON.stringify(changes.map(({ known, writing }) => rowOf(known.principalId, writing)));
    await statements.execute(
      `UPDATE principal p JOIN ${CHANGED} ON j.id = p.id SET p.class = j.class, p.company_id = j.company_id,
         p.name = j.name, p.name_key = j.name_key, p.full_name = j.full_name, p.email = j.email,
         p.admin_level = j.admin_level, p.hidden = j.hidden, p.details = j.details`,
      { rows },
    );
    // A company's details have lost who administers it: its relations are written again.
    await statements.execute(
      `UPDATE directory_entry e JOIN ${CHANGED} ON j.id = e.principal_id SET e.kind = j.kind, e.dn = j.dn,
         e.dn_key = UNHEX(j.dn_key), e.content = UNHEX(j.content), e.vanished = NULL,
         e.relations = IF(e.vanished IS NULL AND j.kind <> 'company', e.relations, UNHEX(:none))`,
      { rows, none: NONE },
    );
    await refillAliases(statements, idsOf(changes));
    await logPrincipals(statements, ICS_AB_CHANGE, `p.id IN (${IDS})`, { ids: idsOf(changes) });
    const ended = changes.map(({ known }) => known.principalId).filter((id) => deactivated.has(id));
    if (ended.length > 0) await endSessionsOf(statements, ended);
  }

  /** What has vanished is hidden, can't log on, is in no group, gives its name free, and is kept with its mailbox. */
  async remove(removals: readonly KnownEntry[]): Promise<void> {
    for (const chunk of chunksOf(removals, () => 100))
      await this.#transaction(async (statements) => {
        const ids = JSON.stringify(chunk.map(({ principalId }) => principalId));
        await statements.execute(
          `UPDATE principal SET class = IF(class = ${ACTIVE_USER}, ${NONACTIVE_USER}, class), hidden = 1, admin_level = 0,
             name_key = NULL
           WHERE id IN (${IDS})`,
          { ids },
        );
        await statements.execute(
          `UPDATE directory_entry SET vanished = UTC_TIMESTAMP(3), content = UNHEX(:none), relations = UNHEX(:none)
           WHERE principal_id IN (${IDS})`,
          { ids, none: NONE },
        );
        // Those who had it in a list are looked at again when they are read again.
        await statements.execute(
          `UPDATE directory_entry SET relations = UNHEX(:none) WHERE principal_id IN (
             SELECT parent_id FROM relation WHERE child_id IN (${IDS}))`,
          { ids, none: NONE },
        );
        await statements.execute(`DELETE FROM relation WHERE child_id IN (${IDS}) OR parent_id IN (${IDS})`, { ids });
        await logPrincipals(statements, ICS_AB_CHANGE, `p.id IN (${IDS})`, { ids });
        await endSessionsOf(
          statements,
          chunk.map(({ principalId }) => principalId),
        );
      });
  }

  /** Makes the relations of objects what they are to be. `idOf`: the number of a principal, by its external id in hexadecimal. */
  async relate(wanted: readonly WantedRelations[], idOf: ReadonlyMap<string, number>): Promise<void> {
    const size = ({ children }: WantedRelations): number =>
      60 + 20 * [...children.values()].reduce((sum, ids) => sum + ids.length, 0);
    for (const chunk of chunksOf(wanted, size))
      await this.#transaction(async (statements) => {
        const parents = chunk.flatMap((one) => {
          const id = idOf.get(one.id);
          return id === undefined ? [] : [{ id, ...pick(one) }];
        });
        const rows = JSON.stringify(
          parents.flatMap(({ id, children }) =>
            [...children].flatMap(([type, ids]) =>
              ids.flatMap((child) => (idOf.has(child) ? [[type, id, idOf.get(child)]] : [])),
            ),
          ),
        );
        const types = [...new Set(parents.flatMap(({ kind }) => RELATIONS_OF[kind]))];
        const ids = JSON.stringify(parents.map(({ id }) => id));
        const RELATED = `JSON_TABLE(:rows, '$[*]' COLUMNS (type INT PATH '$[0]', parent_id INT UNSIGNED PATH '$[1]', child_id INT UNSIGNED PATH '$[2]')) j`;
        if (types.length > 0)
          await statements.execute(
            `DELETE r FROM relation r LEFT JOIN ${RELATED}
               ON j.type = r.type AND j.parent_id = r.parent_id AND j.child_id = r.child_id
             WHERE r.type IN (${types.join(', ')}) AND r.parent_id IN (${IDS.replaceAll('j.', 'k.').replace(') j', ') k')}) AND j.type IS NULL`,
            { rows, ids },
          );
        await statements.execute(
          `INSERT IGNORE INTO relation (type, parent_id, child_id) SELECT j.type, j.parent_id, j.child_id FROM ${RELATED}`,
          { rows },
        );
        await statements.execute(
          `UPDATE directory_entry e JOIN JSON_TABLE(:digests, '$[*]' COLUMNS (id INT UNSIGNED PATH '$[0]', digest CHAR(32) PATH '$[1]')) j
             ON j.id = e.principal_id SET e.relations = UNHEX(j.digest)`,
          { digests: JSON.stringify(parents.map(({ id, digest }) => [id, digest.toString('hex')])) },
        );
        for (const { id, administrator, kind } of parents)
          if (kind === 'company' && administrator !== undefined && idOf.has(administrator))
            await statements.execute(
              `UPDATE principal SET details = JSON_SET(details, '$.administratorId', :administrator) WHERE id = :id`,
              { id, administrator: idOf.get(administrator)! },
            );
        await logPrincipals(statements, ICS_AB_CHANGE, `p.id IN (${IDS})`, { ids });
      });
  }

  /** Forgets what vanished so many days ago: principals go, mailboxes stay without owner. Answers their names. */
  async forget(graceDays: number): Promise<string[]> {
    const names: string[] = [];
    for (;;) {
      const rows = await this.#database.query<{ id: number; name: string }>(
        `SELECT p.id, p.name FROM directory_entry e JOIN principal p ON p.id = e.principal_id
         WHERE e.vanished < UTC_TIMESTAMP(3) - INTERVAL ${Math.floor(graceDays)} DAY
           AND NOT EXISTS (SELECT 1 FROM principal m WHERE m.company_id = p.id) ORDER BY p.id LIMIT ${CHUNK_ROWS}`,
      );
      if (rows.length === 0) return names;
      await this.#transaction((statements) =>
        deletePrincipals(
          statements,
          rows.map(({ id }) => id),
        ),
      );
      names.push(...rows.map(({ name }) => name));
    }
  }

  #transaction(work: (statements: Statements) => Promise<void>): Promise<void> {
    return this.#database.transaction(async (statements) => {
      await this.#lock.prolong(statements);
      await work(statements);
    });
  }
}

/** Digest of nothing, in hexadecimal. */
const NONE = '00'.repeat(16);

const idsOf = (changes: readonly Rewriting[]): string => JSON.stringify(changes.map(({ known }) => known.principalId));

const pick = ({ kind, children, administrator, digest }: WantedRelations) => ({
  kind,
  children,
  administrator,
  digest,
});
