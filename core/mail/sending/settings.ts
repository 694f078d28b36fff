import { ConfigurationError, environment, optionalEnv } from '../../platform/configuration.ts';

/** How mail is sent. The names of the original's settings (spooler.cfg) are in brackets. */
export interface SendingSettings {
  /**
   * Domains that mail is sent in the name of; a message from another one is
   * refused before the provider does it. Undefined: the mailer takes all.
   */
  readonly senderDomains: readonly string[] | undefined;
  /** Who besides its owners may send as an address: login names by address, as `sendas` does for users and groups. */
  readonly allowedSenders: Readonly<Record<string, readonly string[]>>;
  /** Whether who is represented gets a copy, or the message itself, into Sent Items [copy_delegate_mails]. */
  readonly copyDelegateMails: 'yes' | 'no' | 'move-to-rep';
  /** Meeting requests and cancellations may be sent on behalf of anybody here, as who forwards one does [allow_delegate_meeting_request]. */
  readonly delegateMeetings: boolean;
  /** Whether Everyone may be written to [allow_send_to_everyone]. */
  readonly sendToEveryone: boolean;
  /** Whether groups that have an address are written to one by one all the same [expand_groups]. */
  readonly expandGroups: boolean;
  /** Domain of a fax gateway; fax numbers are refused without [fax_domain]. */
  readonly faxDomain: string | undefined;
  /** What stands for the + of an international number [fax_international]. */
  readonly faxInternational: string;
  /** Seconds after which a part is tried again of which nobody knows whether the provider has taken it. */
  readonly doubtSeconds: number;
}

export const DEFAULT_SENDING_SETTINGS: SendingSettings = {
  senderDomains: undefined,
  allowedSenders: {},
  copyDelegateMails: 'yes',
  delegateMeetings: true,
  sendToEveryone: true,
  expandGroups: false,
  faxDomain: undefined,
  faxInternational: '+',
  // Well above the function's time-out (120 s), and above what SES needs to tell of what it has taken.
  doubtSeconds: 600,
};

type Check = (value: unknown) => boolean;
const isFlag: Check = (value) => typeof value === 'boolean';
const isText: Check = (value) => typeof value === 'string';
const isTexts: Check = (value) => Array.isArray(value) && value.every(isText);

const CHECKS: Readonly<Record<keyof SendingSettings, Check>> = {
  senderDomains: isTexts,
  allowedSenders: (value) =>
    typeof value === 'object' && value !== null && !Array.isArray(value) && Object.values(value).every(isTexts),
  copyDelegateMails: (value) => value === 'yes' || value === 'no' || value === 'move-to-rep',
  delegateMeetings: isFlag,
  sendToEveryone: isFlag,
  expandGroups: isFlag,
  faxDomain: isText,
  faxInternational: isText,
  doubtSeconds: (value) => Number.isSafeInteger(value) && (value as number) >= 1,
};

/** The settings of the environment variable SENDING, JSON; what it leaves out is as the original has it. Throws {@link ConfigurationError}. */
export function sendingSettingsFromEnvironment(): SendingSettings {
  return parseSendingSettings(optionalEnv(environment.sending));
}

export function parseSendingSettings(text: string | undefined): SendingSettings {
  if (text === undefined) return DEFAULT_SENDING_SETTINGS;
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch (cause) {
    throw new ConfigurationError('SENDING is not JSON.', { cause });
  }
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw new ConfigurationError('SENDING is not a JSON object.');
  for (const [name, value] of Object.entries(given)) {
    const check = Object.hasOwn(CHECKS, name) ? CHECKS[name as keyof SendingSettings] : undefined;
    if (!check) throw new ConfigurationError(`SENDING has a setting "${name}", which doesn't exist.`);
    if (!check(value)) throw new ConfigurationError(`SENDING.${name} has a value that makes no sense.`);
  }
  return { ...DEFAULT_SENDING_SETTINGS, ...given };
}
