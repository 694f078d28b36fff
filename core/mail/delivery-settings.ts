import { ConfigurationError, environment, optionalEnv } from '../platform/configuration.ts';

/** Mail to an address that goes into a public folder. */
export interface PublicFolderAddress {
  readonly address: string;
  /** Path below the public folders, parts divided by `/`. */
  readonly folder: string;
  /** Hosted mode: whose public folders. */
  readonly company?: string;
}

/** How mail is delivered. The names of the original's settings (dagent.cfg, autorespond.cfg) are in brackets. */
export interface DeliverySettings {
  /** Mail with this in a header goes to the junk folder; undefined: no header does that [spam_header_name, spam_header_value]. */
  readonly spamHeader: { readonly name: string; readonly value: string } | undefined;
  /** Mailbox over its hard limit: tell the sender at once, or try again until the queue gives up. */
  readonly overQuota: 'bounce' | 'retry';
  readonly publicFolders: readonly PublicFolderAddress[];
  /** Mail that a rule has forwarded is forwarded no more [no_double_forward]. */
  readonly forwardOnce: boolean;
  /** Domains that rules may forward to, with `*` for anything [forward_whitelist_domains]. */
  readonly forwardDomains: readonly string[];
  /** Subject and text of what a user is told whose rule may not forward; with %subject and %sender [forward_whitelist_domain_*]. */
  readonly forwardRefusal: { readonly subject: string; readonly text: string };
  /** Headers of mail that no rule forwards [inhibit_forward_headers]. */
  readonly inhibitForward: readonly string[];
  /** Headers of mail that nothing answers by itself [inhibit_auto_reply_headers]. */
  readonly inhibitReply: readonly string[];
  /** Who gets the out-of-office message besides those who write To the user [autorespond_cc, _bcc, _norecip]. */
  readonly replyToCc: boolean;
  readonly replyToBcc: boolean;
  readonly replyToOthers: boolean;
  /** Nobody gets it twice within so many seconds [timelimit]. */
  readonly replyEverySeconds: number;
  /** What rules and the out-of-office message send is kept in Sent Items, too [copy_to_sentmail]. */
  readonly keepSent: boolean;
  /** Meeting requests are booked tentatively when they arrive, for users who haven't said otherwise [mr_autoprocessor]. */
  readonly processMeetings: boolean;
  /**
   * Domains that the site may send in the name of. A redirected mail of another domain's sender is sent in
   * the name of who redirects it, for SES takes no others. Undefined: the mailer takes all.
   */
  readonly ownDomains: readonly string[] | undefined;
}

export const DEFAULT_DELIVERY_SETTINGS: DeliverySettings = {
  spamHeader: { name: 'X-Spam-Status', value: 'Yes,' },
  overQuota: 'bounce',
  publicFolders: [],
  forwardOnce: true,
  forwardDomains: ['*'],
  forwardRefusal: {
    subject: 'REJECT: %subject not forwarded (administratively blocked)',
    text:
      'The mail system has refused to forward your e-mail with subject %subject by a rule to %sender: ' +
      'this is not permitted.\n\nRemove the rule, or ask your administrator about the setting forwardDomains.',
  },
  inhibitForward: ['X-Kopano-Vacation', 'Auto-Submitted'],
  inhibitReply: [
    'X-Kopano-Vacation',
    'Auto-Submitted',
    'Precedence',
    'List-Id',
    'List-Help',
    'List-Subscribe',
    'List-Unsubscribe',
    'List-Post',
    'List-Owner',
    'List-Archive',
    'X-Spam-Flag: YES',
    'X-Is-Junk: YES',
    'X-AMAZON*',
    'X-LinkedIn*',
  ],
  replyToCc: false,
  replyToBcc: false,
  replyToOthers: false,
  replyEverySeconds: 24 * 3600,
  keepSent: true,
  processMeetings: true,
  ownDomains: undefined,
};

type Check = (value: unknown) => boolean;
const isFlag: Check = (value) => typeof value === 'boolean';
const isText: Check = (value) => typeof value === 'string';
const isTexts: Check = (value) => Array.isArray(value) && value.every(isText);
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isPair =
  (one: string, other: string): Check =>
  (value) =>
    isRecord(value) && isText(value[one]) && isText(value[other]) && Object.keys(value).length === 2;

const CHECKS: Readonly<Record<keyof DeliverySettings, Check>> = {
  spamHeader: (value) => value === null || isPair('name', 'value')(value),
  overQuota: (value) => value === 'bounce' || value === 'retry',
  publicFolders: (value) =>
    Array.isArray(value) &&
    value.every(
      (each) =>
        isRecord(each) &&
        isText(each.address) &&
        isText(each.folder) &&
        (each.company === undefined || isText(each.company)),
    ),
  forwardOnce: isFlag,
  forwardDomains: isTexts,
  forwardRefusal: isPair('subject', 'text'),
  inhibitForward: isTexts,
  inhibitReply: isTexts,
  replyToCc: isFlag,
  replyToBcc: isFlag,
  replyToOthers: isFlag,
  replyEverySeconds: (value) => Number.isSafeInteger(value) && (value as number) >= 0,
  keepSent: isFlag,
  processMeetings: isFlag,
  ownDomains: isTexts,
};

/** The settings of the environment variable DELIVERY, JSON; what it leaves out is as the original has it. Throws {@link ConfigurationError}. */
export function deliverySettingsFromEnvironment(): DeliverySettings {
  return parseDeliverySettings(optionalEnv(environment.delivery));
}

export function parseDeliverySettings(text: string | undefined): DeliverySettings {
  if (text === undefined) return DEFAULT_DELIVERY_SETTINGS;
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch (cause) {
    throw new ConfigurationError('DELIVERY is not JSON.', { cause });
  }
  if (!isRecord(given)) throw new ConfigurationError('DELIVERY is not a JSON object.');
  for (const [name, value] of Object.entries(given)) {
    const check = Object.hasOwn(CHECKS, name) ? CHECKS[name as keyof DeliverySettings] : undefined;
    if (!check) throw new ConfigurationError(`DELIVERY has a setting "${name}", which doesn't exist.`);
    if (!check(value)) throw new ConfigurationError(`DELIVERY.${name} has a value that makes no sense.`);
  }
  const settings = { ...DEFAULT_DELIVERY_SETTINGS, ...given } as DeliverySettings;
  return { ...settings, spamHeader: settings.spamHeader ?? undefined };
}
