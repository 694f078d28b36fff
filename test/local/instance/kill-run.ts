import { execFile } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { localDatabase } from '../../../local/database/adapter.ts';
import { deadLettersOf, QUEUES } from '../../../local/instance/topology.ts';
import { KillableInstance, type Victim } from './killable-instance.ts';
import { MailStorm } from './mail-storm.ts';

const KGC = fileURLToPath(new URL('../../../cli/kgc.mjs', import.meta.url));

/** The recipient; a kept instance has made her at its first start. */
const RECIPIENT = { name: 'anna', address: 'anna@demo.local' };

/**
 * A kill waits for deliveries to get on, but not longer than this: the dead
 * dagent's transactions hold up other deliveries to the mailbox until the
 * Data API ends them, three minutes after their last call.
 */
const KILL_PATIENCE_MS = 5_000;

/** Mail comes in a little faster than it is delivered, so that a kill hits both. */
const PACE_MS = 60;

/** Kills hit at a moment of chance within this time. */
const CHANCE_MS = 250;

/** Mail that a killed function had in hand waits for its visibility time-out before it comes again. */
const DRAIN_TIMEOUT_MS = 300_000;

export interface Kill {
  readonly victim: Victim;
  /** Mails accepted, and mails no longer in the queue, when it happened. */
  readonly accepted: number;
  readonly done: number;
  readonly inFlight: number;
  /** From the kill until everything answered again; 0 if the instance went on. */
  readonly downMs: number;
}

export interface KillReport {
  readonly accepted: readonly string[];
  readonly unanswered: readonly string[];
  readonly kills: readonly Kill[];
  /** Subjects in the inbox as a client sees them. */
  readonly found: readonly string[];
  /** The inbox's counters, and what a count of its messages says. */
  readonly counters: Readonly<Record<'content' | 'unread' | 'counted' | 'countedUnread' | 'deliveries', number>>;
  readonly deadLetters: number;
  /** From the first mail until the queue was empty. */
  readonly seconds: number;
}

interface QueueCounts {
  readonly waiting: number;
  readonly inFlight: number;
}

/** Sends mails while parts of the instance, or all of it, are killed in the middle of their delivery. */
export async function killRun(options: {
  readonly data: string;
  readonly mails: number;
  readonly victims: readonly Victim[];
  readonly say?: (line: string) => void;
}): Promise<KillReport> {
  const run = new KillRun(await KillableInstance.start(options.data), options);
  try {
    return await run.report();
  } finally {
    await run.stop();
  }
}

class KillRun {
  readonly #options: Parameters<typeof killRun>[0];
  readonly #storm: MailStorm;
  readonly #kills: Kill[] = [];
  #instance: KillableInstance;
  #nextMailAt = 0;
  /** Settles when there is an instance again. */
  #up: Promise<void> = Promise.resolve();

  constructor(instance: KillableInstance, options: Parameters<typeof killRun>[0]) {
    this.#instance = instance;
    this.#options = options;
    const server = async () => {
      await this.#up;
      return this.#instance.endpoints.smtp;
    };
    this.#storm = new MailStorm(options.mails, RECIPIENT.address, server, () => this.#pace());
  }

  async report(): Promise<KillReport> {
    const { victims } = this.#options;
    const startedAt = performance.now();
    const sending = this.#storm.run();
    sending.catch(() => {});
    for (const [index, victim] of victims.entries()) await this.#killOne(victim, (index + 1) / (victims.length + 1));
    await sending;
    await this.#drained();
    const seconds = (performance.now() - startedAt) / 1000;
    return {
      accepted: this.#storm.accepted,
      unanswered: this.#storm.unanswered,
      kills: this.#kills,
      found: await this.#inbox(),
      counters: await this.#counters(),
      deadLetters: (await this.#queue(deadLettersOf(QUEUES.inbound))).waiting,
      seconds,
    };
  }

  stop(): Promise<void> {
    return this.#instance.stop();
  }

  /** Each mail has its own time, whichever connection takes it. */
  async #pace(): Promise<void> {
    const now = performance.now();
    this.#nextMailAt = Math.max(now, this.#nextMailAt + PACE_MS);
    await pause(this.#nextMailAt - now);
  }

  /** Kills when this part of the mails is through, and starts anew what has ended by that. */
  async #killOne(victim: Victim, part: number): Promise<void> {
    const { mails, data, say } = this.#options;
    const deadline = performance.now() + KILL_PATIENCE_MS;
    let counts = await this.#queue(QUEUES.inbound);
    const done = (): number => this.#storm.accepted.length - counts.waiting - counts.inFlight;
    while ((done() < part * mails || counts.inFlight === 0) && performance.now() < deadline) {
      await pause(5);
      counts = await this.#queue(QUEUES.inbound);
    }
    await pause(Math.random() * CHANCE_MS);
    counts = await this.#queue(QUEUES.inbound);
    const facts = { victim, accepted: this.#storm.accepted.length, done: done(), inFlight: counts.inFlight };
    const killedAt = performance.now();
    const up = Promise.withResolvers<void>();
    this.#up = up.promise;
    let downMs = 0;
    // The dagent's process is there only while there is mail.
    while (!this.#instance.kill(victim) && performance.now() < deadline) await pause(5);
    if (victim !== 'dagent' && victim !== 'soap') {
      await this.#instance.ended;
      this.#instance = await KillableInstance.start(data);
      downMs = performance.now() - killedAt;
    }
    up.resolve();
    this.#kills.push({ ...facts, downMs });
    say?.(
      `killed ${victim.padEnd(10)} at ${facts.accepted} accepted, ${facts.done} delivered, ${facts.inFlight} in flight` +
        (downMs > 0 ? `; up again after ${(downMs / 1000).toFixed(1)} s` : ''),
    );
  }

  async #drained(): Promise<void> {
    const deadline = performance.now() + DRAIN_TIMEOUT_MS;
    for (;;) {
      const { waiting, inFlight } = await this.#queue(QUEUES.inbound);
      if (waiting + inFlight === 0) return;
      if (performance.now() > deadline) throw new Error(`${waiting} mails wait and ${inFlight} are in flight for long`);
      await pause(100);
    }
  }

  async #queue(name: string): Promise<QueueCounts> {
    const { cloud, queues } = this.#instance.endpoints;
    const sqs = new SQSClient({ endpoint: cloud.url, region: cloud.region, credentials: cloud });
    try {
      const { Attributes = {} } = await sqs.send(
        new GetQueueAttributesCommand({
          QueueUrl: queues.inbound!.replace(QUEUES.inbound, name),
          AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
        }),
      );
      return {
        waiting: Number(Attributes.ApproximateNumberOfMessages),
        inFlight: Number(Attributes.ApproximateNumberOfMessagesNotVisible),
      };
    } finally {
      sqs.destroy();
    }
  }

  async #inbox(): Promise<string[]> {
    const { soap } = this.#instance.endpoints;
    const args = ['--server', soap.socket, '--json', 'message', 'list', RECIPIENT.name, 'Inbox', '--limit', '100000'];
    const { stdout } = await promisify(execFile)(process.execPath, [KGC, ...args], { maxBuffer: 64 * 1024 * 1024 });
    return (JSON.parse(stdout) as { subject: string }[]).map(({ subject }) => subject);
  }

  async #counters(): Promise<KillReport['counters']> {
    const { cloud, dataApi, database: named } = this.#instance.endpoints;
    const database = localDatabase(dataApi.url, named.name, { credentials: cloud });
    const [row] = await database.query<Record<keyof KillReport['counters'], number>>(
      `SELECT f.content_count AS content, f.unread_count AS unread,
         COUNT(o.id) AS counted, CAST(COALESCE(SUM(o.unread), 0) AS SIGNED) AS countedUnread,
         (SELECT COUNT(*) FROM delivery) AS deliveries
       FROM folder f JOIN receive_folder r ON r.folder_id = f.id AND r.message_class = ''
         JOIN principal p ON p.name = :login JOIN store s ON s.id = r.store_id AND s.owner_id = p.id
         LEFT JOIN object o ON o.parent_id = f.id AND o.kind = 5 AND o.associated = 0 AND o.deleted = 0
       GROUP BY f.id`,
      { login: RECIPIENT.name },
    );
    return row!;
  }
}
