import { fileTimeFromMilliseconds } from '../../mapi/file-time.ts';
import type { ObjectTree } from '../../mapi/object-tree.ts';
import { MAPI_MESSAGE } from '../../mapi/object-types.ts';
import type { PropertyTag, PropertyValue } from '../../mapi/property.ts';
import * as tags from '../../mapi/tags.ts';
import type { RuleRun } from './rule-run.ts';

/** Whether rules may forward to an address: its domain is one of some patterns, in which `*` stands for anything. */
export function mayForwardTo(address: string, patterns: readonly string[]): boolean {
  const at = address.indexOf('@');
  if (at < 0) return false;
  const domain = address.slice(at + 1).toLowerCase();
  return patterns.some((pattern) => matches(pattern.toLowerCase(), domain));
}

/** Without backtracking: the parts between the stars come one after the other. */
function matches(pattern: string, text: string): boolean {
  const parts = pattern.split('*');
  if (parts.length === 1) return pattern === text;
  const [first, last] = [parts[0]!, parts.at(-1)!];
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length) return false;
  let at = first.length;
  const end = text.length - last.length;
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, at);
    if (found < 0 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}

/** What a user finds in the inbox when a rule must not forward (as the original). */
export function refusalNotice(run: RuleRun, address: string): ObjectTree {
  const { settings, receipt } = run.scene;
  const subject = String(run.message.properties.get(tags.PR_SUBJECT) ?? '');
  const filled = (text: string): string =>
    text.replaceAll('%subject', () => subject).replaceAll('%sender', () => address);
  const now = fileTimeFromMilliseconds(receipt.receivedAt);
  return {
    kind: MAPI_MESSAGE,
    properties: new Map<PropertyTag, PropertyValue>([
      [tags.PR_MESSAGE_CLASS, 'REPORT.IPM.Note.NDR'],
      [tags.PR_SENDER_NAME, 'Mail Delivery System'],
      [tags.PR_SUBJECT, filled(settings.forwardRefusal.subject)],
      [tags.PR_BODY, filled(settings.forwardRefusal.text)],
      [tags.PR_MESSAGE_FLAGS, 0],
      [tags.PR_CLIENT_SUBMIT_TIME, now],
      [tags.PR_MESSAGE_DELIVERY_TIME, now],
    ]),
    children: [],
  };
}
