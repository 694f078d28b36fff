/**
 * The rule of an inbox that sends delegates copies of meeting requests. Clients
 * keep the rules of a folder as one XML document (observed on 11.0.2); the
 * others are left as they are.
 */
import { KCERR_NOT_FOUND } from '../../core/mapi/error-codes.ts';
import { type PropertyTag, unicodeTag } from '../../core/mapi/property.ts';
import { FL_PREFIX, RELOP_NE, type Restriction } from '../../core/mapi/restriction.ts';
import {
  PR_ADDRTYPE,
  PR_DELEGATED_BY_RULE,
  PR_DISPLAY_NAME,
  PR_DISPLAY_TYPE,
  PR_EMAIL_ADDRESS,
  PR_ENTRYID,
  PR_MESSAGE_CLASS,
  PR_OBJECT_TYPE,
  PR_RECIPIENT_TYPE,
  PR_RULE_ACTIONS,
  PR_RULE_CONDITION,
  PR_RULE_ID,
  PR_RULE_LEVEL,
  PR_RULE_NAME,
  PR_RULE_PROVIDER,
  PR_RULE_PROVIDER_DATA,
  PR_RULE_SEQUENCE,
  PR_RULE_STATE,
  PR_RULES_DATA,
  PR_SEARCH_KEY,
  PR_SENSITIVITY,
  PR_SMTP_ADDRESS,
} from '../../core/mapi/tags.ts';
import { type Draft, decodeDocument, encodeDocument, type Wire } from '../../core/soap/index.ts';
import { restrictionToWire } from '../../core/soap/wire-restriction.ts';
import { isRefused } from '../connection/refused-error.ts';
import type { Session } from '../connection/session.ts';
import { bytesOf, readProperties, wireProperty } from '../wire-properties.ts';
import { loadObject, saveProperties } from './objects.ts';

/** Who gets copies, and whether the owner then gets none. */
export interface DelegateRule {
  /** Address book entry ids. */
  readonly recipients: readonly Buffer[];
  readonly deletes: boolean;
}

/** What the clients call the rule (MS-OXODLGT 2.2.3). */
const PROVIDER = 'Schedule+ EMS Interface';
const NAME = 'Delegate Meetingrequest service';
/** Types of actions (MS-OXORULE 2.2.5.1.1). */
const OP_DELEGATE = 0x08;
const OP_DELETE = 0x0a;
const ST_ENABLED = 1;
const MAPI_TO = 1;
/** PR_SENSITIVITY of what is marked as private. */
const PRIVATE = 2;

const has = (tag: PropertyTag): Restriction => ({ kind: 'exist', tag });
const not = (part: Restriction): Restriction => ({ kind: 'not', part });

/** Meeting requests that aren't private and weren't sent on by such a rule before. */
const CONDITION: Restriction = {
  kind: 'and',
  parts: [
    {
      kind: 'content',
      fuzzyLevel: FL_PREFIX,
      tag: PR_MESSAGE_CLASS,
      value: { tag: PR_MESSAGE_CLASS, value: 'IPM.Schedule.Meeting' },
    },
    not(has(PR_DELEGATED_BY_RULE)),
    {
      kind: 'or',
      parts: [
        not(has(PR_SENSITIVITY)),
        {
          kind: 'property',
          relation: RELOP_NE,
          tag: PR_SENSITIVITY,
          value: { tag: PR_SENSITIVITY, value: PRIVATE },
        },
      ],
    },
  ],
};

type Row = Wire<'propValArray'>;

async function readRows(session: Session, inbox: Buffer): Promise<Row[]> {
  const { properties } = await loadObject(session, inbox);
  const document = bytesOf(properties, PR_RULES_DATA) ?? (await loadLong(session, inbox));
  return document && document.length > 0 ? decodeDocument('rowSet', 'tableData', document) : [];
}

/** A long value doesn't come with its object. */
async function loadLong(session: Session, inbox: Buffer): Promise<Buffer | undefined> {
  try {
    const { lpPropVal } = await session.call('loadProp', { sEntryId: inbox, ulPropTag: PR_RULES_DATA });
    return lpPropVal && bytesOf(readProperties([lpPropVal]), PR_RULES_DATA);
  } catch (error) {
    if (isRefused(error, KCERR_NOT_FOUND)) return undefined;
    throw error;
  }
}

const isDelegateRule = (row: Row): boolean =>
  row.some(({ ulPropTag, Value }) => unicodeTag(ulPropTag) === PR_RULE_PROVIDER && Value?.value === PROVIDER);

export async function readDelegateRule(session: Session, inbox: Buffer): Promise<DelegateRule> {
  const actions = (await readRows(session, inbox))
    .filter(isDelegateRule)
    .flatMap((row) => row.flatMap(({ Value }) => (Value?.name === 'actions' ? Value.value : [])));
  const recipients = actions.flatMap(({ acttype, act }) =>
    acttype === OP_DELEGATE && act?.name === 'adrlist'
      ? act.value.flatMap((recipient) => bytesOf(readProperties(recipient), PR_ENTRYID) ?? [])
      : [],
  );
  return { recipients, deletes: actions.some(({ acttype }) => acttype === OP_DELETE) };
}

/** Writes the rule; without recipients there is none. */
export async function writeDelegateRule(
  session: Session,
  storeId: Buffer,
  inbox: Buffer,
  rule: DelegateRule,
): Promise<void> {
  const rows = await readRows(session, inbox);
  const others = rows.filter((row) => !isDelegateRule(row));
  if (rule.recipients.length === 0 && others.length === rows.length) return;
  const own = rule.recipients.length === 0 ? [] : [await ruleRow(session, rule)];
  // The place in the list is the rule's number (observed on 11.0.2: clients number them anew as they read).
  const numbered = [...others, ...own].map((row, index) => [
    ...row.filter(({ ulPropTag }) => ulPropTag !== PR_RULE_ID),
    { ulPropTag: PR_RULE_ID, Value: { name: 'li', value: BigInt(index + 1) } } as const,
  ]);
  const document = encodeDocument('rowSet', 'tableData', numbered);
  await saveProperties(session, inbox, storeId, [wireProperty(PR_RULES_DATA, document)]);
}

async function ruleRow(session: Session, { recipients, deletes }: DelegateRule): Promise<Draft<'propValArray'>> {
  const adrlist = await Promise.all(recipients.map((entryId) => addressRow(session, entryId)));
  const actions: Draft<'actions'> = [
    { acttype: OP_DELEGATE, flavor: 0, flags: 0, act: { name: 'adrlist', value: adrlist } },
    ...(deletes ? [{ acttype: OP_DELETE, flavor: 0, flags: 0 }] : []),
  ];
  return [
    wireProperty(PR_RULE_LEVEL, 0),
    wireProperty(PR_RULE_NAME, NAME),
    wireProperty(PR_RULE_PROVIDER, PROVIDER),
    wireProperty(PR_RULE_SEQUENCE, 0),
    wireProperty(PR_RULE_STATE, ST_ENABLED),
    wireProperty(PR_RULE_PROVIDER_DATA, Buffer.alloc(0)),
    { ulPropTag: PR_RULE_ACTIONS, Value: { name: 'actions', value: actions } },
    { ulPropTag: PR_RULE_CONDITION, Value: { name: 'res', value: restrictionToWire(CONDITION) } },
  ];
}

/** What a rule keeps of a recipient. */
const ADDRESS_TAGS: readonly PropertyTag[] = [
  PR_ADDRTYPE,
  PR_EMAIL_ADDRESS,
  PR_DISPLAY_NAME,
  PR_SEARCH_KEY,
  PR_SMTP_ADDRESS,
  PR_OBJECT_TYPE,
  PR_DISPLAY_TYPE,
];

async function addressRow(session: Session, entryId: Buffer): Promise<Draft<'propValArray'>> {
  const { aPropVal } = await session.call('readABProps', { sEntryId: entryId });
  const known = aPropVal.map((property) => ({ ...property, ulPropTag: unicodeTag(property.ulPropTag) }));
  return [
    wireProperty(PR_ENTRYID, entryId),
    ...known.filter(({ ulPropTag }) => ADDRESS_TAGS.includes(ulPropTag)),
    wireProperty(PR_RECIPIENT_TYPE, MAPI_TO),
  ];
}
