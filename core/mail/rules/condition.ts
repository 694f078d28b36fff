import { KopanoError } from '../../mapi/error.ts';
import { KCERR_TOO_COMPLEX } from '../../mapi/error-codes.ts';
import { MSGFLAG_HASATTACH } from '../../mapi/message-flags.ts';
import type { ObjectTree } from '../../mapi/object-tree.ts';
import { MAPI_ATTACH } from '../../mapi/object-types.ts';
import type { PropertyTag, PropertyValue } from '../../mapi/property.ts';
import { RELOP_NE, RELOP_RE, type Restriction } from '../../mapi/restriction.ts';
import type { RestrictionSubject } from '../../mapi/restriction-evaluator.ts';
import * as tags from '../../mapi/tags.ts';
import { treeSize } from '../tree-size.ts';

/** Nothing meets it. */
const NEVER: Restriction = { kind: 'or', parts: [] };

/**
 * A rule's condition so that it means what it means to the delivery agent of the
 * original, where that differs from tables (observed on 11.0.2): what a message doesn't have differs from
 * nothing, and no condition at all is never met. Throws KCERR_TOO_COMPLEX for patterns, which rules can't have.
 */
export function ruleCondition(restriction: Restriction): Restriction {
  switch (restriction.kind) {
    case 'and':
      return restriction.parts.length === 0 ? NEVER : { kind: 'and', parts: restriction.parts.map(ruleCondition) };
    case 'or':
      return { kind: 'or', parts: restriction.parts.map(ruleCondition) };
    case 'not':
      return { kind: 'not', part: ruleCondition(restriction.part) };
    case 'sub':
      return { ...restriction, part: ruleCondition(restriction.part) };
    case 'comment':
      return restriction.part ? ruleCondition(restriction.part) : NEVER;
    case 'property': {
      const { relation, tag } = restriction;
      if (relation === RELOP_RE) throw new KopanoError(KCERR_TOO_COMPLEX, 'rules have no patterns');
      return relation === RELOP_NE ? { kind: 'and', parts: [{ kind: 'exist', tag }, restriction] } : restriction;
    }
    default:
      return restriction;
  }
}

/** A message as conditions see it, before it is saved. */
export function ruleSubject(message: ObjectTree): RestrictionSubject {
  const files = message.children.filter(({ kind }) => kind === MAPI_ATTACH);
  let size: number | undefined;
  const value = (tag: PropertyTag): PropertyValue | undefined => {
    switch (tag) {
      case tags.PR_MESSAGE_SIZE:
        size ??= treeSize(message);
        return size;
      case tags.PR_HASATTACH:
        return files.length > 0;
      case tags.PR_MESSAGE_FLAGS: {
        const flags = Number(message.properties.get(tag) ?? 0);
        return files.length > 0 ? flags | MSGFLAG_HASATTACH : flags;
      }
      default:
        return message.properties.get(tag);
    }
  };
  return {
    value,
    recipients: message.children.filter(({ kind }) => kind !== MAPI_ATTACH).map(rowSubject),
    attachments: files.map(rowSubject),
  };
}

/** A recipient or attachment; a recipient's entry id has another tag until it is saved (see recipients.ts). */
const rowSubject = ({ properties }: ObjectTree): RestrictionSubject => ({
  value: (tag) => properties.get(tag === tags.PR_ENTRYID ? tags.PR_EC_CONTACT_ENTRYID : tag) ?? properties.get(tag),
});
