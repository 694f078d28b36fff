import { fileTimeFromMilliseconds, millisecondsFromFileTime } from '../../mapi/file-time.ts';
import type { ObjectTree } from '../../mapi/object-tree.ts';
import { MAPI_ATTACH } from '../../mapi/object-types.ts';
import type { Properties } from '../../mapi/property.ts';
import { MAPI_CC, MAPI_TO } from '../../mapi/recipient-types.ts';
import { FWD_AS_ATTACHMENT, FWD_DO_NOT_MUNGE_MSG, FWD_PRESERVE_SENDER } from '../../mapi/rule.ts';
import * as tags from '../../mapi/tags.ts';
import { compose, domainOf } from '../compose.ts';
import { mailAddressOf } from '../mail-address-of.ts';
import { deliveryPartId, type OutgoingMail } from '../outgoing.ts';
import type { RuleTarget } from './recipients.ts';
import { redirectedMail } from './redirect.ts';
import { renderNew } from './render-new.ts';
import type { RuleRun } from './rule-run.ts';

/** Marks what rules send, against circles; the original's field. */
export const RULE_ACTION_FIELD = 'X-Kopano-Rule-Action';

/** Forwards a message as a rule's flavour says: redirected, attached, or with a body that tells where it comes from. */
export async function forward(run: RuleRun, targets: readonly RuleTarget[], flavor: number): Promise<OutgoingMail> {
  const { receipt, recipient, raw } = run.scene;
  const redirects = (flavor & FWD_PRESERVE_SENDER) !== 0;
  const name = run.mailName(redirects ? 'redirect' : 'forward');
  const recipients = targets.map(({ address }) => address);
  const id = deliveryPartId(receipt.mailId, recipient.id, name);
  // Nobody is told if a report about a mail can't be forwarded.
  const from = receipt.from === '' ? '' : recipient.email;
  const messageId = `${id}@${domainOf(recipient.email)}`;
  if (redirects && (flavor & FWD_AS_ATTACHMENT) === 0)
    return { name, from, recipients, raw: redirectedMail(run.scene, targets, messageId) };
  if (flavor & FWD_AS_ATTACHMENT) {
    const attached = await compose({
      from: { name: recipient.fullName, address: recipient.email },
      to: targets,
      subject: forwardSubject(run.message),
      text: '',
      date: receipt.receivedAt,
      messageId,
      headers: { [RULE_ACTION_FIELD]: redirects ? 'redirect' : 'forward' },
      attached: [{ name: 'original.eml', raw }],
    });
    return { name, from, recipients, raw: attached };
  }
  const message = forwardedMessage(run.message, (flavor & FWD_DO_NOT_MUNGE_MSG) !== 0, receipt.receivedAt);
  const rendered = await renderNew(run.scene, message, targets, messageId, {
    [RULE_ACTION_FIELD]: 'forward',
  });
  return { name, from, recipients, raw: rendered };
}

const textOf = ({ properties }: ObjectTree, tag: number): string => {
  const value = properties.get(tag);
  return typeof value === 'string' ? value : '';
};

const forwardSubject = (message: ObjectTree): string => `FW: ${textOf(message, tags.PR_SUBJECT)}`;

/** A message as it goes on: without what belongs to its former way, and with what it was in its body. */
function forwardedMessage(message: ObjectTree, asItIs: boolean, sentAt: number): ObjectTree {
  const properties: Properties = new Map(message.properties);
  for (const tag of [
    tags.PR_TRANSPORT_MESSAGE_HEADERS,
    tags.PR_INTERNET_MESSAGE_ID,
    tags.PR_READ_RECEIPT_REQUESTED,
    tags.PR_ORIGINATOR_DELIVERY_REPORT_REQUESTED,
    tags.PR_REPLY_RECIPIENT_ENTRIES,
    tags.PR_REPLY_RECIPIENT_NAMES,
    tags.PR_MESSAGE_FLAGS,
  ])
    properties.delete(tag);
  properties.delete(tags.PR_MESSAGE_DELIVERY_TIME);
  properties.set(tags.PR_CLIENT_SUBMIT_TIME, fileTimeFromMilliseconds(sentAt));
  properties.set(tags.PR_AUTO_FORWARDED, true);
  if (!asItIs) {
    properties.set(tags.PR_SUBJECT, forwardSubject(message));
    properties.delete(tags.PR_SUBJECT_PREFIX);
    for (const [tag, value] of mungedBody(message)) properties.set(tag, value);
  }
  return { ...message, properties, children: message.children.filter(({ kind }) => kind === MAPI_ATTACH) };
}

/** The body with what the header said before it, as the original writes it. */
function mungedBody(message: ObjectTree): Properties {
  const address = mailAddressOf(message.properties, 'representing');
  const names = (type: number): string =>
    message.children
      .filter(({ properties }) => properties.get(tags.PR_RECIPIENT_TYPE) === type)
      .map((row) => textOf(row, tags.PR_DISPLAY_NAME))
      .join('; ');
  const sent = message.properties.get(tags.PR_MESSAGE_DELIVERY_TIME);
  const date = typeof sent === 'bigint' ? new Date(millisecondsFromFileTime(sent)).toUTCString() : '';
  const from = textOf(message, tags.PR_SENT_REPRESENTING_NAME) || address;
  const lines: [string, string][] = [
    ['From', address ? `${from} <${address}>` : from],
    ['Sent', date],
    ['To', names(MAPI_TO)],
    ['Cc', names(MAPI_CC)],
    ['Subject', textOf(message, tags.PR_SUBJECT)],
  ];
  const munged: Properties = new Map();
  const body = message.properties.get(tags.PR_BODY);
  const html = message.properties.get(tags.PR_HTML);
  if (Buffer.isBuffer(html)) {
    const head = `${lines.map(([name, value]) => `<b>${name}:</b> ${escaped(value)}`).join('<br>')}<br><b>Auto forwarded by a rule</b><br><hr><br>`;
    munged.set(tags.PR_HTML, insertedHtml(html, Buffer.from(head)));
  }
  if (typeof body === 'string' || munged.size === 0) {
    const head = lines.map(([name, value]) => `${name}: ${value}`).join('\r\n');
    munged.set(tags.PR_BODY, `${head}\r\nAuto forwarded by a rule\r\n\r\n${body ?? ''}`);
  }
  return munged;
}

/** Puts ASCII markup behind the body tag, in bytes of whatever charset, which nearly all have ASCII in them. */
function insertedHtml(html: Buffer, head: Buffer): Buffer {
  const bytes = html.toString('latin1');
  const tag = /<body\b[^>]*>/i.exec(bytes) ?? /^\s*<html\b[^>]*>/i.exec(bytes);
  const at = tag ? tag.index + tag[0].length : 0;
  return Buffer.concat([html.subarray(0, at), head, html.subarray(at)]);
}

const MARKUP: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escaped = (text: string): string =>
  text.replace(/[&<>"]|[^\x20-\x7e]/gu, (character) => MARKUP[character] ?? `&#${character.codePointAt(0)};`);
