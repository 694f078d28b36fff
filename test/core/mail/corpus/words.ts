import iconv from 'iconv-lite';
import type { Random } from './random.ts';

/** A language with what its mail is written in. */
export interface Language {
  readonly charsets: readonly string[];
  readonly names: readonly string[];
  readonly words: readonly string[];
}

export const LANGUAGES: readonly Language[] = [
  {
    charsets: ['us-ascii', 'utf-8', 'iso-8859-1'],
    names: ['John Doe', 'Smith, Anne', 'Support Team', 'O"Neill'],
    words: 'the meeting has moved to Friday please find attached our offer regards and thanks for your patience'.split(
      ' ',
    ),
  },
  {
    charsets: ['iso-8859-1', 'utf-8', 'windows-1252', 'iso-8859-15'],
    names: ['Jörg Müller', 'Großmann, Änne', 'Grüße GmbH'],
    words: 'schöne Grüße aus München über die Straße können wir größere Stückzahlen prüfen natürlich'.split(' '),
  },
  {
    charsets: ['utf-8', 'koi8-r', 'windows-1251'],
    names: ['Иван Петров', 'Анна'],
    words: 'привет встреча переносится на пятницу отчёт во вложении спасибо'.split(' '),
  },
  {
    charsets: ['utf-8', 'shift_jis', 'euc-jp'],
    names: ['山田太郎', 'テスト'],
    words: '会議 は 金曜日 に 変更 資料 を 添付 します よろしく お願い'.split(' '),
  },
  {
    charsets: ['utf-8', 'gb18030', 'big5'],
    names: ['王小明', '李'],
    words: '會議 改到 星期五 請 查看 附件 謝謝'.split(' '),
  },
  {
    charsets: ['utf-8'],
    names: ['🎉 Party', 'Zoë 😀'],
    words: 'café naïve 🚀 résumé ☂ ½ €100 «quoted» — dash'.split(' '),
  },
  {
    charsets: ['utf-8', 'iso-8859-7', 'windows-1253'],
    names: ['Γιώργος'],
    words: 'καλημέρα η συνάντηση την Παρασκευή ευχαριστώ'.split(' '),
  },
  { charsets: ['utf-8', 'windows-1255'], names: ['דוד'], words: 'שלום הפגישה ביום שישי תודה'.split(' ') },
];

export const sentence = (random: Random, language: Language, length: number): string =>
  Array.from({ length }, () => random.pick(language.words)).join(' ');

export const paragraphs = (random: Random, language: Language): string =>
  Array.from({ length: 1 + random.below(4) }, () => sentence(random, language, 3 + random.below(25))).join('\r\n\r\n');

export const encode = (text: string, charset: string): Buffer =>
  charset === 'us-ascii' ? Buffer.from(text, 'latin1') : iconv.encode(text, charset);

/** Text in a header as senders write it: in encoded words of either kind, one or several, or bare. */
export function headerText(random: Random, text: string, charset: string): string {
  if (/^[\x20-\x7e]*$/.test(text)) return text;
  if (charset === 'utf-8' && random.chance(10)) return Buffer.from(text).toString('latin1');
  const pieces = text.match(/.{1,12}/gsu)!;
  return pieces
    .map((piece) => {
      const bytes = encode(piece, charset);
      if (random.chance(50)) return `=?${charset}?B?${bytes.toString('base64')}?=`;
      const quoted = [...bytes].map((byte) =>
        byte === 0x20
          ? '_'
          : /[A-Za-z0-9]/.test(String.fromCharCode(byte))
            ? String.fromCharCode(byte)
            : `=${hex(byte)}`,
      );
      return `=?${charset.toUpperCase()}?q?${quoted.join('')}?=`;
    })
    .join('\r\n ');
}

export const hex = (byte: number): string => byte.toString(16).toUpperCase().padStart(2, '0');

/** Quoted-printable as mail programs write it. */
export function quotedPrintable(bytes: Buffer): string {
  const lines = bytes.toString('latin1').split('\r\n');
  return lines
    .map((line) => {
      const escaped = [...line].map((letter, at) => {
        const code = letter.charCodeAt(0);
        const plain = code > 0x20 && code < 0x7f && letter !== '=';
        return plain || ((letter === ' ' || letter === '\t') && at < line.length - 1) ? letter : `=${hex(code)}`;
      });
      const folded: string[] = [''];
      for (const piece of escaped) {
        if (folded.at(-1)!.length + piece.length > 73) folded.push('');
        folded[folded.length - 1] += piece;
      }
      return folded.join('=\r\n');
    })
    .join('\r\n');
}

export const base64 = (bytes: Buffer): string => (bytes.toString('base64').match(/.{1,76}/g) ?? []).join('\r\n');
