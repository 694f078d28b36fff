import type { Command } from 'commander';
import { type AgreementOptions, addAgreementOptions, isAgreed } from '../agreement.ts';
import { UsageError } from '../errors.ts';
import { withExamples } from '../examples.ts';
import { type DeadLetter, dropLetter, requireLetter, retryLetter, withDeadLetters } from '../queue/dead-letters.ts';
import { type CloudOptions, QueueCloud } from '../queue/queue-cloud.ts';
import { Report, type ReportOptions } from '../report.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { counted, sizeText, timeText } from '../terminal/units.ts';

/** Characters of an id that lists show; as many as are needed name a letter. */
const SHORT_ID = 8;

interface Work {
  readonly cloud: QueueCloud;
  readonly report: Report;
  readonly terminal: Terminal;
}

/** Queues are reached through AWS's own services, not through a session with the server. */
function cloudAction<Given extends unknown[]>(
  terminal: Terminal,
  work: (tools: Work, ...given: Given) => Promise<void>,
): (...all: unknown[]) => Promise<void> {
  return async (...all) => {
    const options = (all.at(-1) as Command).optsWithGlobals<CloudOptions & ReportOptions>();
    using cloud = QueueCloud.open(options);
    await work({ cloud, terminal, report: new Report(terminal, options) }, ...(all.slice(0, -1) as Given));
  };
}

const addCloudOptions = (command: Command): Command =>
  command
    .option(
      '--site <name>',
      'a deployed site, with the AWS credentials of the environment; otherwise the local instance',
    )
    .option('--endpoints <file>', 'of another local instance: its endpoints.json');

interface DropOptions extends AgreementOptions {
  readonly reason: string;
}

export function addQueueCommands(program: Command, terminal: Terminal): void {
  const queue = program
    .command('queue')
    .description('mail that could not be sent or delivered, and addresses that get none');

  withExamples(
    addCloudOptions(queue.command('list').description('jobs that failed for good, the oldest first')).action(
      cloudAction(terminal, async ({ cloud, report }) => {
        await withDeadLetters(cloud, async (letters) => list(report, letters));
      }),
    ),
    'kgc queue list',
    'kgc queue list --site kgc --json',
  );

  withExamples(
    addCloudOptions(
      queue.command('show').argument('<id>', 'the beginning of an id').description('what is known of one'),
    )
      .option('--content', 'with the mail itself')
      .action(
        cloudAction(terminal, (work: Work, id: string, options: { content?: boolean }) => show(work, id, options)),
      ),
    'kgc queue show 5f0c1d7e',
    'kgc queue show 5f0c1d7e --content',
  );

  withExamples(
    addCloudOptions(queue.command('retry').argument('[id]', 'the beginning of an id').description('try one again'))
      .option('--all', 'all of them')
      .action(
        cloudAction(terminal, (work: Work, id: string | undefined, options: { all?: boolean }) =>
          retry(work, id, options),
        ),
      ),
    'kgc queue retry 5f0c1d7e',
    'kgc queue retry --all',
  );

  withExamples(
    addAgreementOptions(
      addCloudOptions(
        queue
          .command('drop')
          .argument('<id>', 'the beginning of an id')
          .description('give one up; who wanted to send it is told'),
      ),
    )
      .option('--reason <text>', 'what the sender is told', 'An administrator has given up sending this message.')
      .action(cloudAction(terminal, (work: Work, id: string, options: DropOptions) => drop(work, id, options))),
    'kgc queue drop 5f0c1d7e',
    'kgc queue drop 5f0c1d7e --reason "The address does not exist." --yes',
  );

  withExamples(
    addCloudOptions(
      queue.command('suppressed').description('addresses that get no mail, because they bounced or complained'),
    ).action(cloudAction(terminal, ({ cloud, report }) => listSuppressed(cloud, report))),
    'kgc queue suppressed',
  );

  withExamples(
    addCloudOptions(
      queue.command('unsuppress').argument('<address>', 'a mail address').description('send to an address again'),
    ).action(
      cloudAction(terminal, async ({ cloud, report }: Work, address: string) => {
        const { found } = await cloud.ask<{ found: boolean }>({ ask: 'unsuppress', address });
        report.done(found ? `Mail is sent to ${address} again.` : `${address} was not suppressed here.`, {
          address,
          found,
        });
      }),
    ),
    'kgc queue unsuppress anna@example.net',
  );
}

const jsonOf = ({ id, queue, since, about, reason }: DeadLetter): object => ({
  id,
  queue,
  since: since?.toISOString() ?? null,
  about,
  reason,
});

function list(report: Report, letters: readonly DeadLetter[]): void {
  report.list({
    rows: letters,
    columns: [
      { title: 'ID', text: ({ id }) => id.slice(0, SHORT_ID) },
      { title: 'QUEUE', text: ({ queue }) => queue },
      { title: 'SINCE', text: ({ since }) => timeText(since) },
      { title: 'WHAT', text: ({ about }) => about },
      { title: 'WHY', text: ({ reason }) => reason, shrinks: true },
    ],
    json: jsonOf,
    summary: letters.length === 0 ? 'Nothing has failed for good.' : counted(letters.length, 'dead letter'),
  });
}

interface JobFacts {
  readonly waiting: boolean;
  readonly sender: string;
  readonly recipients: readonly string[];
  readonly size: number;
  readonly parts: readonly {
    readonly recipients: readonly string[];
    readonly providerId?: string;
    readonly failure?: string;
  }[];
  readonly content?: string;
}

async function show({ cloud, report }: Work, id: string, { content = false }: { content?: boolean }): Promise<void> {
  const letter = await withDeadLetters(cloud, async (letters) => requireLetter(letters, id));
  const isJob = letter.queue === 'spool' || letter.queue === 'postponed';
  const facts = isJob ? await cloud.ask<JobFacts>({ ask: 'job', job: letter.body, content }) : undefined;
  if (facts?.content !== undefined) {
    report.text(Buffer.from(facts.content, 'latin1').toString('utf8'), { ...jsonOf(letter), ...facts });
    return;
  }
  report.facts(
    [
      ['Id', letter.id],
      ['Queue', letter.queue],
      ['Since', timeText(letter.since)],
      ['What', letter.about],
      ['Why', letter.reason],
      ['Waits', facts && (facts.waiting ? 'yes' : 'no; there is nothing left to send')],
      ['Sender', facts?.sender],
      ['Recipients', facts?.recipients],
      ['Size', facts && sizeText(facts.size)],
      [
        'Parts',
        facts?.parts.map(
          ({ recipients, providerId, failure }) =>
            `${counted(recipients.length, 'recipient')}: ${providerId ? `taken as ${providerId}` : (failure ?? 'open')}`,
        ),
      ],
      ['Job', isJob || content ? letter.body : undefined],
    ],
    { ...jsonOf(letter), ...facts, ...((isJob || content) && { job: letter.body }) },
  );
}

async function retry(
  { cloud, report }: Work,
  id: string | undefined,
  { all = false }: { all?: boolean },
): Promise<void> {
  if ((id === undefined) !== all)
    throw new UsageError('Name one dead letter, or take --all.', { hint: 'kgc queue list' });
  await withDeadLetters(cloud, async (letters) => {
    const chosen = id === undefined ? letters : [requireLetter(letters, id)];
    for (const letter of chosen) await retryLetter(cloud, letter);
    report.done(`${counted(chosen.length, 'job')} will be tried again.`, { retried: chosen.map(jsonOf) });
  });
}

async function drop({ cloud, report, terminal }: Work, id: string, options: DropOptions): Promise<void> {
  await withDeadLetters(cloud, async (letters) => {
    const letter = requireLetter(letters, id);
    const asking = { terminal, report } as unknown as Parameters<typeof isAgreed>[0];
    if (!(await isAgreed(asking, options, `give up ${letter.about}`, jsonOf(letter)))) return;
    await dropLetter(cloud, letter, options.reason);
    report.done(`Gave up ${letter.about}.`, { dropped: jsonOf(letter) });
  });
}

interface Suppression {
  readonly address: string;
  readonly reason: string;
  readonly detail: string;
  readonly at: number;
}

async function listSuppressed(cloud: QueueCloud, report: Report): Promise<void> {
  const rows: Suppression[] = [];
  for (;;) {
    const { suppressed } = await cloud.ask<{ suppressed: readonly Suppression[] }>({
      ask: 'suppressed',
      after: rows.at(-1)?.address ?? '',
    });
    if (suppressed.length === 0) break;
    rows.push(...suppressed);
  }
  report.list({
    rows,
    columns: [
      { title: 'ADDRESS', text: ({ address }) => address },
      { title: 'SINCE', text: ({ at }) => timeText(new Date(at)) },
      { title: 'WHY', text: ({ reason }) => reason },
      { title: 'WHAT WAS SAID', text: ({ detail }) => detail, shrinks: true },
    ],
    json: ({ address, reason, detail, at }) => ({ address, reason, detail, since: new Date(at).toISOString() }),
    summary:
      rows.length === 0
        ? 'No address is suppressed.'
        : counted(rows.length, 'suppressed address', 'suppressed addresses'),
  });
}
