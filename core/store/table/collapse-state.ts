import { KopanoError } from '../../mapi/error.ts';
import { KCERR_INVALID_PARAMETER } from '../../mapi/error-codes.ts';
import { type CategorisedRow, type Category, isExpandedAtFirst } from './categories.ts';

/** Categories that differ from how they began, by their numbers. */
export type Changed = Readonly<Record<string, boolean>>;

/** The changes with a category expanded; those in it stay collapsed. */
export const expandedIn = (changed: Changed, { number, isExpanded }: Category): Changed =>
  isExpanded ? changed : { ...changed, [number]: true };

/** The changes with a category and those in it collapsed. */
export function collapsedIn(changed: Changed, category: Category): Changed {
  const inside = new Set(numbersIn(category));
  const others = Object.entries(changed).filter(([number]) => !inside.has(Number(number)));
  return { ...Object.fromEntries(others), [category.number]: false };
}

const numbersIn = (category: Category): number[] =>
  category.inner.flatMap((inner) => [inner.number, ...numbersIn(inner)]);

/** What a client keeps to find a table again as it left it. */
export interface CollapseState {
  readonly expanded: readonly number[];
  readonly collapsed: readonly number[];
  /** A row, and the categories around it in case it goes, outermost first. */
  readonly row?: { readonly id: number; readonly order: number; readonly around: readonly number[] };
}

/** The state of all categories. */
export function collapseStateOf(rows: readonly CategorisedRow[], marked?: CategorisedRow): CollapseState {
  const categories = rows.flatMap(({ category }) => (category ? [category] : []));
  return {
    expanded: categories.filter(({ isExpanded }) => isExpanded).map(({ number }) => number),
    collapsed: categories.filter(({ isExpanded }) => !isExpanded).map(({ number }) => number),
    ...(marked && {
      row: { id: marked.key.id, order: marked.key.order, around: marked.around.map(({ number }) => number) },
    }),
  };
}

/** The changes that bring a table's categories into a state; those that it doesn't name stay as they are. */
export function changesFor(rows: readonly CategorisedRow[], state: CollapseState, expanded: number): Changed {
  const wanted = new Map<number, boolean>();
  for (const number of state.expanded) wanted.set(number, true);
  for (const number of state.collapsed) wanted.set(number, false);
  const changed: Record<string, boolean> = {};
  const after = new Map<Category, Pick<Category, 'isExpanded' | 'isChanged'>>();
  for (const { category, around } of rows) {
    if (!category) continue;
    const outer = around.length > 0 ? after.get(around.at(-1)!) : undefined;
    const atFirst = isExpandedAtFirst(category.depth, outer, expanded);
    const isExpanded = outer?.isExpanded !== false && (wanted.get(category.number) ?? category.isExpanded);
    if (isExpanded !== atFirst) changed[category.number] = isExpanded;
    after.set(category, { isExpanded, isChanged: isExpanded !== atFirst || outer?.isChanged === true });
  }
  return changed;
}

export const encodeCollapseState = (state: CollapseState): Buffer => Buffer.from(JSON.stringify(state));

/** The state that {@link encodeCollapseState} gave; throws KCERR_INVALID_PARAMETER for anything else. */
export function decodeCollapseState(bytes: Buffer): CollapseState {
  const state = parsed(bytes);
  if (!isCollapseState(state)) throw new KopanoError(KCERR_INVALID_PARAMETER, 'that is no state of categories');
  return state;
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
}

function isCollapseState(state: unknown): state is CollapseState {
  if (typeof state !== 'object' || state === null) return false;
  const { expanded, collapsed, row } = state as Record<string, unknown>;
  return isNumbers(expanded) && isNumbers(collapsed) && (row === undefined || isMark(row));
}

function isMark(row: unknown): boolean {
  if (typeof row !== 'object' || row === null) return false;
  const { id, order, around } = row as Record<string, unknown>;
  return isNumbers([id, order]) && isNumbers(around);
}

const isNumbers = (list: unknown): list is number[] => Array.isArray(list) && list.every(Number.isSafeInteger);
