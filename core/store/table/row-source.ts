import type { Property, PropertyTag, PropertyValue } from '../../mapi/property.ts';
import type { Restriction } from '../../mapi/restriction.ts';
import type { SortKey } from '../../mapi/sort-order.ts';

/** A value of a sort key as a position keeps it: JSON; bytes are base64 behind "b:", texts behind "t:". */
export type KeyValue = number | string | null;

/** Where a row is: the values it is sorted by, its object's number, and which of several values it shows. */
export interface RowKey {
  readonly values: readonly KeyValue[];
  readonly id: number;
  /** 0 for rows that show one value or none. */
  readonly order: number;
}

/**
 * The place before which a table stands. A key means the row with it or, when
 * it is gone, the next one, so that a position outlives its row. `start` is
 * before rows that come later, too; `end` stays behind them.
 */
export type Position = 'start' | 'end' | RowKey;

/** One row, as its source gives it. */
export interface SourceRow {
  readonly key: RowKey;
  /** A column's value, in the form tables show it; undefined where there is none. */
  value(tag: PropertyTag): PropertyValue | undefined;
}

/** A stretch of rows. */
export interface RowPage {
  readonly rows: readonly SourceRow[];
  /** The place after the last row. */
  readonly next: Position;
}

/** How a table shows its rows. */
export interface RowView {
  readonly columns: readonly PropertyTag[];
  readonly sort: readonly SortKey[];
  readonly restriction?: Restriction | undefined;
}

/**
 * Rows in an order, wherever they come from. All numbers are counted in rows
 * that meet the view's restriction.
 */
export interface RowSource {
  count(): Promise<number>;
  /** Rows from a position on, at most so many. */
  read(from: Position, most: number): Promise<RowPage>;
  /** Number of rows before a position. */
  rowsBefore(position: Position): Promise<number>;
  /** The position of the n-th row, counted from 0; `end` where there are fewer. */
  positionOf(row: number): Promise<Position>;
  /** The first row at or after a position that meets a restriction; backwards: the last one at or before it. */
  find(restriction: Restriction, from: Position, backward: boolean): Promise<RowKey | undefined>;
  /** The row of an object, if it is in the table. */
  locate(id: number, order: number): Promise<RowKey | undefined>;
  /** The rows of some objects, in order. */
  some(ids: readonly number[]): Promise<readonly SourceRow[]>;
  /** The row before another one. */
  before(key: RowKey): Promise<RowKey | undefined>;
  /** Properties that occur in the rows: what a client is told when it asks for all columns. */
  columns(): Promise<readonly PropertyTag[]>;
}

/** A cell: the value under the tag that was asked for, or the reason why there is none. */
export type Cell = Property;
