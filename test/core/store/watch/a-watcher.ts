import { fnevTableModified } from '../../../../core/mapi/change-types.ts';
import type { Property } from '../../../../core/mapi/property.ts';
import type { Restriction } from '../../../../core/mapi/restriction.ts';
import type { SortKey } from '../../../../core/mapi/sort-order.ts';
import * as tags from '../../../../core/mapi/tags.ts';
import type { Actor } from '../../../../core/store/actor.ts';
import { refreshStale } from '../../../../core/store/search/watched-searches.ts';
import { cellOf } from '../../../../core/store/table/cells.ts';
import { keepTable } from '../../../../core/store/table/open-tables.ts';
import { openTable, TABLETYPE_MS } from '../../../../core/store/table/opening.ts';
import type { RowKey } from '../../../../core/store/table/row-source.ts';
import { rowsOf } from '../../../../core/store/table/table-sources.ts';
import type { TableState } from '../../../../core/store/table/table-state.ts';
import { takeNotifications } from '../../../../core/store/watch/news.ts';
import type { Listener } from '../../../../core/store/watch/subscriptions.ts';
import { TABLE_CHANGED, TABLE_ROW_DELETED, type TableEvent } from '../../../../core/store/watch/table-news.ts';
import { type TableNotification, takeTableNews, watchTable } from '../../../../core/store/watch/watched-tables.ts';
import { open } from '../a-server.ts';

/** How a client looks at a table. */
export interface Look {
  readonly objectType: number;
  readonly flags?: number;
  readonly sort?: readonly SortKey[];
  readonly restriction?: Restriction;
}

const COLUMNS = [
  tags.PR_INSTANCE_KEY,
  tags.PR_SUBJECT,
  tags.PR_MESSAGE_FLAGS,
  tags.PR_CONTENT_COUNT,
  tags.PR_DISPLAY_NAME,
];

/** What a client shows: cells by instance key, in order. */
type Shown = { readonly key: string; readonly cells: readonly Property[] }[];

const nameOf = ({ id, order }: RowKey): string => `${id}.${order}`;
let connections = 0;
let sessions = 1000n;

/** A client that shows a table, and changes what it shows by what it is told. */
export class Watcher {
  readonly actor: Actor;
  readonly listener: Listener;
  readonly connection: number;
  readonly state: TableState;
  shown: Shown = [];
  readonly told: TableEvent[] = [];

  private constructor(actor: Actor, listener: Listener, connection: number, state: TableState) {
    this.actor = actor;
    this.listener = listener;
    this.connection = connection;
    this.state = state;
  }

  static async of(
    actor: Actor,
    folder: Buffer,
    { objectType, flags = 0, sort = [], restriction }: Look,
  ): Promise<Watcher> {
    const sessionId = sessions++;
    const target = await open(actor, folder);
    const opened = await openTable(actor, { tableType: TABLETYPE_MS, objectType, flags, entryId: folder, target });
    const state = { ...opened, columns: COLUMNS, sort, restriction };
    const watcher = new Watcher(actor, { sessionId, group: sessionId }, ++connections, state);
    const tableId = await keepTable(actor.database, sessionId, state);
    await watchTable(actor, watcher.listener, { connection: watcher.connection, tableId });
    watcher.shown = await watcher.read();
    return watcher;
  }

  /** What the table shows to who reads it now. */
  async read(): Promise<Shown> {
    const { rows } = await rowsOf(this.actor, this.state).read('start', 100_000);
    return rows.map((row) => ({
      key: nameOf(row.key),
      cells: COLUMNS.map((column) => cellOf(column, row.value(column))),
    }));
  }

  /** Takes what there is to tell, and shows it. */
  async follow(): Promise<TableEvent[]> {
    const notifications = await takeNotifications<TableNotification>(this.actor.database, this.listener, {
      tables: (connectionsWithNews) => takeTableNews(this.actor, this.listener, connectionsWithNews),
      searches: (stale) => refreshStale(this.actor, stale),
    });
    const events: TableEvent[] = [];
    for (const notification of notifications) {
      if (!('table' in notification)) throw new Error(`${fnevTableModified} was asked for only`);
      events.push(notification.table);
      await this.#show(notification.table);
    }
    this.told.push(...events);
    return events;
  }

  async #show({ event, key, prior, cells }: TableEvent): Promise<void> {
    if (event === TABLE_CHANGED) {
      this.shown = await this.read();
      return;
    }
    const name = nameOf(key!);
    this.shown = this.shown.filter((row) => row.key !== name);
    if (event === TABLE_ROW_DELETED) return;
    const place = prior ? this.shown.findIndex((row) => row.key === nameOf(prior)) + 1 : 0;
    if (prior && place === 0) throw new Error('told of a row behind one that was never told of');
    this.shown.splice(place, 0, { key: name, cells: cells! });
  }
}
