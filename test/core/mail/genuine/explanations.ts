import type { Difference } from './comparison.ts';
import { SEEN } from './seen.ts';

/** Why something is different on purpose; told to operators in docs/differences.md. */
export interface Explanation {
  readonly why: string;
  readonly applies: (difference: Difference) => boolean;
}

const property = ({ where }: Difference): string => where.slice(where.lastIndexOf('.') + 1);
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const without = (value: unknown, what: RegExp): string => text(value).replace(what, '');
const isName = (difference: Difference): boolean =>
  /^PR_(?:DISPLAY_NAME|DISPLAY_(?:TO|CC|BCC)|SENDER_|SENT_REPRESENTING_|REPLY_RECIPIENT|EMAIL_ADDRESS|SMTP_ADDRESS)/.test(
    property(difference),
  );

export const EXPLANATIONS: readonly Explanation[] = [
  {
    why: 'attachments have a short name and an extension besides',
    applies: (d) => /^PR_ATTACH_(?:FILENAME|EXTENSION)$/.test(property(d)) && d.theirs === undefined,
  },
  {
    why: 'bodies that clients make themselves of the one there is aren’t stored in messages within messages',
    applies: (d) =>
      d.where.startsWith('message.') && /^PR_(?:HTML|RTF_COMPRESSED)$/.test(property(d)) && d.ours === undefined,
  },
  {
    why: 'letters that the original lost (names and subjects outside its locale) are kept',
    applies: (d) => text(d.theirs).includes('\ufffd'),
  },
  {
    why: 'an address without a domain isn’t given that of the server’s host',
    applies: (d) => isName(d) && /@vm\b/.test(text(d.theirs)),
  },
  {
    why: 'parts without a name are called inline or attachment',
    applies: (d) =>
      property(d) === 'PR_ATTACH_LONG_FILENAME' &&
      /^(?:unknown_|secondary_|smime\.p7m\.bin|inline\.)/.test(text(d.theirs)),
  },
  {
    why: 'texts that belong together are parted by a line end, flowed lines are joined',
    applies: (d) =>
      property(d) === 'PR_BODY' && without(d.ours, /\s+/g) === without(d.theirs, /[\s>]+(?=\S)/g).replace(/\s+/g, ''),
  },
  {
    why: 'mislabelled text keeps its letters',
    applies: (d) =>
      property(d) === 'PR_BODY' &&
      d.theirs !== undefined &&
      without(d.ours, /[\u0080-\uffff]/g) === without(d.theirs, /[\u0080-\uffff]/g),
  },
  {
    why: 'reports for machines are files, not damaged messages; parts of a digest are messages',
    applies: (d) => /(?:^|\.)attachment$/.test(d.where),
  },
  {
    why: 'nothing is dropped: renditions with a name, parts of receipts, named texts stay files; signed bytes are kept',
    applies: (d) => /(?:^|\.)attachments$/.test(d.where) && Number(d.ours) > Number(d.theirs),
  },
  {
    why: 'a name in a comment is a name',
    applies: (d) => isName(d) && /^\S+@\S+$/.test(text(d.theirs)) && !text(d.ours).includes('@'),
  },
  ...Object.entries(SEEN).map(
    ([why, mails]): Explanation => ({ why, applies: ({ mail, where }) => (mails[mail] ?? []).includes(where) }),
  ),
];
