import { KopanoError } from '../../mapi/error.ts';
import { KCERR_INVALID_TYPE } from '../../mapi/error-codes.ts';
import { type Properties, unicodeTag } from '../../mapi/property.ts';
import { requireSoundRestriction } from '../../mapi/restriction.ts';
import type { Rule, RuleAction, RuleRecipient } from '../../mapi/rule.ts';
import * as op from '../../mapi/rule.ts';
import * as tags from '../../mapi/tags.ts';
import { decodeDocument, type Wire } from '../../soap/index.ts';
import { propertiesFromWire, requireFromWire } from '../../soap/wire-properties.ts';
import { restrictionFromWire } from '../../soap/wire-restriction.ts';
import { ruleCondition } from './condition.ts';

/** Rules of a folder that are looked at; nobody has more by hand. */
const MAX_RULES = 1000;

/**
 * Reads PR_RULES_DATA, the rules of a folder as genuine clients store them: a SOAP
 * document of table rows. Answers them in the order of their sequence
 * numbers. A rule that makes no sense is marked as broken; throws for what is no such
 * document at all.
 */
export function readRules(data: Buffer): Rule[] {
  const rows = decodeDocument('rowSet', 'tableData', data);
  return rows
    .slice(0, MAX_RULES)
    .map((row, index) => readRule(row, index))
    .sort((one, other) => one.sequence - other.sequence);
}

function readRule(row: Wire<'propValArray'>, index: number): Rule {
  const byTag = new Map(row.map((value) => [unicodeTag(value.ulPropTag), value.Value]));
  const number = (tag: number): number | undefined => {
    const value = byTag.get(tag);
    return value?.name === 'ul' ? value.value : undefined;
  };
  const sequence = number(tags.PR_RULE_SEQUENCE) ?? index;
  const state = number(tags.PR_RULE_STATE);
  try {
    const condition = byTag.get(tags.PR_RULE_CONDITION);
    const actions = byTag.get(tags.PR_RULE_ACTIONS);
    return {
      sequence,
      state,
      condition: condition?.name === 'res' ? sound(condition.value) : undefined,
      actions: actions?.name === 'actions' ? actions.value.map(readAction) : undefined,
    };
  } catch (broken) {
    return { sequence, state, condition: undefined, actions: undefined, broken };
  }
}

function sound(wire: Wire<'restrictTable'>) {
  const restriction = restrictionFromWire(wire);
  requireSoundRestriction(restriction);
  return ruleCondition(restriction);
}

function readAction({ acttype, flavor, act }: Wire<'action'>): RuleAction {
  switch (acttype) {
    case op.OP_MOVE:
    case op.OP_COPY: {
      if (act?.name !== 'moveCopy') throw incomplete(acttype);
      return { kind: acttype === op.OP_MOVE ? 'move' : 'copy', store: act.value.store, folder: act.value.folder };
    }
    case op.OP_REPLY:
    case op.OP_OOF_REPLY: {
      if (act?.name !== 'reply') throw incomplete(acttype);
      return { kind: 'reply', outOfOffice: acttype === op.OP_OOF_REPLY, template: act.value.message };
    }
    case op.OP_FORWARD:
      return { kind: 'forward', flavor, recipients: recipientsOf(act, acttype) };
    case op.OP_DELEGATE:
      return { kind: 'delegate', recipients: recipientsOf(act, acttype) };
    case op.OP_BOUNCE:
      return { kind: 'bounce', code: act?.name === 'bouncecode' ? act.value : 0 };
    case op.OP_TAG: {
      if (act?.name !== 'prop') throw incomplete(acttype);
      const { tag, value } = requireFromWire(act.value);
      return { kind: 'tag', property: { tag: unicodeTag(tag), value } };
    }
    case op.OP_DEFER_ACTION:
      return { kind: 'defer' };
    case op.OP_DELETE:
      return { kind: 'delete' };
    case op.OP_MARK_AS_READ:
      return { kind: 'mark as read' };
    default:
      throw new KopanoError(KCERR_INVALID_TYPE, `actions of type ${acttype} don't exist`);
  }
}

const incomplete = (type: number): KopanoError =>
  new KopanoError(KCERR_INVALID_TYPE, `an action of type ${type} lacks its data`);

function recipientsOf(act: Wire<'action'>['act'], type: number): RuleRecipient[] {
  if (act?.name !== 'adrlist') throw incomplete(type);
  return act.value.map(
    (row): Properties => new Map(propertiesFromWire(row).map(({ tag, value }) => [unicodeTag(tag), value])),
  );
}
