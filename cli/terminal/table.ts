import { pad, printable, textWidth, truncate } from './text-width.ts';

/** A column of a table that people read. */
export interface Column<Row> {
  readonly title: string;
  readonly text: (row: Row) => string;
  readonly align?: 'left' | 'right';
  /** May be cut short to fit the terminal; others are always shown whole. */
  readonly shrinks?: boolean;
}

const GAP = '  ';
/** A column that is cut short keeps at least so much. */
const LEAST_WIDTH = 8;

/**
 * A table with a heading. With a width, columns that may shrink are cut until
 * it fits, the widest first; without (the output isn't a terminal) all is shown.
 */
export function formatTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[], width?: number): string {
  const cells = rows.map((row) => columns.map((column) => printable(column.text(row))));
  const natural = columns.map((column, index) =>
    Math.max(textWidth(column.title), ...cells.map((line) => textWidth(line[index]!))),
  );
  const widths = width === undefined ? natural : shrunk(columns, natural, width - GAP.length * (columns.length - 1));
  const line = (texts: readonly string[]): string =>
    texts
      .map((text, index) => pad(truncate(text, widths[index]!), widths[index]!, columns[index]!.align))
      .join(GAP)
      .trimEnd();
  return [line(columns.map(({ title }) => title)), ...cells.map(line)].map((text) => `${text}\n`).join('');
}

function shrunk<Row>(columns: readonly Column<Row>[], natural: readonly number[], width: number): number[] {
  const widths = [...natural];
  for (let excess = sum(widths) - width; excess > 0; excess--) {
    const widest = widestToShrink(columns, widths);
    if (widest === undefined) break;
    widths[widest]!--;
  }
  return widths;
}

function widestToShrink<Row>(columns: readonly Column<Row>[], widths: readonly number[]): number | undefined {
  let widest: number | undefined;
  for (const [index, { shrinks }] of columns.entries()) {
    if (!shrinks || widths[index]! <= LEAST_WIDTH) continue;
    if (widest === undefined || widths[index]! > widths[widest]!) widest = index;
  }
  return widest;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
