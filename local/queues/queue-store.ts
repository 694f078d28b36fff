import { createHash, randomUUID } from 'node:crypto';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { type Clock, systemClock } from '../../core/platform/clock.ts';
import { DEFAULT_ATTRIBUTES, type QueueAttributes } from './queue-attributes.ts';

/** Sends of the same deduplication id are one message for this long (Amazon SQS developer guide, FIFO queues). */
const DEDUPLICATION_MS = 5 * 60 * 1000;

export class QueueMissingError extends Error {
  override readonly name = 'QueueMissingError';
}

/** The message of a receipt is gone, visible again or received anew. */
export class NotInFlightError extends Error {
  override readonly name = 'NotInFlightError';
}

/** What a sender says of a message. */
export interface NewMessage {
  readonly body: string;
  /** Message attributes as JSON text, kept as they came. */
  readonly attributes?: string | undefined;
  readonly delaySeconds?: number | undefined;
  readonly groupId?: string | undefined;
  readonly deduplicationId?: string | undefined;
}

export interface SentMessage {
  readonly messageId: string;
  /** FIFO queues only. */
  readonly sequenceNumber: string | undefined;
}

export interface ReceivedMessage extends SentMessage {
  readonly receipt: string;
  readonly body: string;
  readonly attributes: string | undefined;
  readonly sentAt: number;
  readonly firstReceivedAt: number;
  readonly receiveCount: number;
  readonly groupId: string | undefined;
  readonly deduplicationId: string | undefined;
  /** The queue that gave the message up, if this is a dead-letter queue. */
  readonly deadLetterSource: string | undefined;
}

export interface QueueCounts {
  readonly visible: number;
  readonly inFlight: number;
  readonly delayed: number;
}

type MessageRow = {
  id: number;
  message_id: string;
  body: string;
  attributes: string | null;
  sent_at: number;
  first_received_at: number | null;
  receive_count: number;
  group_id: string | null;
  deduplication_id: string | null;
  dead_letter_source: string | null;
};

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS queue (
    name TEXT PRIMARY KEY,
    attributes TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    modified_at INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS message (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    queue TEXT NOT NULL REFERENCES queue(name) ON DELETE CASCADE,
    message_id TEXT NOT NULL,
    body TEXT NOT NULL,
    attributes TEXT,
    sent_at INTEGER NOT NULL,
    first_received_at INTEGER,
    receive_count INTEGER NOT NULL DEFAULT 0,
    visible_at INTEGER NOT NULL,
    receipt TEXT,
    group_id TEXT,
    deduplication_id TEXT,
    dead_letter_source TEXT
  ) STRICT;
  CREATE INDEX IF NOT EXISTS message_by_visibility ON message (queue, visible_at, id);
  CREATE INDEX IF NOT EXISTS message_by_group ON message (queue, group_id, id);
  CREATE TABLE IF NOT EXISTS deduplication (
    queue TEXT NOT NULL REFERENCES queue(name) ON DELETE CASCADE,
    deduplication_id TEXT NOT NULL,
    message_id TEXT NOT NULL,
    sequence_number TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (queue, deduplication_id)
  ) STRICT, WITHOUT ROWID;
`;

/**
 * Queues and their messages in an SQLite file. What a method has answered is
 * on the disk; a process that dies afterwards loses nothing of it.
 */
export class QueueStore {
  readonly #db: DatabaseSync;
  readonly #clock: Clock;
  readonly #statements = new Map<string, StatementSync>();

  /** @param durable false spares the flushes to disk, where the whole directory is thrown away anyway */
  constructor(file: string, options: { readonly durable?: boolean; readonly clock?: Clock } = {}) {
    this.#clock = options.clock ?? systemClock;
    this.#db = new DatabaseSync(file, { enableForeignKeyConstraints: true });
    this.#db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${options.durable === false ? 'OFF' : 'FULL'};`);
    this.#db.exec(SCHEMA);
  }

  close(): void {
    this.#db.close();
  }

  /** Creates a queue, or gives an existing one these attributes. */
  putQueue(name: string, attributes: QueueAttributes): void {
    const now = this.#clock.now();
    this.#run(
      `INSERT INTO queue (name, attributes, created_at, modified_at) VALUES (?, ?, ?, ?)
       ON CONFLICT (name) DO UPDATE SET attributes = excluded.attributes, modified_at = excluded.modified_at`,
      [name, JSON.stringify(attributes), now, now],
    );
  }

  deleteQueue(name: string): void {
    this.attributes(name);
    this.#run('DELETE FROM queue WHERE name = ?', [name]);
  }

  queueNames(): string[] {
    return this.#all<{ name: string }>('SELECT name FROM queue ORDER BY name', []).map((row) => row.name);
  }

  /** Throws {@link QueueMissingError}. */
  attributes(name: string): QueueAttributes {
    const [row] = this.#all<{ attributes: string }>('SELECT attributes FROM queue WHERE name = ?', [name]);
    if (!row) throw new QueueMissingError(`There is no queue ${name}.`);
    return { ...DEFAULT_ATTRIBUTES, ...(JSON.parse(row.attributes) as Partial<QueueAttributes>) };
  }

  counts(name: string): QueueCounts {
    const now = this.#clock.now();
    const [row] = this.#all<{ visible: number; flying: number; delayed: number }>(
      `SELECT COALESCE(SUM(visible_at <= ?1), 0) AS visible,
              COALESCE(SUM(visible_at > ?1 AND receipt IS NOT NULL), 0) AS flying,
              COALESCE(SUM(visible_at > ?1 AND receipt IS NULL), 0) AS delayed
         FROM message WHERE queue = ?2`,
      [now, name],
    );
    return { visible: row!.visible, inFlight: row!.flying, delayed: row!.delayed };
  }

  /** Stores messages in one transaction: all of them or none. */
  send(queue: string, messages: readonly NewMessage[]): SentMessage[] {
    const attributes = this.attributes(queue);
    return this.#transaction(() => messages.map((message) => this.#sendOne(queue, attributes, message)));
  }

  #sendOne(queue: string, attributes: QueueAttributes, message: NewMessage): SentMessage {
    const now = this.#clock.now();
    const deduplicationId = attributes.fifo ? deduplicationIdOf(message, attributes) : undefined;
    if (deduplicationId !== undefined) {
      const known = this.#duplicateOf(queue, deduplicationId, now);
      if (known) return known;
    }
    const messageId = randomUUID();
    const { lastInsertRowid } = this.#run(
      `INSERT INTO message (queue, message_id, body, attributes, sent_at, visible_at, group_id, deduplication_id)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      [
        queue,
        messageId,
        message.body,
        message.attributes ?? null,
        now,
        now + (message.delaySeconds ?? attributes.delaySeconds) * 1000,
        message.groupId ?? null,
        deduplicationId ?? null,
      ],
    );
    if (deduplicationId === undefined) return { messageId, sequenceNumber: undefined };
    const sequenceNumber = sequenceOf(Number(lastInsertRowid));
    this.#run('INSERT OR REPLACE INTO deduplication VALUES (?, ?, ?, ?, ?)', [
      queue,
      deduplicationId,
      messageId,
      sequenceNumber,
      now + DEDUPLICATION_MS,
    ]);
    return { messageId, sequenceNumber };
  }

  #duplicateOf(queue: string, deduplicationId: string, now: number): SentMessage | undefined {
    const [row] = this.#all<{ message_id: string; sequence_number: string }>(
      'SELECT message_id, sequence_number FROM deduplication WHERE queue = ? AND deduplication_id = ? AND expires_at > ?',
      [queue, deduplicationId, now],
    );
    return row && { messageId: row.message_id, sequenceNumber: row.sequence_number };
  }

  /**
   * Takes up to `most` visible messages out of sight for a while. Messages
   * that were received too often go to the dead-letter queue instead; its name
   * is then told to `onDeadLetter`.
   */
  receive(
    queue: string,
    most: number,
    options: {
      readonly visibilitySeconds?: number | undefined;
      readonly onDeadLetter?: ((deadLetterQueue: string) => void) | undefined;
    } = {},
  ): ReceivedMessage[] {
    const attributes = this.attributes(queue);
    const now = this.#clock.now();
    if (!this.#anyVisible(queue, now)) return [];
    const visibleAt = now + (options.visibilitySeconds ?? attributes.visibilityTimeoutSeconds) * 1000;
    return this.#transaction(() => {
      if (attributes.redrive) {
        const { deadLetterQueue, maxReceiveCount } = attributes.redrive;
        if (this.#giveUp(queue, deadLetterQueue, maxReceiveCount, now) > 0) options.onDeadLetter?.(deadLetterQueue);
      }
      const rows = attributes.fifo ? this.#nextInGroups(queue, most, now) : this.#next(queue, most, now);
      return rows.map((row) => this.#take(row, now, visibleAt, attributes.fifo));
    });
  }

  #anyVisible(queue: string, now: number): boolean {
    return this.#all('SELECT 1 FROM message WHERE queue = ? AND visible_at <= ? LIMIT 1', [queue, now]).length > 0;
  }

  #giveUp(queue: string, deadLetterQueue: string, maxReceiveCount: number, now: number): number {
    return Number(
      this.#run(
        `UPDATE message SET queue = ?1, dead_letter_source = ?2, receive_count = 0, first_received_at = NULL, receipt = NULL
          WHERE queue = ?2 AND visible_at <= ?3 AND receive_count >= ?4`,
        [deadLetterQueue, queue, now, maxReceiveCount],
      ).changes,
    );
  }

  #next(queue: string, most: number, now: number): MessageRow[] {
    return this.#all<MessageRow>('SELECT * FROM message WHERE queue = ? AND visible_at <= ? ORDER BY id LIMIT ?', [
      queue,
      now,
      most,
    ]);
  }

  /** In order within a group; nothing of a group that is in flight or waits for an earlier message. */
  #nextInGroups(queue: string, most: number, now: number): MessageRow[] {
    return this.#all<MessageRow>(
      `SELECT * FROM message AS m WHERE queue = ?1 AND visible_at <= ?2 AND NOT EXISTS (
         SELECT 1 FROM message AS other
          WHERE other.queue = ?1 AND other.group_id = m.group_id AND other.visible_at > ?2
            AND (other.receipt IS NOT NULL OR other.id < m.id))
       ORDER BY id LIMIT ?3`,
      [queue, now, most],
    );
  }

  #take(row: MessageRow, now: number, visibleAt: number, fifo: boolean): ReceivedMessage {
    const receipt = `${row.id}.${randomUUID()}`;
    const firstReceivedAt = row.first_received_at ?? now;
    this.#run(
      'UPDATE message SET receipt = ?, visible_at = ?, receive_count = receive_count + 1, first_received_at = ? WHERE id = ?',
      [receipt, visibleAt, firstReceivedAt, row.id],
    );
    return {
      messageId: row.message_id,
      receipt,
      body: row.body,
      attributes: row.attributes ?? undefined,
      sentAt: row.sent_at,
      firstReceivedAt,
      receiveCount: row.receive_count + 1,
      groupId: row.group_id ?? undefined,
      deduplicationId: row.deduplication_id ?? undefined,
      sequenceNumber: fifo ? sequenceOf(row.id) : undefined,
      deadLetterSource: row.dead_letter_source ?? undefined,
    };
  }

  /** Deletes messages by their receipts; a receipt that a later receive has outdated deletes nothing, as in SQS. */
  delete(queue: string, receipts: readonly string[]): void {
    this.attributes(queue);
    this.#transaction(() => {
      for (const receipt of receipts) {
        this.#run('DELETE FROM message WHERE id = ? AND queue = ? AND receipt = ?', [idOf(receipt), queue, receipt]);
      }
    });
  }

  /** Hides a message in flight for so many seconds from now; 0 shows it at once. */
  changeVisibility(queue: string, receipt: string, seconds: number): void {
    this.attributes(queue);
    const now = this.#clock.now();
    const { changes } = this.#run(
      'UPDATE message SET visible_at = ? WHERE id = ? AND queue = ? AND receipt = ? AND visible_at > ?',
      [now + seconds * 1000, idOf(receipt), queue, receipt, now],
    );
    if (Number(changes) === 0) throw new NotInFlightError('The message is not in flight.');
  }

  /** Shows all messages in flight at once: after a restart, none of their consumers is alive. */
  releaseAll(): void {
    const now = this.#clock.now();
    this.#run('UPDATE message SET visible_at = ?1, receipt = NULL WHERE receipt IS NOT NULL AND visible_at > ?1', [
      now,
    ]);
  }

  purge(queue: string): void {
    this.attributes(queue);
    this.#run('DELETE FROM message WHERE queue = ?', [queue]);
  }

  /** When the next hidden message of a queue becomes visible, or undefined. */
  nextVisibleAt(queue: string): number | undefined {
    const [row] = this.#all<{ visible_at: number }>(
      'SELECT visible_at FROM message WHERE queue = ? AND visible_at > ? ORDER BY visible_at LIMIT 1',
      [queue, this.#clock.now()],
    );
    return row?.visible_at;
  }

  /** Drops messages past their retention and outdated deduplication ids. */
  expire(): void {
    const now = this.#clock.now();
    this.#transaction(() => {
      this.#run('DELETE FROM deduplication WHERE expires_at <= ?', [now]);
      for (const name of this.queueNames()) {
        const oldest = now - this.attributes(name).retentionSeconds * 1000;
        this.#run('DELETE FROM message WHERE queue = ? AND sent_at < ?', [name, oldest]);
      }
    });
  }

  #transaction<T>(work: () => T): T {
    this.#db.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.#db.exec('COMMIT');
      return result;
    } catch (error) {
      this.#db.exec('ROLLBACK');
      throw error;
    }
  }

  #run(sql: string, values: (string | number | null)[]): ReturnType<StatementSync['run']> {
    return this.#prepare(sql).run(...values);
  }

  #all<Row>(sql: string, values: (string | number | null)[]): Row[] {
    return this.#prepare(sql).all(...values) as Row[];
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = this.#db.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}

function deduplicationIdOf(message: NewMessage, attributes: QueueAttributes): string | undefined {
  if (message.deduplicationId !== undefined) return message.deduplicationId;
  return attributes.contentBasedDeduplication ? createHash('sha256').update(message.body).digest('hex') : undefined;
}

/** FIFO messages are numbered in 20 digits. */
function sequenceOf(id: number): string {
  return String(id).padStart(20, '0');
}

/** A receipt begins with the id of its row. */
function idOf(receipt: string): number {
  return Number.parseInt(receipt, 10) || 0;
}
