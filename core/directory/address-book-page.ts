import type { Properties } from '../mapi/property.ts';
import type { SqlParameters } from '../platform/database.ts';
import { type AddressBookReader, withSendAs } from './address-book.ts';
import {
  type Criterion,
  conjunction,
  PRINCIPAL_COLUMNS,
  PRINCIPAL_TABLES,
  type Principal,
  parametersOf,
  readPrincipal,
} from './principal.ts';
import { isListed, isOfCompany, isVisible } from './visibility.ts';

/** How everybody is listed: by number, or by name and number. */
export interface EverybodyOrder {
  readonly by: 'number' | 'name';
  readonly descending: boolean;
}

/** Where somebody stands in the list. */
export interface EverybodyPlace {
  readonly id: number;
  /** Full name; of no use where the list is by number. */
  readonly name: string;
}

/** Somebody in the list, with what a row shows. */
export interface EverybodyRow {
  readonly place: EverybodyPlace;
  readonly properties: Properties;
}

/** Rows of one statement, and what they may weigh of the 1 MiB of an answer. */
const MOST_ROWS = 500;
const PAGE_BYTES = 800_000;
const ROW_BYTES = '2 * (LENGTH(pri.details) + LENGTH(pri.name) + LENGTH(pri.full_name) + LENGTH(pri.email)) + 600';

/**
 * Everybody in the global address book, read page by page along an index, so that
 * the first page of many thousands costs no more than that of a few.
 */
export class Everybody {
  readonly #reader: AddressBookReader;
  readonly #order: EverybodyOrder;

  constructor(reader: AddressBookReader, order: EverybodyOrder) {
    this.#reader = reader;
    this.#order = order;
  }

  async count(before?: EverybodyPlace): Promise<number> {
    const criteria = [...this.#shown(), ...(before ? [this.#beside(before, 'before')] : [])];
    const [row] = await this.#reader.statements.query<{ count: number }>(
      `SELECT COUNT(*) AS count FROM principal pri WHERE ${conjunction(criteria)}`,
      parametersOf(criteria),
    );
    return row?.count ?? 0;
  }

  /** Rows from a place on (with it, if it is still there); from the beginning without one. Only those that meet `narrowing`. */
  async from(place: EverybodyPlace | undefined, most: number, narrowing?: Criterion): Promise<EverybodyRow[]> {
    const narrowed = narrowing ? [narrowing] : [];
    const found: Principal[] = [];
    for (let start = place, inclusive = true; found.length < most; inclusive = false) {
      const wanted = Math.min(most - found.length, MOST_ROWS);
      const beside = start ? [this.#beside(start, inclusive ? 'from' : 'after')] : [];
      const part = await this.#page([...beside, ...narrowed], wanted);
      found.push(...part);
      if (part.length === 0) break;
      start = placeOf(part.at(-1)!);
    }
    return this.#rows(found);
  }

  async nth(row: number): Promise<EverybodyPlace | undefined> {
    const criteria = this.#shown();
    const [found] = await this.#reader.statements.query<{ id: number; full_name: string }>(
      `SELECT pri.id, pri.full_name FROM principal pri WHERE ${conjunction(criteria)}
       ORDER BY ${this.#orderBy(false)} LIMIT 1 OFFSET ${Math.max(0, Math.floor(row))}`,
      parametersOf(criteria),
    );
    return found && { id: found.id, name: found.full_name };
  }

  /** The place before another one. */
  async before(place: EverybodyPlace): Promise<EverybodyPlace | undefined> {
    const criteria = [...this.#shown(), this.#beside(place, 'before')];
    const [found] = await this.#reader.statements.query<{ id: number; full_name: string }>(
      `SELECT pri.id, pri.full_name FROM principal pri WHERE ${conjunction(criteria)} ORDER BY ${this.#orderBy(true)} LIMIT 1`,
      parametersOf(criteria),
    );
    return found && { id: found.id, name: found.full_name };
  }

  /** Some of them, in order. */
  async some(ids: readonly number[]): Promise<EverybodyRow[]> {
    const meant: Criterion = {
      sql: `pri.id IN (SELECT j.id FROM JSON_TABLE(:ids, '$[*]' COLUMNS (id INT UNSIGNED PATH '$')) j)`,
      parameters: { ids: JSON.stringify(ids) },
    };
    return this.#rows(await this.#page([meant], MOST_ROWS));
  }

  async #page(more: readonly Criterion[], most: number): Promise<Principal[]> {
    const criteria = [...this.#shown(), ...more];
    const rows = await this.#reader.statements.query(
      `SELECT page.* FROM (
        SELECT found.*, SUM(found.bytes) OVER (ORDER BY found.place) AS total FROM (
          SELECT ${PRINCIPAL_COLUMNS}, ${ROW_BYTES} AS bytes, ROW_NUMBER() OVER (ORDER BY ${this.#orderBy(false)}) AS place
          FROM (SELECT pri.id FROM principal pri WHERE ${conjunction(criteria)}
            ORDER BY ${this.#orderBy(false)} LIMIT ${Math.max(1, Math.floor(most))}) chosen
          JOIN (${PRINCIPAL_TABLES}) ON pri.id = chosen.id
        ) found
      ) page WHERE page.total <= ${PAGE_BYTES} OR page.place = 1 ORDER BY page.place`,
      parametersOf(criteria),
    );
    return rows.map(readPrincipal);
  }

  async #rows(principals: readonly Principal[]): Promise<EverybodyRow[]> {
    const properties = await withSendAs(this.#reader, principals);
    return principals.map((principal, index) => ({ place: placeOf(principal), properties: properties[index]! }));
  }

  #shown(): Criterion[] {
    const { viewer, settings } = this.#reader;
    return [isOfCompany(viewer.companyId, settings.hosted), isVisible(viewer, settings.hosted), isListed(viewer)];
  }

  #beside({ id, name }: EverybodyPlace, where: 'before' | 'from' | 'after'): Criterion {
    const forward = (where !== 'before') !== this.#order.descending;
    const beyond = forward ? '>' : '<';
    // Among equal names the lower number always comes first.
    const number = where === 'before' ? '<' : where === 'from' ? '>=' : '>';
    if (this.#order.by === 'number') return { sql: `pri.id ${number} :placeId`, parameters: { placeId: id } };
    const parameters: SqlParameters = { placeId: id, placeName: name };
    return {
      sql: `pri.full_name ${beyond}= :placeName
        AND (pri.full_name ${beyond} :placeName OR (pri.full_name = :placeName AND pri.id ${number} :placeId))`,
      parameters,
    };
  }

  #orderBy(backward: boolean): string {
    const way = (descending: boolean): string => (descending !== backward ? 'DESC' : 'ASC');
    const byNumber = `pri.id ${way(false)}`;
    return this.#order.by === 'number' ? byNumber : `pri.full_name ${way(this.#order.descending)}, ${byNumber}`;
  }
}

const placeOf = ({ id, fullName }: Principal): EverybodyPlace => ({ id, name: fullName });
