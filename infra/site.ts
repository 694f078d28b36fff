import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Node } from 'constructs';
import {
  list,
  oneOf,
  optional,
  type Reader,
  SiteError,
  settings,
  stepped,
  text,
  whole,
  withDefault,
  yesOrNo,
} from './settings.ts';

const domain = text(
  /^(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/,
  'a domain name in lower case',
);
const address = text(/^[^\s@]+@[^\s@]+\.[^\s@]+$/, 'a mail address');
const arn = text(/^arn:aws[a-z-]*:\S+$/, 'an ARN');

/** Days that CloudWatch Logs can keep a log. */
const logDays = oneOf(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 3653);

const retention = settings({
  /** Point-in-time recovery of the database; deleted blobs stay recoverable a week longer. */
  backupDays: withDefault(14, whole(1, 35)),
  /** Raw mail as received. Longer than a dead letter lives (14 days), so that every dead letter can be delivered again. */
  rawMailDays: withDefault(30, whole(21, 3650)),
  logDays: withDefault(30, logDays),
});

const concurrency = settings({
  /** Requests answered at once; each waiting client (IMAP IDLE, phone) holds one. */
  soap: withDefault(200, whole(2, 10_000)),
  /** Mails delivered at once. SQS needs at least 2 for an event source. */
  dagent: withDefault(10, whole(2, 1000)),
  /** Mails sent at once; keep it under the sending rate that SES grants. */
  spooler: withDefault(5, whole(2, 1000)),
  /**
   * Reserve the above from the account's concurrency. New accounts have a limit of 10 and can reserve
   * nothing: turn it off there, until AWS has raised the limit.
   */
  reserve: withDefault(true, yesOrNo),
});

const capacity = settings({
  /** Least Aurora capacity units (ACU, 2 GiB each). 0 pauses the database when nobody uses it. */
  databaseMinimum: withDefault(0, stepped(0, 256, 0.5)),
  databaseMaximum: withDefault(8, stepped(1, 256, 0.5)),
  /** Minutes without a statement until the database pauses. */
  databasePauseMinutes: withDefault(10, whole(5, 1440)),
  /** A second instance in another availability zone, for fail-over in seconds; doubles the cost of the database. */
  databaseStandby: withDefault(false, yesOrNo),
  /** MB of the SOAP function; processor share grows with it. */
  soapMemory: withDefault(512, whole(256, 10_240)),
  /** Requests a second that the gateway lets through on average, and at once. */
  requestsPerSecond: withDefault(200, whole(1, 10_000)),
  requestBurst: withDefault(400, whole(1, 5000)),
  concurrency,
});

/** A petabyte: more is a typo. */
const MOST_MEGABYTES = 1024 ** 3;

const schedule = settings({
  monitorMinutes: withDefault(60, whole(5, 1440)),
  /** UTC hour of the nightly housekeeping. */
  housekeepingHour: withDefault(2, whole(0, 23)),
  directoryMinutes: withDefault(60, whole(5, 1440)),
});

/** Differences from the profile's mapping, in its own structure; the function that reads the directory checks them. */
const mapping: Reader<Readonly<Record<string, unknown>>> = (value, path) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new SiteError(`Setting ${path} must be an object.`);
  return value as Readonly<Record<string, unknown>>;
};

const ldap = settings({
  /** Servers in the order in which they are tried. */
  urls: list(text(/^ldaps?:\/\/[^\s/]+(:\d+)?$/, 'ldap://host or ldaps://host'), 1),
  baseDn: text(/=/, 'a distinguished name'),
  profile: withDefault('active-directory', oneOf('active-directory', 'openldap', 'posix')),
  mapping: optional(mapping),
  /** Whether ldap:// connections are encrypted before anything is said on them. */
  startTls: optional(yesOrNo),
  /** Seconds that a server may take to answer. */
  timeoutSeconds: optional(whole(1, 120)),
  pageSize: optional(whole(1, 5000)),
  /** Whether searches go on at the servers that an answer refers to. */
  referrals: optional(oneOf('ignore', 'follow')),
  /** Removals beyond both, a number and a share in percent, need a person's consent. */
  deletions: optional(settings({ objects: whole(0, 1_000_000), percent: whole(0, 100) })),
  /** Days that what has vanished is kept. */
  graceDays: optional(whole(1, 3650)),
  /** Hours after which everything is read, not only what has changed. */
  fullHours: optional(whole(0, 168)),
  /** An existing VPC from which the servers can be reached; it must also reach the AWS endpoints. Empty: the internet. */
  network: optional(
    settings({
      vpcId: text(/^vpc-[0-9a-f]+$/, 'a VPC id'),
      availabilityZones: list(text(/^[a-z]{2}(-[a-z]+)+-\d[a-z]$/, 'an availability zone'), 1),
      subnetIds: list(text(/^subnet-[0-9a-f]+$/, 'a subnet id'), 1),
      securityGroupId: text(/^sg-[0-9a-f]+$/, 'a security group id'),
    }),
  ),
});

/** Limits in MB as in the original's server.cfg, 0 for none. They rise from warn to hard. */
const limits = settings({
  warn: withDefault(0, whole(0, MOST_MEGABYTES)),
  soft: withDefault(0, whole(0, MOST_MEGABYTES)),
  hard: withDefault(0, whole(0, MOST_MEGABYTES)),
});

const quota = settings({
  /** Of mailboxes for which neither user nor company has limits. */
  user: optional(limits),
  /** Of the public stores of companies. */
  company: optional(settings({ warn: withDefault(0, whole(0, MOST_MEGABYTES)) })),
  /** Days until the same warning is repeated. */
  resendDays: withDefault(1, whole(1, 365)),
  /** Folder, from the project's top, with templates of your own: userwarning.mail, usersoft.mail, userhard.mail, companywarning.mail. */
  templates: optional(text(/^[^\0]+$/, 'a folder')),
});

const endpoint = settings({
  /** Name under which clients reach the server, and the certificate for it in the same region. */
  domain,
  certificateArn: arn,
});

/** How mail is delivered; what is left out is as the original has it (the names of core/mail/delivery-settings.ts). */
const delivery = settings({
  /** Mail with this in a header goes to the junk folder; an empty name: no header does that. */
  spamHeader: optional(settings({ name: text(/^[\w-]*$/, 'the name of a header'), value: text(/^.*$/, 'a text') })),
  /** Mailboxes over their hard limit: tell the sender at once, or try again for a while. */
  overQuota: optional(oneOf('bounce', 'retry')),
  /** Addresses whose mail goes into public folders; in hosted mode with the company. */
  publicFolders: optional(
    list(settings({ address, folder: text(/[^/]/, 'a path'), company: optional(text(/./, 'a company')) }), 0),
  ),
  forwardOnce: optional(yesOrNo),
  /** Domains that rules may forward to; `*` stands for anything. */
  forwardDomains: optional(list(text(/^[\w.*-]+$/, 'a domain or a pattern'), 0)),
  inhibitForward: optional(list(text(/./, 'a header'), 0)),
  inhibitReply: optional(list(text(/./, 'a header'), 0)),
  replyToCc: optional(yesOrNo),
  replyToBcc: optional(yesOrNo),
  replyToOthers: optional(yesOrNo),
  replyEverySeconds: optional(whole(0, 2_592_000)),
  keepSent: optional(yesOrNo),
  processMeetings: optional(yesOrNo),
});

/** How mail is sent; what is left out is as the original has it (the names of core/mail/sending/settings.ts). */
const sending = settings({
  /** Login names of those who may send as an address, besides whom the address book lets. */
  allowedSenders: optional(list(settings({ address, users: list(text(/./, 'a login name'), 1) }), 0)),
  /** Whether who is represented gets a copy, or the message itself, into Sent Items. */
  copyDelegateMails: optional(oneOf('yes', 'no', 'move-to-rep')),
  delegateMeetings: optional(yesOrNo),
  sendToEveryone: optional(yesOrNo),
  expandGroups: optional(yesOrNo),
  /** Domain of a fax gateway. */
  faxDomain: optional(text(/^[\w.-]+$/, 'a domain')),
});

const site = settings({
  /** Prefix of every name, so that several sites can live in one account. */
  name: withDefault('kgc', text(/^[a-z][a-z0-9-]{1,15}$/, 'a short name of a-z, 0-9 and -')),
  /** Mail domains that are received and sent for. */
  domains: list(domain, 1),
  /** Name by which the server calls itself towards clients. */
  serverName: optional(text(/^[\w.-]{1,64}$/, 'a name of up to 64 letters, digits, dots and dashes')),
  /** Several companies in one server, each with its own users, public store and administrators. */
  hosted: withDefault(false, yesOrNo),
  /** Sender of bounces and quota warnings; `postmaster@` of the first domain if left out. */
  postmaster: optional(address),
  /** Who gets alarms. AWS sends a mail there that has to be confirmed. */
  alarmEmail: optional(address),
  /** US dollars a month above which the alarm address is told. */
  monthlyBudget: optional(whole(1, 1_000_000)),
  endpoint: optional(endpoint),
  /** A regional web ACL of AWS WAF to put before the gateway. */
  webAclArn: optional(arn),
  /**
   * Whether API Gateway's role for writing logs is set by us. It is one setting for
   * the account and region: say false where another stack already owns it.
   */
  gatewayLogRole: withDefault(true, yesOrNo),
  /** `retain` keeps database and buckets when the stacks are deleted; `destroy` is for throw-away sites. */
  removal: withDefault('retain', oneOf('retain', 'destroy')),
  logLevel: withDefault('info', oneOf('debug', 'info', 'warn', 'error')),
  delivery: optional(delivery),
  sending: optional(sending),
  retention,
  capacity,
  schedule,
  quota,
  /** Users from LDAP or Active Directory; left out, the server keeps its own users. */
  ldap: optional(ldap),
});

export type Site = ReturnType<typeof site>;
export type Directory = NonNullable<Site['ldap']>;

/** A site's settings from parsed JSON; throws {@link SiteError}. */
export function parseSite(value: unknown): Site {
  const parsed = (site as Reader<Site>)(value, '');
  const { databaseMinimum, databaseMaximum } = parsed.capacity;
  if (databaseMinimum > databaseMaximum) {
    throw new SiteError('Setting capacity.databaseMinimum must not be above capacity.databaseMaximum.');
  }
  const { warn, soft, hard } = parsed.quota.user ?? { warn: 0, soft: 0, hard: 0 };
  const given = [warn, soft, hard].filter((limit) => limit > 0);
  if (given.some((limit, index) => index > 0 && limit < given[index - 1]!)) {
    throw new SiteError('Setting quota.user must rise from warn over soft to hard.');
  }
  return parsed;
}

/** Stands in while no site is configured, so that the app can be synthesised and read. Not for deployment. */
export const EXAMPLE_DOMAIN = 'example.org';

/**
 * The settings for this synthesis: the context value `kgc` (an object, or JSON
 * text as `-c kgc=…` gives it), else the file named by the context value `site`,
 * else `site.json` beside cdk.json, else an example.
 */
export function readSite(node: Node): Site {
  const inline: unknown = node.tryGetContext('kgc');
  if (typeof inline === 'string') return parseSite(parseJson(inline, 'the context value kgc'));
  if (inline !== undefined) return parseSite(inline);
  const named: unknown = node.tryGetContext('site');
  if (typeof named === 'string') return parseSite(parseJson(readFileSync(named, 'utf8'), named));
  const usual = fileURLToPath(new URL('../site.json', import.meta.url));
  if (existsSync(usual)) return parseSite(parseJson(readFileSync(usual, 'utf8'), 'site.json'));
  return parseSite({ domains: [EXAMPLE_DOMAIN] });
}

function parseJson(json: string, where: string): unknown {
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw new SiteError(`The settings in ${where} are no JSON.`, { cause });
  }
}
