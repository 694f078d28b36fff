/*
 * How texts compare and sort: ignoring case, canonically equivalent forms being
 * the same, in the order of the Unicode collation (observed on 11.0.2, which
 * leaves it to ICU: full case folding first, then the locale's collator).
 */
const ASCII = /^[\0-\x7f]*$/;
const DOTLESS_I = 'ı';

/** Locale of stores that name none (PR_SORT_LOCALE_ID; observed default of 11.0.2). */
const collator = new Intl.Collator('en-US');

export const isAscii = (text: string): boolean => ASCII.test(text);

/**
 * Full case folding (Unicode chapter 3.13): ß becomes ss. JavaScript only maps
 * cases, so each character goes down, up and down again; that is the folding of
 * all but the dotless i, which has to stay apart from i.
 */
export function foldCase(text: string): string {
  if (isAscii(text)) return text.toLowerCase();
  let folded = '';
  for (const character of text) {
    folded += character === DOTLESS_I ? character : character.toLowerCase().toUpperCase().toLowerCase();
  }
  return folded;
}

/** The form in which equal means canonically equivalent. */
const decomposed = (text: string): string => (isAscii(text) ? text : text.normalize('NFD'));

/** The form in which equal means canonically equivalent whatever the case. */
const caseless = (text: string): string => decomposed(foldCase(decomposed(text)));

/** Order of two texts, ignoring case: negative, 0 or positive. */
export const compareTexts = (one: string, other: string): number => collator.compare(foldCase(one), foldCase(other));

export const textEquals = (one: string, other: string): boolean => decomposed(one) === decomposed(other);
export const textEqualsIgnoringCase = (one: string, other: string): boolean => caseless(one) === caseless(other);

export const textStartsWith = (text: string, start: string): boolean => decomposed(text).startsWith(decomposed(start));

export function textStartsWithIgnoringCase(text: string, start: string): boolean {
  const wanted = decomposed(start);
  const found = decomposed(text);
  return found.length >= wanted.length && caseless(found.slice(0, wanted.length)) === caseless(wanted);
}

export const textContains = (text: string, part: string): boolean => decomposed(text).includes(decomposed(part));

export const textContainsIgnoringCase = (text: string, part: string): boolean =>
  foldCase(decomposed(text)).includes(foldCase(decomposed(part)));
