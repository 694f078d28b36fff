import { decodeText } from './charset.ts';

/*
 * Encoded words (RFC 2047), and what senders make of them: white space and
 * unencoded letters inside, characters and base64 quanta cut in two, character
 * sets with a language, or wrong ones.
 */
const WORD = /=\?([\w.:+-]{1,40})(?:\*[\w-]{0,20})?\?([bq])\?([^?]*)\?=/gi;

interface Word {
  readonly charset: string;
  readonly encoding: string;
  readonly text: string;
}

/** Text with its encoded words decoded. What only looks like one stays as it is. */
export function decodeEncodedWords(text: string): string {
  let decoded = '';
  let waiting: Word[] = [];
  let end = 0;
  const flush = (): void => {
    decoded += decodeRun(waiting);
    waiting = [];
  };
  for (const match of text.matchAll(WORD)) {
    const between = text.slice(end, match.index);
    const word = { charset: match[1]!.toLowerCase(), encoding: match[2]!.toLowerCase(), text: match[3]! };
    // White space between encoded words belongs to neither (RFC 2047 6.2).
    const joined = waiting.length > 0 && between.trim() === '';
    const last = waiting.at(-1);
    if (!joined || last?.charset !== word.charset || last.encoding !== word.encoding) flush();
    if (!joined) decoded += between;
    waiting.push(word);
    end = match.index + match[0].length;
  }
  flush();
  return decoded + text.slice(end);
}

/** Words of one character set and encoding: characters may be cut between them. */
function decodeRun(words: readonly Word[]): string {
  const [first] = words;
  if (!first) return '';
  const pieces = words.map(({ text }) => text);
  return first.encoding === 'b'
    ? decodeText(fromBase64(pieces), first.charset).text
    : decodeQuoted(pieces.join(''), first.charset);
}

/** Each word is padded by itself, unless a quantum goes on in the next one. */
function fromBase64(pieces: readonly string[]): Buffer {
  const blocks = pieces
    .join('')
    .replace(/[^A-Za-z0-9+/=]/g, '')
    .match(/[^=]+/g);
  return Buffer.concat((blocks ?? []).map((block) => Buffer.from(block, 'base64')));
}

const ESCAPES = /(?:=[0-9a-f]{2}|[^\u0080-\uffff])+/gi;

/** Letters that aren't encoded although they should be are decoded already; the rest is bytes of the character set. */
const decodeQuoted = (text: string, charset: string): string =>
  text.replace(ESCAPES, (ascii) => {
    const bytes = ascii
      .replaceAll('_', ' ')
      .replace(/=([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
    return decodeText(Buffer.from(bytes, 'latin1'), charset).text;
  });
