import type { Properties, Property } from '../../../../core/mapi/property.ts';
import type { Restriction } from '../../../../core/mapi/restriction.ts';
import { FL_IGNORECASE, FL_SUBSTRING } from '../../../../core/mapi/restriction.ts';
import * as op from '../../../../core/mapi/rule.ts';
import * as tags from '../../../../core/mapi/tags.ts';
import { type Draft, encodeDocument } from '../../../../core/soap/index.ts';
import { toWire } from '../../../../core/soap/wire-properties.ts';
import { restrictionToWire } from '../../../../core/soap/wire-restriction.ts';

type WireAction = Draft<'action'>;

/** A rule as a client writes it. */
export interface TestRule {
  readonly sequence?: number;
  readonly state?: number;
  readonly condition?: Restriction;
  readonly actions: readonly WireAction[];
}

/** The subject has a text in it. */
export const subjectHas = (text: string): Restriction => ({
  kind: 'content',
  fuzzyLevel: FL_SUBSTRING | FL_IGNORECASE,
  tag: tags.PR_SUBJECT,
  value: { tag: tags.PR_SUBJECT, value: text },
});

/** All mail. */
export const always: Restriction = { kind: 'exist', tag: tags.PR_MESSAGE_CLASS };

const action = (acttype: number, act?: WireAction['act'], flavor = 0): WireAction => ({
  acttype,
  flavor,
  flags: 0,
  ...(act && { act }),
});

const rows = (people: readonly Properties[]): NonNullable<WireAction['act']> => ({
  name: 'adrlist',
  value: people.map((person) => [...person].map(([tag, value]) => toWire({ tag, value }))),
});

export const actions = {
  move: (folder: Buffer, store = Buffer.alloc(0)) => action(op.OP_MOVE, { name: 'moveCopy', value: { store, folder } }),
  copy: (folder: Buffer, store = Buffer.alloc(0)) => action(op.OP_COPY, { name: 'moveCopy', value: { store, folder } }),
  reply: (message: Buffer) => action(op.OP_REPLY, { name: 'reply', value: { message, guid: Buffer.alloc(16) } }),
  forward: (people: readonly Properties[], flavor = 0) => action(op.OP_FORWARD, rows(people), flavor),
  delegate: (people: readonly Properties[]) => action(op.OP_DELEGATE, rows(people)),
  bounce: (code: number) => action(op.OP_BOUNCE, { name: 'bouncecode', value: code }),
  tag: (property: Property) => action(op.OP_TAG, { name: 'prop', value: toWire(property) }),
  defer: () => action(op.OP_DEFER_ACTION, { name: 'defer', value: { bin: Buffer.alloc(4) } }),
  delete: () => action(op.OP_DELETE),
  markAsRead: () => action(op.OP_MARK_AS_READ),
} as const;

/** Somebody whom a rule names, by mail address. */
export const somebody = (address: string, name = address): Properties =>
  new Map([
    [tags.PR_ADDRTYPE, 'SMTP'],
    [tags.PR_EMAIL_ADDRESS, address],
    [tags.PR_DISPLAY_NAME, name],
  ]);

/** PR_RULES_DATA of some rules, as genuine clients write it. */
export function rulesData(rules: readonly TestRule[]): Buffer {
  const table = rules.map(({ sequence, state = op.ST_ENABLED, condition = always, actions: acts }, index) => [
    { ulPropTag: tags.PR_RULE_ID, Value: { name: 'li' as const, value: BigInt(index + 1) } },
    { ulPropTag: tags.PR_RULE_SEQUENCE, Value: { name: 'ul' as const, value: sequence ?? index } },
    { ulPropTag: tags.PR_RULE_STATE, Value: { name: 'ul' as const, value: state } },
    { ulPropTag: tags.PR_RULE_CONDITION, Value: { name: 'res' as const, value: restrictionToWire(condition) } },
    { ulPropTag: tags.PR_RULE_ACTIONS, Value: { name: 'actions' as const, value: [...acts] } },
  ]);
  return encodeDocument('rowSet', 'tableData', table);
}
