import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import * as tags from '../../../core/mapi/tags.ts';
import { environment } from '../../../core/platform/configuration.ts';
import { DESCRIPTIONS } from '../../../local/functions/catalogue.ts';
import { EventSource } from '../../../local/functions/event-source.ts';
import { FunctionProcess } from '../../../local/functions/function-process.ts';
import { functionEnvironment } from '../../../local/instance/function-environment.ts';
import type { RotatingFile } from '../../../local/instance/rotating-file.ts';
import { arnOfFunction, arnOfQueue, deadLettersOf, QUEUES, queues, REGION } from '../../../local/instance/topology.ts';
import { silent } from '../../local/a-cloud.ts';
import { descendants } from '../../local/instance/killable-instance.ts';
import { aMailServer, type Mailbox, type MailServer } from './a-mail-server.ts';
import { actions, rulesData, somebody } from './rules/a-rule.ts';

const HANDLER = fileURLToPath(new URL('../../../lambdas/dagent/handler.ts', import.meta.url));

/** What a killed function had begun is rolled back after so long, and the mails it had in hand come again. */
const FORGOTTEN_MS = 3_000;
const VISIBILITY_SECONDS = 10;
const BATCH = 5;

export interface StormOptions {
  readonly mails: number;
  /** Function processes, each with one batch of mails in hand at a time. */
  readonly consumers: number;
  /** How often one of them is killed without warning. */
  readonly kills: number;
  readonly say?: (line: string) => void;
}

export interface StormReport {
  readonly deliveries: number;
  readonly forwarded: number;
  readonly kills: number;
  readonly seconds: number;
}

/** Mails of 2 KB to 1 MB: most are short, some have a file, few a large one. */
function mailOf(number: number): string {
  const head = `From: Bob <bob@example.net>\r\nTo: somebody@example.org\r\nSubject: mail ${number}\r\nMIME-Version: 1.0\r\n`;
  const fileBytes = number % 50 === 7 ? 700_000 : number % 10 === 3 ? 45_000 : 0;
  if (fileBytes === 0) return `${head}\r\n${'The quick brown fox. '.repeat(100 + (number % 300))}`;
  const file = Buffer.alloc(fileBytes, `file ${number};`).toString('base64').replace(/.{76}/g, '$&\r\n');
  return (
    `${head}Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nSee the file\r\n--b\r\n` +
    `Content-Disposition: attachment; filename=f.bin\r\nContent-Transfer-Encoding: base64\r\n\r\n${file}\r\n--b--\r\n`
  );
}

const PEOPLE = ['plain', 'mover', 'forwarder', 'copier'] as const;
type Person = (typeof PEOPLE)[number];

/** Every mail has one recipient, every fourth another one. */
const recipientsOf = (number: number): Person[] => {
  const first = PEOPLE[number % PEOPLE.length]!;
  return number % 4 === 1 && number % 3 === 0 ? [first, PEOPLE[(number + 1) % PEOPLE.length]!] : [first];
};

/**
 * Many mails for mailboxes with and without rules, delivered by several
 * functions in processes of their own, which are killed in the middle of it again and
 * again. Throws unless each mail is in each of its places once, and each forwarded once.
 */
export async function deliveryStorm(options: StormOptions): Promise<StormReport> {
  await using server = await aMailServer(
    { limits: { transactionIdleMs: FORGOTTEN_MS } },
    { queueAttributes: queues(VISIBILITY_SECONDS) },
  );
  const mailboxes = new Map<Person, Mailbox>();
  for (const person of PEOPLE) mailboxes.set(person, await server.user(person));
  const moved = await server.folder(mailboxes.get('mover')!, 'Moved');
  const copied = await server.folder(mailboxes.get('copier')!, 'Copied');
  const rule = (person: Person, action: Parameters<typeof rulesData>[0][number]['actions'][number]) =>
    server.set(mailboxes.get(person)!.inboxId, {
      tag: tags.PR_RULES_DATA,
      value: rulesData([{ actions: [action] }]),
    });
  await rule('mover', actions.move(moved.entryId));
  await rule('copier', actions.copy(copied.entryId));
  await rule('forwarder', actions.forward([somebody('eve@example.com')], 3));

  const expected = new Map<Person, string[]>(PEOPLE.map((person) => [person, []]));
  for (let number = 0; number < options.mails; number++) {
    const people = recipientsOf(number);
    for (const person of people) expected.get(person)!.push(`mail ${number}`);
    const addresses = people.map((person) => `${person}@example.org`);
    server.cloud.queues.send(QUEUES.inbound, [{ body: await server.receive(mailOf(number), addresses) }]);
  }
  options.say?.(`${options.mails} mails wait`);

  const startedAt = performance.now();
  const consumers = Array.from({ length: options.consumers }, () => consumer(server));
  const kills = await killSome(server, options);
  await drained(server);
  const seconds = (performance.now() - startedAt) / 1000;
  await Promise.all(consumers.map((stop) => stop()));

  for (const [person, place] of [
    ['plain', mailboxes.get('plain')!],
    ['mover', moved],
    ['forwarder', mailboxes.get('forwarder')!],
    ['copier', mailboxes.get('copier')!],
    ['copier', copied],
  ] as const)
    await assertThereOnce(server, place.inboxId, expected.get(person)!);
  assert.deepEqual(await server.counts(mailboxes.get('mover')!), { content: 0, unread: 0 });
  const forwarded = await assertForwardedOnce(server, expected.get('forwarder')!);
  assert.deepEqual(await server.platform.database.query('SELECT job_id FROM pending_job'), []);
  assert.deepEqual(await server.cloud.queues.receive(deadLettersOf(QUEUES.inbound), { most: 1 }), []);
  const deliveries = [...expected.values()].reduce((sum, { length }) => sum + length, 0);
  return { deliveries, forwarded, kills, seconds };
}

/** A function with a batch in hand at a time; answers how to stop it. */
function consumer(server: MailServer): () => Promise<void> {
  const process = new FunctionProcess({
    description: DESCRIPTIONS.dagent,
    handlerFile: HANDLER,
    environment: functionEnvironment({
      endpointUrl: server.cloud.url,
      dataApiUrl: server.database.endpoint,
      credentials: server.cloud.credentials,
      settings: { [environment.databaseName]: server.database.schema, [environment.logLevel]: 'error' },
    }),
    functionArn: arnOfFunction('dagent'),
    output: { follow: (stream: NodeJS.ReadableStream) => stream.resume() } as unknown as RotatingFile,
    log: silent,
  });
  const source = new EventSource({
    queues: server.cloud.queues,
    queue: QUEUES.inbound,
    region: REGION,
    arnOf: arnOfQueue,
    batchSize: BATCH,
    concurrency: 1,
    invoke: (event) => process.invoke(event),
    log: silent,
  });
  return async () => {
    await source.stop();
    await process.stop(1_000);
  };
}

function waiting(server: MailServer): number {
  const counts = server.cloud.queues.store.counts(QUEUES.inbound);
  return counts.visible + counts.inFlight;
}

/** Kills consumers at moments of chance, spread over the whole of the work. */
async function killSome(server: MailServer, { mails, kills, say }: StormOptions): Promise<number> {
  let killed = 0;
  while (killed < kills) {
    const left = waiting(server);
    if (left === 0) return killed;
    if (mails - left < (killed + 1) * (mails / (kills + 1))) {
      await pause(50);
      continue;
    }
    await pause(Math.random() * 200);
    const running = descendants(process.pid).filter(({ command }) => command.includes('function-main.ts'));
    const victim = running[Math.floor(Math.random() * running.length)];
    if (!victim) continue;
    try {
      process.kill(victim.pid, 'SIGKILL');
      killed += 1;
      say?.(`killed one of ${running.length} functions with ${left} mails left`);
    } catch {
      // It ended by itself meanwhile.
    }
  }
  return killed;
}

async function drained(server: MailServer): Promise<void> {
  while (waiting(server) > 0) await pause(50);
}

async function assertThereOnce(server: MailServer, folderId: number, subjects: readonly string[]): Promise<void> {
  const { database } = server.platform;
  const found: string[] = [];
  for (let after = 0; ; ) {
    const rows = await database.query<{ id: number; subject: string }>(
      `SELECT id, subject FROM object WHERE parent_id = :folderId AND kind = 5 AND deleted = 0 AND id > :after
       ORDER BY id LIMIT 1000`,
      { folderId, after },
    );
    if (rows.length === 0) break;
    found.push(...rows.map(({ subject }) => subject));
    after = rows.at(-1)!.id;
  }
  assert.deepEqual(found.sort(), [...subjects].sort());
  const [folder] = await database.query('SELECT content_count, unread_count FROM folder WHERE id = :folderId', {
    folderId,
  });
  assert.deepEqual(folder, { content_count: subjects.length, unread_count: subjects.length });
}

/** The spool may have a job twice, but never two jobs for one mail; and every job its bytes. */
async function assertForwardedOnce(server: MailServer, subjects: readonly string[]): Promise<number> {
  const mails = new Map((await server.spooled()).map((mail) => [mail.id, mail]));
  const forwarded = [...mails.values()].map(({ text }) => /^Subject: (.*)\r$/m.exec(text)?.[1] ?? '');
  assert.deepEqual(forwarded.sort(), [...subjects].sort());
  return forwarded.length;
}
