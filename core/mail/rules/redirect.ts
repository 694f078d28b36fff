import { parseMailboxes } from '../address.ts';
import { decodeWords } from '../header.ts';
import { RULE_ACTION_FIELD } from './forward.ts';
import { addressField, fieldName, joinMail, splitMail } from './raw-mail.ts';
import type { RuleTarget } from './recipients.ts';
import type { RuleScene } from './rule-run.ts';

/** Of the way so far, or for the first recipient alone. */
const DROPPED: ReadonlySet<string> = new Set(['return-path', 'bcc', 'delivered-to']);
/** Signatures that a changed sender breaks. */
const SIGNATURES: ReadonlySet<string> = new Set([
  'dkim-signature',
  'arc-seal',
  'arc-message-signature',
  'arc-authentication-results',
]);

/**
 * A mail that goes on to others as it is: byte by byte, with what RFC 5322 3.6.6 puts before it. Where
 * the mailer sends in the name of own domains only, a stranger's mail is sent in the name of who redirects it, and
 * answers go to the stranger.
 */
export function redirectedMail(
  { settings, recipient, raw, receipt }: Pick<RuleScene, 'settings' | 'recipient' | 'raw' | 'receipt'>,
  targets: readonly RuleTarget[],
  messageId: string,
): Buffer {
  const { fields, rest } = splitMail(raw);
  const kept = fields.filter((field) => !DROPPED.has(fieldName(field)));
  const trace = [
    `${RULE_ACTION_FIELD}: redirect`,
    `Resent-From: ${addressField(recipient.fullName, recipient.email)}`,
    `Resent-To: ${targets.map(({ name, address }) => addressField(name, address)).join(',\r\n ')}`,
    `Resent-Date: ${new Date(receipt.receivedAt).toUTCString().replace('GMT', '+0000')}`,
    `Resent-Message-ID: <${messageId}>`,
  ];
  const from = kept.find((field) => fieldName(field) === 'from');
  const author = from && parseMailboxes(unfolded(from))[0];
  if (!author || isOwn(author.address, settings.ownDomains)) return joinMail([...trace, ...kept], rest);

  const replaced = kept.filter(
    (field) => !['from', 'sender'].includes(fieldName(field)) && !SIGNATURES.has(fieldName(field)),
  );
  const shown = decodeWords(author.name) || author.address;
  const named = [
    `From: ${addressField(`${shown} via ${recipient.fullName}`, recipient.email)}`,
    ...(kept.some((field) => fieldName(field) === 'reply-to')
      ? []
      : [`Reply-To: ${addressField(decodeWords(author.name), author.address)}`]),
    `X-Original-From: ${addressField(decodeWords(author.name), author.address)}`,
  ];
  return joinMail([...trace, ...named, ...replaced], rest);
}

const unfolded = (field: Buffer): string => {
  const text = field.toString();
  return text
    .slice(text.indexOf(':') + 1)
    .replace(/\r?\n(?=[ \t])/g, '')
    .trim();
};

function isOwn(address: string, domains: readonly string[] | undefined): boolean {
  if (domains === undefined) return true;
  const domain = address.slice(address.lastIndexOf('@') + 1).toLowerCase();
  return domains.some((own) => own.toLowerCase() === domain);
}
