/**
 * Sends hostile requests of an ordinary user to the service and holds what
 * happens against what must never happen.
 */
import { startSession } from '../../../../core/directory/session.ts';
import { ICS_SYNC_CONTENTS } from '../../../../core/mapi/change-types.ts';
import { MAPI_ATTACH, MAPI_MAILUSER } from '../../../../core/mapi/object-types.ts';
import { PR_ATTACH_LONG_FILENAME, PR_DISPLAY_NAME } from '../../../../core/mapi/tags.ts';
import { answerRequest, type HttpCall } from '../../../../core/operations/http.ts';
import type { Log } from '../../../../core/platform/log.ts';
import type { Platform } from '../../../../core/platform/platform.ts';
import { beginSync } from '../../../../core/store/sync/syncs.ts';
import { aChild, aMessage, folderIn, type Mailbox, open, put, type Server } from '../../store/a-server.ts';
import { wholeOf } from '../a-service.ts';
import { seeded } from '../random.ts';
import { digestOfOthers } from './digest.ts';
import { type HostileRequest, hostileRequest } from './hostile-requests.ts';
import { HostileValues, type KnownNames } from './hostile-values.ts';
import { StatementVocabulary, WatchedDatabase } from './watched-database.ts';

/** Nothing may take longer. */
const TIME_LIMIT_MS = 2_000;
/** What takes so long is told at once, before it ends, if it does. */
const HANG_MS = 15_000;

export interface FuzzOptions {
  readonly seed: number;
  readonly count: number;
  /** Requests under way at once. */
  readonly concurrency: number;
  /** After how many requests other people's rows are looked at. */
  readonly digestEvery: number;
  readonly progress?: (report: FuzzReport) => void;
  /** Told of each kind of finding when it is first seen. */
  readonly onFinding?: (what: string, example: string) => void;
}

export interface Finding {
  /** How often. */
  count: number;
  /** One request that shows it. */
  readonly example: string;
}

export interface FuzzReport {
  requests: number;
  /** Answers by result: `ok`, an `er` code, a fault. */
  readonly answers: Map<string, number>;
  /** What must not happen, by what it is. */
  readonly findings: Map<string, Finding>;
  slowestMs: number;
  slowest: string;
  readonly vocabulary: StatementVocabulary;
  readonly onFinding: FuzzOptions['onFinding'];
}

/** The service as one ordinary user meets it, beside somebody else's mailbox. */
interface Scene {
  readonly platform: Platform;
  readonly attacker: Mailbox;
  readonly known: KnownNames;
}

export async function fuzz(server: Server, options: FuzzOptions): Promise<FuzzReport> {
  const report: FuzzReport = {
    requests: 0,
    answers: new Map(),
    findings: new Map(),
    slowestMs: 0,
    slowest: '',
    vocabulary: new StatementVocabulary(),
    onFinding: options.onFinding,
  };
  const scene = await setTheScene(server, report);
  const digest = () => digestOfOthers(server.platform.database, scene.attacker.principalId);
  const before = await digest();
  const random = seeded(options.seed);
  const crashed = (error: unknown): void => note(report, `crash: ${firstLines(error)}`, 'outside of any request');
  process.on('unhandledRejection', crashed);
  try {
    for (let done = 0; done < options.count; ) {
      const upTo = Math.min(options.count, done + options.digestEvery);
      const slow = new Set<HostileRequest>();
      const client = async (): Promise<void> => {
        let sessionId = await session(scene);
        const values = new HostileValues(random, scene.known);
        while (done < upTo) {
          done += 1;
          const request = hostileRequest(random, values, sessionId);
          if (await send(scene.platform, request, report, slow)) sessionId = await session(scene);
        }
      };
      await Promise.all(Array.from({ length: options.concurrency }, client));
      // On a busy machine anything may take long once; what is slow is so by itself, too.
      for (const request of slow) {
        const took = await timeOf(scene.platform, request);
        if (took > TIME_LIMIT_MS)
          note(
            report,
            `${request.operation} (${request.kind}) is slow`,
            `${took.toFixed(0)} ms: ${exampleOf(request)}`,
          );
      }
      const after = await digest();
      for (const [table, rows] of Object.entries(after))
        if (rows !== before[table]) {
          note(report, `changed rows of others: ${table}`, `${before[table]} → ${rows}`);
          before[table] = rows;
        }
      options.progress?.(report);
    }
  } finally {
    process.off('unhandledRejection', crashed);
  }
  for (const [word, sql] of report.vocabulary.strange) note(report, `a statement with the word ${word}`, sql);
  return report;
}

/** Sends one request; answers whether the session has ended by it. */
async function send(
  platform: Platform,
  request: HostileRequest,
  report: FuzzReport,
  slow: Set<HostileRequest>,
): Promise<boolean> {
  const label = `${request.operation} (${request.kind})`;
  report.requests += 1;
  current.set(request.operation, request);
  const begun = performance.now();
  const hangs = setTimeout(() => note(report, `${label} hangs`, exampleOf(request)), HANG_MS);
  let body: Buffer;
  let statusCode: number;
  try {
    const answer = await answerRequest(platform, callOf(request));
    statusCode = answer.statusCode;
    body = await wholeOf(answer.body);
  } catch (error) {
    note(report, `${label} threw: ${firstLines(error)}`, exampleOf(request));
    return false;
  } finally {
    clearTimeout(hangs);
  }
  const took = performance.now() - begun;
  if (took > report.slowestMs) {
    report.slowestMs = took;
    report.slowest = label;
  }
  if (took > TIME_LIMIT_MS) slow.add(request);
  const text = body.subarray(0, 4000).toString('latin1');
  const fault = /<faultstring>([^<]*)/.exec(text)?.[1];
  if (statusCode >= 500 && fault === undefined)
    note(report, `${label}: status ${statusCode} without a fault`, exampleOf(request));
  if (fault === 'internal error') note(report, `${label}: failed outside of its operation`, exampleOf(request));
  if (/\bat [\w.<>]+ \(|node:internal|\.ts:\d+/.test(text))
    note(report, `${label}: a stack trace in the answer`, exampleOf(request));
  const code =
    /<(?:er|result)>(\d+)</.exec(body.subarray(-400).toString('latin1'))?.[1] ??
    /<(?:er|result)>(\d+)</.exec(text)?.[1];
  const answered =
    fault !== undefined ? 'fault' : code === undefined || code === '0' ? 'ok' : `0x${Number(code).toString(16)}`;
  report.answers.set(answered, (report.answers.get(answered) ?? 0) + 1);
  return code === String(END_OF_SESSION);
}

const END_OF_SESSION = 0x80000010;

/** CPU time, in µs, after which it is clear how much of the processor others leave. */
const SAMPLE_US = 50_000;

/** How many times longer everything takes now than on a machine of one's own. */
function crowding(): number {
  const [cpu, wall] = [process.cpuUsage(), performance.now()];
  while (process.cpuUsage(cpu).user < SAMPLE_US);
  return Math.max(1, (1000 * (performance.now() - wall)) / SAMPLE_US);
}

/** How long a request takes when it is sent again, in ms; the best of a few, as others use the machine too. */
async function timeOf(platform: Platform, request: HostileRequest): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let tries = 0; tries < 4 && best > TIME_LIMIT_MS; tries++) {
    const share = crowding();
    const begun = performance.now();
    const answer = await answerRequest(platform, callOf(request));
    await wholeOf(answer.body);
    best = Math.min(best, (performance.now() - begun) / share);
  }
  return best;
}

const callOf = ({ body, contentType }: HostileRequest): HttpCall => ({
  body,
  header: (name) => (name === 'content-type' ? contentType : undefined),
  door: 'public',
  address: '192.0.2.66',
});

/** The last request of each operation, for what its log says. */
const current = new Map<string, HostileRequest>();

function note(report: FuzzReport, what: string, example: string): void {
  const finding = report.findings.get(what);
  if (finding) finding.count += 1;
  else {
    report.findings.set(what, { count: 1, example });
    report.onFinding?.(what, example);
  }
}

const exampleOf = ({ body }: HostileRequest): string =>
  body
    .toString('latin1')
    .replace(/^.*?Body[^>]*>/s, '')
    .slice(0, 1500);

function firstLines(error: unknown): string {
  if (!(error instanceof Error)) return JSON.stringify(error);
  const place = error.stack
    ?.split('\n')
    .find((line) => line.includes('/core/'))
    ?.trim()
    .replace(/file:\/\/.*\/core\//, 'core/');
  const cause = error.cause instanceof Error ? ` (${error.cause.message.slice(0, 200)})` : '';
  return `${error.name}: ${error.message.slice(0, 300)}${cause} ${place ?? ''}`;
}

const session = ({ platform, attacker }: Scene): Promise<bigint> =>
  startSession(
    platform.database,
    {
      principalId: attacker.principalId,
      impersonatorId: 0,
      group: 0n,
      capabilities: 0,
      trusted: false,
      address: '192.0.2.66',
      clientVersion: '',
      clientApp: '',
      clientAppVersion: '',
      clientAppMisc: '',
    },
    platform.clock.now(),
  );

async function setTheScene(server: Server, report: FuzzReport): Promise<Scene> {
  // What an operation did not expect is logged as an error and answered bare: each is a finding.
  const log: Log = {
    debug() {},
    info() {},
    warn() {},
    error: (entry: object | string) => {
      const { operation = '', err, error } = entry as { operation?: string; err?: unknown; error?: unknown };
      const request = current.get(operation);
      note(report, `${operation} failed: ${firstLines(err ?? error ?? entry)}`, request ? exampleOf(request) : '');
    },
    child: () => log,
  };
  const platform: Platform = {
    ...server.platform,
    spool: server.spool,
    database: new WatchedDatabase(server.platform.database, report.vocabulary.watch),
    log,
  };
  const victim = await server.mailbox('victim');
  const attacker = await server.mailbox('attacker');
  const [hers, his] = [await furnish(victim), await furnish(attacker)];
  const folder = await open(victim.actor, victim.inbox);
  const syncs = [victim, attacker].map(({ principalId }) =>
    beginSync(server.platform.database, {
      principalId,
      folderSourceKey: folder.object.sourceKey ?? Buffer.alloc(0),
      type: ICS_SYNC_CONTENTS,
    }),
  );
  const ids = await Promise.all(syncs);
  const people = await server.platform.database.query<{ id: number; name: string }>('SELECT id, name FROM principal');
  return {
    platform,
    attacker,
    known: {
      binaries: [
        ...hers.binaries,
        ...his.binaries,
        victim.actor.identity.entryId,
        attacker.actor.identity.entryId,
        Buffer.alloc(16),
      ],
      numbers: [...hers.numbers, ...his.numbers, ...ids, ...people.map(({ id }) => id), 1, 2, 3],
      texts: [
        ...people.map(({ name }) => name),
        'Inbox',
        'IPM',
        'IPM.Note',
        'REPORT.IPM',
        'victim@example.com',
        'Everyone',
      ],
    },
  };
}

/** Some of everything in a mailbox. */
async function furnish(mailbox: Mailbox): Promise<{ binaries: Buffer[]; numbers: number[] }> {
  const { actor } = mailbox;
  const below = await folderIn(actor, mailbox.inbox, 'Below');
  const children = [
    aChild(MAPI_MAILUSER, [{ tag: PR_DISPLAY_NAME, value: 'somebody' }]),
    aChild(MAPI_ATTACH, [{ tag: PR_ATTACH_LONG_FILENAME, value: 'a.txt' }], [aMessage()]),
  ];
  const messages = [await put(actor, mailbox.inbox), await put(actor, below, aMessage([], children))];
  const entryIds = [
    mailbox.storeEntryId,
    mailbox.rootEntryId,
    mailbox.inbox,
    below,
    ...messages.map((one) => one.entryId),
  ];
  const binaries = [...entryIds];
  const numbers: number[] = [];
  for (const entryId of entryIds) {
    const { object } = await open(actor, entryId);
    numbers.push(object.id);
    if (object.sourceKey) binaries.push(object.sourceKey);
  }
  for (const { children: saved } of messages) for (const child of saved) numbers.push(child.id);
  return { binaries, numbers };
}
