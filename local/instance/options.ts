import { availableParallelism } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { parseRelay, type RelayServer } from '../mail/relay.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** The kept instance that is meant where nothing else is said. */
const USUAL_DATA = path.join(ROOT, '.local', 'default');
export const LOCAL_SOCKET = path.join(USUAL_DATA, 'server.sock');

const USUAL_PORT = 2236;
export const USUAL_SMTP_PORT = 2525;
const USUAL_OUTBOX_PORT = 2580;

/** How an instance is started. */
export interface InstanceOptions {
  /** Where it keeps everything; undefined for a directory that is thrown away. */
  readonly data: string | undefined;
  /** Start anew: forget all that the data directory holds. */
  readonly reset: boolean;
  /** Ports; 0 takes a free one. */
  readonly port: number;
  readonly smtpPort: number;
  readonly outboxPort: number;
  /** A loopback port that is trusted as the unix socket is; for throw-away instances only. */
  readonly trustedPort: number | undefined;
  readonly databaseLatencyMs: number;
  /** Processes of the soap function. */
  readonly workers: number;
  readonly readyFile: string | undefined;
  /** Whether principals belong to companies; data that is there remembers it. */
  readonly hosted: boolean;
  /** Whether demo users are made when there are none. */
  readonly demo: boolean;
  /** Folder of the functions: `<name>/handler.ts`. */
  readonly functions: string;
  /** File with the way to an LDAP server or Active Directory that users come from. */
  readonly directoryFile?: string | undefined;
  /** More environment variables for the functions. */
  readonly settings: Readonly<Record<string, string>>;
  /** Visibility time-out of the queues; the usual one if undefined. */
  readonly visibilitySeconds?: number | undefined;
  /** Domains, in small letters, of which mail comes back in that is sent out. */
  readonly localDomains: readonly string[];
  /** Where mail for other domains goes; without, it stays on the page of sent mail. */
  readonly relay?: RelayServer | undefined;
}

/** The command line makes no sense; the message says why. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** More processes than this take more memory than a small machine should give by itself. */
const MOST_USUAL_WORKERS = 4;

const usualWorkers = (): number => Math.min(availableParallelism(), MOST_USUAL_WORKERS);

export const USAGE = `usage: npm start -- [options]
  --port N               port of the SOAP gateway (default ${USUAL_PORT})
  --smtp-port N          port for mail in (default ${USUAL_SMTP_PORT})
  --outbox-port N        port of the page of sent mail (default ${USUAL_OUTBOX_PORT})
  --data DIR             where everything is kept (default .local/default)
  --reset                start anew, without the data kept so far
  --ephemeral            keep nothing and create no demo users; ports are free ones unless given
  --trusted-port N       with --ephemeral: a loopback port that accepts SYSTEM as the unix socket does
  --ready-file PATH      write a JSON file with all endpoints once everything answers
  --hosted               users belong to companies; with new data (it is remembered)
  --workers N            processes of the soap function (default: one per processor, at most ${MOST_USUAL_WORKERS})
  --database-latency T   add a time to each database call, for example 8ms
  --mail-domain NAME     mail that is sent to this domain comes back in (default demo.local); may be repeated
  --relay URL            a mail server that takes mail for other domains: smtp://host[:port], smtps://user:password@host
  --directory FILE       users come from LDAP or Active Directory: a JSON file, see docs/operating.md; no demo users
  --set NAME=VALUE       an environment variable for the functions; may be repeated
  --help                 this text
Port 0 takes a free port.`;

/** Options of a start without a command line: throw-away, all ports free. */
export const EPHEMERAL: InstanceOptions = {
  data: undefined,
  reset: false,
  port: 0,
  smtpPort: 0,
  outboxPort: 0,
  trustedPort: undefined,
  databaseLatencyMs: 0,
  workers: 1,
  readyFile: undefined,
  hosted: false,
  demo: false,
  functions: path.join(ROOT, 'lambdas'),
  settings: {},
  localDomains: ['demo.local'],
};

/** Options of a command line, or undefined if it asks for help; throws {@link UsageError}. */
export function parseOptions(args: readonly string[]): InstanceOptions | undefined {
  const values = parse(args);
  if (values.help) return undefined;
  const ephemeral = values.ephemeral === true;
  if (ephemeral && (values.data !== undefined || values.reset)) {
    throw new UsageError('--ephemeral keeps nothing, so --data and --reset make no sense with it.');
  }
  if (values['trusted-port'] !== undefined && !ephemeral) {
    throw new UsageError('--trusted-port needs --ephemeral: what is kept is never open to everybody on the machine.');
  }
  const portOr = (name: 'port' | 'smtp-port' | 'outbox-port', usual: number): number =>
    values[name] === undefined ? (ephemeral ? 0 : usual) : port(name, values[name]);
  return {
    ...EPHEMERAL,
    data: ephemeral ? undefined : path.resolve(values.data ?? USUAL_DATA),
    reset: values.reset === true,
    port: portOr('port', USUAL_PORT),
    smtpPort: portOr('smtp-port', USUAL_SMTP_PORT),
    outboxPort: portOr('outbox-port', USUAL_OUTBOX_PORT),
    trustedPort: values['trusted-port'] === undefined ? undefined : port('trusted-port', values['trusted-port']),
    databaseLatencyMs: milliseconds(values['database-latency'] ?? '0'),
    workers: whole('workers', values.workers ?? String(usualWorkers()), 1, 64),
    readyFile: values['ready-file'] === undefined ? undefined : path.resolve(values['ready-file']),
    hosted: values.hosted === true,
    demo: !ephemeral && values.directory === undefined,
    directoryFile: values.directory === undefined ? undefined : path.resolve(values.directory),
    settings: settings(values.set ?? []),
    localDomains: values['mail-domain']?.map(domain) ?? EPHEMERAL.localDomains,
    relay: values.relay === undefined ? undefined : relayOf(values.relay),
  };
}

function relayOf(url: string): RelayServer {
  try {
    return parseRelay(url);
  } catch (cause) {
    throw new UsageError(`--relay ${(cause as Error).message}`, { cause });
  }
}

function domain(name: string): string {
  if (!/^[^\s@,]+$/.test(name)) throw new UsageError(`--mail-domain takes a domain such as example.org, not ${name}.`);
  return name.toLowerCase();
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        port: { type: 'string' },
        'smtp-port': { type: 'string' },
        'outbox-port': { type: 'string' },
        data: { type: 'string' },
        reset: { type: 'boolean' },
        ephemeral: { type: 'boolean' },
        'trusted-port': { type: 'string' },
        'mail-domain': { type: 'string', multiple: true },
        relay: { type: 'string' },
        'ready-file': { type: 'string' },
        hosted: { type: 'boolean' },
        workers: { type: 'string' },
        'database-latency': { type: 'string' },
        directory: { type: 'string' },
        set: { type: 'string', multiple: true },
        help: { type: 'boolean' },
      },
    }).values;
  } catch (cause) {
    throw new UsageError((cause as Error).message, { cause });
  }
}

function port(name: string, value: string): number {
  return whole(name, value, 0, 65_535);
}

function whole(name: string, value: string, least: number, most: number): number {
  const number = Number(value);
  if (!/^\d+$/.test(value) || number < least || number > most) {
    throw new UsageError(`--${name} takes a whole number from ${least} to ${most}, not '${value}'.`);
  }
  return number;
}

/** `8ms`, `8` or `0.1s` */
function milliseconds(value: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s)?$/.exec(value);
  if (!match) throw new UsageError(`--database-latency takes a time such as 8ms, not '${value}'.`);
  return Number(match[1]) * (match[2] === 's' ? 1000 : 1);
}

function settings(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const match = /^([A-Z][A-Z0-9_]*)=(.*)$/s.exec(pair);
      if (!match) throw new UsageError(`--set takes NAME=VALUE, not '${pair}'.`);
      return [match[1]!, match[2]!];
    }),
  );
}
