import type { PropertyTag } from '../../mapi/property.ts';
import type { Restriction } from '../../mapi/restriction.ts';
import type { Position, RowKey, RowPage, RowSource, SourceRow } from '../table/row-source.ts';
import type { StorePlace } from '../table/store-place.ts';
import type { TableReader } from '../table/table-sources.ts';
import { refreshSearches } from './refresh.ts';
import { visibleResults } from './visible-results.ts';

/** How long a request for rows may search before it shows what was found so far. */
const SEARCH_MS = 15_000;

/** The place of a search folder's rows as they are now: its results are brought up to date, and it is known who may see which. */
export async function searchPlace(reader: TableReader, place: StorePlace): Promise<StorePlace> {
  const folderId = place.folder.id;
  const [looked] = await refreshSearches({ ...reader, store: place.store }, [folderId], SEARCH_MS);
  return { ...place, search: looked ? await visibleResults(reader, looked.standing, place.grants.full) : {} };
}

/** The rows of a search folder: those of a source that is made when the first is asked for. */
export class SearchSource implements RowSource {
  readonly #make: () => Promise<RowSource>;
  #made: Promise<RowSource> | undefined;

  constructor(make: () => Promise<RowSource>) {
    this.#make = make;
  }

  #source(): Promise<RowSource> {
    this.#made ??= this.#make();
    return this.#made;
  }

  async count(): Promise<number> {
    return (await this.#source()).count();
  }

  async read(from: Position, most: number): Promise<RowPage> {
    return (await this.#source()).read(from, most);
  }

  async rowsBefore(position: Position): Promise<number> {
    return position === 'start' ? 0 : (await this.#source()).rowsBefore(position);
  }

  async positionOf(row: number): Promise<Position> {
    return row <= 0 ? 'start' : (await this.#source()).positionOf(row);
  }

  async find(restriction: Restriction, from: Position, backward: boolean): Promise<RowKey | undefined> {
    return (await this.#source()).find(restriction, from, backward);
  }

  async locate(id: number, order: number): Promise<RowKey | undefined> {
    return (await this.#source()).locate(id, order);
  }

  async some(ids: readonly number[]): Promise<readonly SourceRow[]> {
    return (await this.#source()).some(ids);
  }

  async before(key: RowKey): Promise<RowKey | undefined> {
    return (await this.#source()).before(key);
  }

  async columns(): Promise<readonly PropertyTag[]> {
    return (await this.#source()).columns();
  }
}
