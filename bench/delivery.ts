/**
 * How long it takes to make a message of a mail, and to deliver one.
 *
 *     node bench/delivery.ts [--deliveries 200] [--consumers 4] [--latency 8] [--only deliveries]
 *
 * The conversion is measured alone, warm; its memory as the peak of a process
 * of its own for a 40 MB mail. Deliveries go through a real database and
 * buckets on this machine, one after the other or so many at once; `--latency` adds milliseconds to every
 * statement, as in the cloud.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { deliverBatch } from '../core/mail/delivery-batch.ts';
import { mailToMessage } from '../core/mail/mail-to-message.ts';
import { aMailServer } from '../test/core/mail/a-mail-server.ts';

const { values: options } = parseArgs({
  options: {
    deliveries: { type: 'string', default: '200' },
    latency: { type: 'string', default: '0' },
    consumers: { type: 'string', default: '1' },
    memory: { type: 'string' },
    only: { type: 'string' },
  },
});

const HEADER = [
  'Received: from mx.example.net by inbound-smtp.local; Mon, 23 Nov 2026 20:45:37 +0000',
  'From: Bob Baker <bob@example.net>',
  'To: Alice Archer <alice@example.org>, Carol <carol@example.net>',
  'Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=',
  'Date: Mon, 23 Nov 2026 21:45:30 +0100',
  'MIME-Version: 1.0',
].join('\r\n');

/** A mail with both texts and a file of so many bytes. */
function mailOf(bytes: number): Buffer {
  const file = Buffer.alloc(bytes, 'The quick brown fox').toString('base64').replace(/.{76}/g, '$&\r\n');
  const html = `<p>${'The quick brown fox jumps over the lazy dog. '.repeat(40)}</p>`.replace(/.{900}/g, '$&\r\n');
  return Buffer.from(
    `${HEADER}\r\nContent-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\nContent-Type: multipart/alternative; boundary=a\r\n\r\n` +
      `--a\r\nContent-Type: text/plain\r\n\r\nThe quick brown fox\r\n--a\r\nContent-Type: text/html; charset=utf-8\r\n\r\n${html}\r\n--a--\r\n` +
      `--m\r\nContent-Type: application/pdf; name=fox.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n${file}\r\n--m--\r\n`,
  );
}

const MB = 1_000_000;
const SIZES: readonly [name: string, bytes: number, rounds: number][] = [
  ['a mail of 10 KB', 5_000, 300],
  ['a mail of 1 MB', 0.7 * MB, 50],
  ['a mail of 40 MB', 29 * MB, 5],
];

if (options.memory !== undefined) await printPeak(options.memory);
else await run();

async function run(): Promise<void> {
  for (const [name, bytes, rounds] of options.only === 'deliveries' ? [] : SIZES) {
    const mail = mailOf(bytes);
    const times = await timed(rounds, () => mailToMessage(mail, { receivedAt: 0 }));
    console.log(`conversion of ${name}: ${describe(times)}`);
  }
  if (options.only !== 'deliveries') measureMemory();
  await measureDeliveries(Number(options.deliveries), Number(options.latency), Number(options.consumers));
}

function measureMemory(): void {
  const folder = mkdtempSync(path.join(tmpdir(), 'kgc-bench-'));
  try {
    const file = path.join(folder, 'mail.eml');
    writeFileSync(file, mailOf(29 * MB));
    const self = fileURLToPath(import.meta.url);
    const child = spawnSync(process.execPath, [self, '--memory', file], { encoding: 'utf8' });
    console.log(`memory for a mail of 40 MB: ${child.stdout.trim()}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** In a process of its own. */
async function printPeak(file: string): Promise<void> {
  await mailToMessage(readFileSync(file), { receivedAt: 0 });
  console.log(`${Math.round(process.resourceUsage().maxRSS / 1024)} MB at its peak, with Node itself`);
}

async function measureDeliveries(count: number, latencyMs: number, atOnce: number): Promise<void> {
  await using server = await aMailServer(latencyMs > 0 ? { latencyMs } : undefined);
  const people = ['alice', 'ben', 'carla', 'dora'];
  for (const name of people) await server.user(name);
  const receive = (index: number): Promise<string> =>
    server.receive(mailOf(5_000), [`${people[index % people.length]}@example.org`]);
  const items: { id: string; body: string }[] = [];
  for (let index = 0; index < count + people.length; index++)
    items.push({ id: `${index}`, body: await receive(index) });
  for (const item of items.splice(0, people.length)) await deliverBatch(server, [item]);

  const before = server.platform.database.roundTrips;
  const processor = process.cpuUsage();
  const started = performance.now();
  const times = await Promise.all(
    Array.from({ length: atOnce }, () =>
      timed(Math.floor(count / atOnce), async () => {
        const failed = await deliverBatch(server, [items.pop()!]);
        if (failed.length > 0) throw new Error('a mail was not delivered');
      }),
    ),
  );
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(processor);
  const delivered = times.flat().length;
  const statements = (server.platform.database.roundTrips - before) / delivered;
  const sorted = times.flat().sort((a, b) => a - b);
  console.log(`delivery of a mail of 10 KB, ${latencyMs} ms a statement, ${atOnce} at once: ${describe(sorted)}`);
  console.log(
    `${(delivered / seconds).toFixed(1)} deliveries/s, ${statements.toFixed(1)} statements each, ` +
      `${((user + system) / 1000 / delivered).toFixed(1)} ms of processor each, with buckets and Data API in this process`,
  );
}

async function timed(rounds: number, work: (round: number) => Promise<unknown>): Promise<number[]> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const started = performance.now();
    await work(round);
    times.push(performance.now() - started);
  }
  return times.sort((a, b) => a - b);
}

function describe(sorted: readonly number[]): string {
  const at = (share: number): string => sorted[Math.floor(sorted.length * share)]!.toFixed(1);
  return `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`;
}
