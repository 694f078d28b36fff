/** How wide text is on a terminal, and text that is safe to show there. */

/** Scripts whose characters take two columns (Unicode Standard Annex 11), and pictures. */
const WIDE =
  /[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\u3000-\u303f\uff01-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;
const NO_WIDTH = /^[\p{Mark}\p{Default_Ignorable_Code_Point}]+$/u;
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;
/** Joins the parts of one picture; the only format characters that are let through. */
const JOINERS = /[\u200c\u200d]/u;

const segmenter = new Intl.Segmenter();

const widthOfGrapheme = (grapheme: string): number => (NO_WIDTH.test(grapheme) ? 0 : WIDE.test(grapheme) ? 2 : 1);

/** Columns that a text takes. */
export function textWidth(text: string): number {
  let width = 0;
  for (const { segment } of segmenter.segment(text)) width += widthOfGrapheme(segment);
  return width;
}

/** The text in at most so many columns, with an ellipsis where something is left out. */
export function truncate(text: string, columns: number): string {
  if (textWidth(text) <= columns) return text;
  let kept = '';
  let width = 0;
  for (const { segment } of segmenter.segment(text)) {
    width += widthOfGrapheme(segment);
    if (width > columns - 1) break;
    kept += segment;
  }
  return `${kept.trimEnd()}…`;
}

/** The text with spaces up to so many columns. */
export function pad(text: string, columns: number, align: 'left' | 'right' = 'left'): string {
  const space = ' '.repeat(Math.max(0, columns - textWidth(text)));
  return align === 'left' ? text + space : space + text;
}

/** The text on one line, without what would steer a terminal: names and subjects come from strangers. */
export const printable = (text: string): string =>
  text.replace(/[\t\r\n]+/g, ' ').replace(UNSAFE, (character) => (JOINERS.test(character) ? character : '\ufffd'));

/** Several lines, safe to show. */
export const printableLines = (text: string): string =>
  text
    .split(/\r\n|\r|\n/)
    .map(printable)
    .join('\n');
