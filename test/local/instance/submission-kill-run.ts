import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { localDatabase } from '../../../local/database/adapter.ts';
import { DEMO_USERS } from '../../../local/instance/demo-users.ts';
import { deadLettersOf, QUEUES } from '../../../local/instance/topology.ts';
import { KillableInstance, type Victim } from './killable-instance.ts';
import { SubmissionStorm } from './submission-storm.ts';

/** A kill waits for submissions to get on, but not longer than this. */
const KILL_PATIENCE_MS = 20_000;
const PACE_MS = 60;
/** Kills hit at a moment of chance within this time. */
const CHANCE_MS = 250;
const DRAIN_TIMEOUT_MS = 900_000;

export interface SubmissionReport {
  readonly accepted: readonly string[];
  readonly unanswered: readonly string[];
  readonly kills: readonly Victim[];
  /** Subjects of the mails at the local SES. */
  readonly sent: readonly string[];
  /** Messages that count as sent in Sent Items, and that are left in Outboxes. */
  readonly inSentItems: number;
  /** Of those in Outboxes, how many still wait in the queue. */
  readonly waiting: number;
  readonly deadLetters: number;
  readonly seconds: number;
}

/** Every accepted submission was sent once; one without an answer was sent once or not at all. */
export function assertSentOnce({
  accepted,
  unanswered,
  sent,
  inSentItems,
  waiting,
  deadLetters,
}: SubmissionReport): void {
  const copies = new Map<string, number>();
  for (const subject of sent) copies.set(subject, (copies.get(subject) ?? 0) + 1);
  assert.deepEqual(
    accepted.filter((subject) => copies.get(subject) !== 1),
    [],
    'accepted submissions that were not sent exactly once',
  );
  assert.deepEqual(
    [...copies].filter(([, count]) => count > 1),
    [],
    'mails that were sent twice',
  );
  const known = new Set([...accepted, ...unanswered]);
  assert.deepEqual(
    [...copies.keys()].filter((subject) => !known.has(subject)),
    [],
    'mails that nobody submitted',
  );
  assert.equal(inSentItems, sent.length, 'what was sent lies in Sent Items');
  assert.equal(waiting, 0, 'nothing waits');
  assert.equal(deadLetters, 0, 'no message was given up');
}

/** Submits messages while parts of the instance, or all of it, are killed in the middle of their sending. */
export async function submissionKillRun(options: {
  readonly data: string;
  readonly messages: number;
  readonly victims: readonly Victim[];
  readonly say?: (line: string) => void;
}): Promise<SubmissionReport> {
  const run = new Run(await start(options.data), options);
  try {
    return await run.report();
  } finally {
    await run.stop();
  }
}

/** Here nobody is at it any more when a function was killed, so doubt needs to last no longer than reports take. */
const start = (data: string): Promise<KillableInstance> =>
  KillableInstance.start(data, ['--set', 'SENDING={"doubtSeconds":20}', '--set', 'LOG_LEVEL=info']);

class Run {
  readonly #options: Parameters<typeof submissionKillRun>[0];
  readonly #storm: SubmissionStorm;
  #instance: KillableInstance;
  #nextAt = 0;
  /** Settles when there is an instance again. */
  #up: Promise<void> = Promise.resolve();

  constructor(instance: KillableInstance, options: Parameters<typeof submissionKillRun>[0]) {
    this.#instance = instance;
    this.#options = options;
    const server = async () => {
      await this.#up;
      return this.#instance.endpoints;
    };
    this.#storm = new SubmissionStorm(options.messages, server, () => this.#pace());
  }

  async report(): Promise<SubmissionReport> {
    const { victims } = this.#options;
    const startedAt = performance.now();
    const submitting = this.#storm.run(DEMO_USERS);
    for (const [index, victim] of victims.entries()) await this.#kill(victim, (index + 1) / (victims.length + 1));
    await submitting;
    await this.#drained();
    const seconds = (performance.now() - startedAt) / 1000;
    const counts = await this.#counts();
    return {
      accepted: this.#storm.accepted,
      unanswered: this.#storm.unanswered,
      kills: victims,
      sent: await this.#sent(),
      ...counts,
      deadLetters: await this.#queued(deadLettersOf(QUEUES.spool)),
      seconds,
    };
  }

  stop(): Promise<void> {
    return this.#instance.stop();
  }

  async #pace(): Promise<void> {
    const now = performance.now();
    this.#nextAt = Math.max(now, this.#nextAt + PACE_MS);
    await pause(this.#nextAt - now);
  }

  /** Kills when this part of the submissions is accepted and some of them are on their way. */
  async #kill(victim: Victim, part: number): Promise<void> {
    const { messages, data, say } = this.#options;
    while (this.#storm.accepted.length < part * messages) await pause(10);
    const deadline = performance.now() + KILL_PATIENCE_MS;
    await pause(Math.random() * CHANCE_MS);
    const up = Promise.withResolvers<void>();
    this.#up = up.promise;
    // The spooler's process is there only while there is mail.
    while (!this.#instance.kill(victim) && performance.now() < deadline) await pause(5);
    if (victim !== 'spooler' && victim !== 'dagent' && victim !== 'soap') {
      await this.#instance.ended;
      this.#instance = await start(data);
    }
    up.resolve();
    say?.(`killed ${victim.padEnd(10)} at ${this.#storm.accepted.length} accepted`);
  }

  /** Nothing is on the queues, nor waits in the database. */
  async #drained(): Promise<void> {
    const deadline = performance.now() + DRAIN_TIMEOUT_MS;
    for (;;) {
      const { waiting } = await this.#counts();
      const queued = (await this.#queued(QUEUES.spool)) + (await this.#queued(QUEUES.reports));
      if (waiting === 0 && queued === 0) return;
      if (performance.now() > deadline) throw new Error(`${waiting} messages wait, ${queued} jobs are queued for long`);
      await pause(500);
    }
  }

  async #queued(name: string): Promise<number> {
    const { cloud, queues } = this.#instance.endpoints;
    const sqs = new SQSClient({ endpoint: cloud.url, region: cloud.region, credentials: cloud });
    try {
      const { Attributes = {} } = await sqs.send(
        new GetQueueAttributesCommand({
          QueueUrl: queues.spool!.replace(QUEUES.spool, name),
          AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
        }),
      );
      return Number(Attributes.ApproximateNumberOfMessages) + Number(Attributes.ApproximateNumberOfMessagesNotVisible);
    } finally {
      sqs.destroy();
    }
  }

  async #sent(): Promise<string[]> {
    const { outbox } = this.#instance.endpoints;
    const subjects: string[] = [];
    for (let page = await fetchText(outbox.url); ; ) {
      subjects.push(...[...page.matchAll(/Submission \d+ of the storm/g)].map(([subject]) => subject));
      const next = /href="(\/\?after=[^"]+)"/.exec(page)?.[1];
      if (!next) return subjects;
      page = await fetchText(new URL(next.replaceAll('&amp;', '&'), outbox.url).href);
    }
  }

  async #counts(): Promise<{ inSentItems: number; waiting: number }> {
    const { cloud, dataApi, database: named } = this.#instance.endpoints;
    const database = localDatabase(dataApi.url, named.name, { credentials: cloud });
    const [row] = await database.query<{ sent: number; waiting: number }>(
      `SELECT (SELECT COUNT(*) FROM object o WHERE o.kind = 5 AND o.deleted = 0 AND o.message_flags & 8 = 0
                 AND o.subject LIKE 'Submission % of the storm') AS sent,
              (SELECT COUNT(*) FROM outgoing) AS waiting`,
    );
    return { inSentItems: Number(row!.sent), waiting: Number(row!.waiting) };
  }
}

const fetchText = async (url: string): Promise<string> => (await fetch(url)).text();
