import type { Properties, Property } from './property.ts';
import type { Restriction } from './restriction.ts';

/** PR_RULE_STATE (MS-OXORULE 2.2.1.3.1.3). */
export const ST_ENABLED = 0x01;
export const ST_ERROR = 0x02;
export const ST_ONLY_WHEN_OOF = 0x04;
/** Out-of-office replies of the rule go to everybody once. */
export const ST_KEEP_OOF_HIST = 0x08;
/** No rule after this one where it applies. */
export const ST_EXIT_LEVEL = 0x10;
export const ST_SKIP_IF_SCL_IS_SAFE = 0x20;
/** Who wrote the rule could not parse it himself. */
export const ST_RULE_PARSE_ERROR = 0x40;

/** Kinds of actions (MS-OXORULE 2.2.5.1.1). */
export const OP_MOVE = 1;
export const OP_COPY = 2;
export const OP_REPLY = 3;
export const OP_OOF_REPLY = 4;
export const OP_DEFER_ACTION = 5;
export const OP_BOUNCE = 6;
export const OP_FORWARD = 7;
export const OP_DELEGATE = 8;
export const OP_TAG = 9;
export const OP_DELETE = 10;
export const OP_MARK_AS_READ = 11;

/** Flavours of forwarding (MS-OXORULE 2.2.5.1.1). The first two together redirect. */
export const FWD_PRESERVE_SENDER = 0x01;
export const FWD_DO_NOT_MUNGE_MSG = 0x02;
export const FWD_AS_ATTACHMENT = 0x04;

/** Somebody an action sends to: the properties of a recipient row. */
export type RuleRecipient = Properties;

/** What a rule does with a message it applies to. */
export type RuleAction =
  | { readonly kind: 'move' | 'copy'; readonly store: Buffer; readonly folder: Buffer }
  | { readonly kind: 'reply'; readonly outOfOffice: boolean; readonly template: Buffer }
  | { readonly kind: 'forward'; readonly flavor: number; readonly recipients: readonly RuleRecipient[] }
  | { readonly kind: 'delegate'; readonly recipients: readonly RuleRecipient[] }
  | { readonly kind: 'bounce'; readonly code: number }
  | { readonly kind: 'tag'; readonly property: Property }
  /** Left for the client to do. */
  | { readonly kind: 'defer' }
  | { readonly kind: 'delete' | 'mark as read' };

/** A rule of a folder. */
export interface Rule {
  /** Where it stands among the rules; also tells it apart in logs, where names have no place. */
  readonly sequence: number;
  /** ST_*; rules without are never applied. */
  readonly state: number | undefined;
  readonly condition: Restriction | undefined;
  readonly actions: readonly RuleAction[] | undefined;
  /** Why the rule can't be applied, where it makes no sense. */
  readonly broken?: unknown;
}
