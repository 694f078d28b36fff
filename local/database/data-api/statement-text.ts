import { DataApiError } from './errors.ts';

/** A statement with its named parameters replaced by question marks, and their names in the order of those. */
export interface StatementText {
  readonly sql: string;
  readonly names: readonly string[];
  /** True for statements that give rows. */
  readonly selects: boolean;
  /** True for statements that change their session: the connection must not serve others afterwards. */
  readonly leavesState: boolean;
}

/** As many texts as a whole installation has statements; the least recently made ones go first. */
const CACHED_TEXTS = 5_000;
const cache = new Map<string, StatementText>();

/** {@link parseStatement}, remembered: the same few statements come again and again. */
export function statementText(sql: string): StatementText {
  const known = cache.get(sql);
  if (known !== undefined) return known;
  const text = parseStatement(sql);
  if (cache.size >= CACHED_TEXTS) cache.delete(cache.keys().next().value as string);
  cache.set(sql, text);
  return text;
}

const NAME_START = /[A-Za-z_]/;
const NAME = /[A-Za-z0-9_]+/y;
const LEAVES_STATE =
  /^[\s(]*(set|use|lock|begin|start|prepare|handler|xa|create\s+temporary)\b|\bget_lock\s*\(|@\w+\s*:=/i;
const ROWS_FIRST_WORD = /^[\s(]*(select|show|describe|desc|explain|with|values|table|check|analyze)\b/i;

/**
 * Finds the `:name` parameters of a statement outside of strings, quoted
 * identifiers and comments. Throws for a second statement and for question
 * marks, which the service doesn't know as parameters.
 */
export function parseStatement(source: string): StatementText {
  const names: string[] = [];
  let sql = '';
  let copied = 0;
  let at = 0;
  let firstWordAt = -1;
  while (at < source.length) {
    const skipped = skipOpaque(source, at);
    if (skipped > at) {
      at = skipped;
      continue;
    }
    const character = source[at] as string;
    if (character === ':' && NAME_START.test(source[at + 1] ?? '')) {
      NAME.lastIndex = at + 1;
      const name = (NAME.exec(source) as RegExpExecArray)[0];
      names.push(name);
      sql += `${source.slice(copied, at)}?`;
      at += 1 + name.length;
      copied = at;
      continue;
    }
    if (character === '?') {
      throw new DataApiError('BadRequestException', 'Parameters are given by name (:name), not by question marks');
    }
    if (character === ';') {
      if (!isBlank(source, at + 1)) throw new DataApiError('ValidationException', "Multistatements aren't supported.");
      sql += source.slice(copied, at);
      copied = source.length;
      break;
    }
    if (firstWordAt < 0 && /\S/.test(character)) firstWordAt = at;
    at += 1;
  }
  sql += source.slice(copied);
  if (firstWordAt < 0) throw new DataApiError('ValidationException', 'The statement is empty');
  const statement = source.slice(firstWordAt);
  return { sql, names, selects: ROWS_FIRST_WORD.test(statement), leavesState: LEAVES_STATE.test(statement) };
}

/** The position after the string, quoted identifier or comment that starts at `at`; `at` itself if none does. */
function skipOpaque(source: string, at: number): number {
  const character = source[at];
  if (character === "'" || character === '"' || character === '`') return skipQuoted(source, at, character);
  if (character === '#') return lineEnd(source, at);
  // Two dashes are a comment only before white space or the end; otherwise they are two minus signs.
  if (character === '-' && source[at + 1] === '-' && /^(\s|$)/.test(source.slice(at + 2, at + 3))) {
    return lineEnd(source, at);
  }
  if (character === '/' && source[at + 1] === '*') {
    if (source[at + 2] === '!' || source.startsWith('M!', at + 2)) {
      throw new DataApiError('BadRequestException', 'Comments that the server executes (/*! … */) are refused');
    }
    const end = source.indexOf('*/', at + 2);
    return end < 0 ? source.length : end + 2;
  }
  return at;
}

function skipQuoted(source: string, start: number, quote: string): number {
  let at = start + 1;
  while (at < source.length) {
    const character = source[at];
    if (character === '\\' && quote !== '`') at += 2;
    else if (character !== quote) at += 1;
    else if (source[at + 1] === quote) at += 2;
    else return at + 1;
  }
  return source.length;
}

function lineEnd(source: string, at: number): number {
  const end = source.indexOf('\n', at);
  return end < 0 ? source.length : end + 1;
}

/** Nothing but white space, comments and further semicolons follow. */
function isBlank(source: string, start: number): boolean {
  let at = start;
  while (at < source.length) {
    const character = source[at] as string;
    if (character === "'" || character === '"' || character === '`') return false;
    const skipped = skipOpaque(source, at);
    if (skipped > at) at = skipped;
    else if (/[\s;]/.test(character)) at += 1;
    else return false;
  }
  return true;
}
