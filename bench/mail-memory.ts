/**
 * Memory and time that the hardest mails of 40 MB take, in and out: each in a
 * process of its own, and once more on the way out. The bound is 256 MB with Node itself.
 *
 *     node bench/mail-memory.ts
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { deserialize, serialize } from 'node:v8';
import { mailToMessage } from '../core/mail/mail-to-message.ts';
import { messageToMail } from '../core/mail/message-to-mail.ts';
import type { ObjectTree } from '../core/mapi/object-tree.ts';
import type { PropertyTag, PropertyValue } from '../core/mapi/property.ts';

const BOUND_MB = 256;
const MB = 1_000_000;
const HEADER =
  'From: a@example.net\r\nTo: b@example.org\r\nSubject: large\r\nDate: Mon, 23 Nov 2026 20:45:30 +0000\r\nMIME-Version: 1.0\r\n';

const base64 = (bytes: number): string =>
  Buffer.alloc(bytes, 'The quick brown fox').toString('base64').replace(/.{76}/g, '$&\r\n');
const part = (name: string, content: string): string =>
  `--b\r\nContent-Type: application/pdf; name=${name}\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment\r\n\r\n${content}\r\n`;
const mixed = (parts: string): string => `${HEADER}Content-Type: multipart/mixed; boundary=b\r\n\r\n${parts}--b--\r\n`;

const SHAPES: Readonly<Record<string, () => Buffer>> = {
  'one file': () => Buffer.from(mixed(part('fox.pdf', base64(29 * MB)))),
  'a thousand files': () => {
    const content = base64(29_000);
    return Buffer.from(mixed(Array.from({ length: 1000 }, (_, index) => part(`${index}.pdf`, content)).join('')));
  },
  'a hundred levels': () => {
    let mail = `Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n${base64(29 * MB)}\r\n`;
    for (let level = 98; level >= 0; level--)
      mail = `Content-Type: multipart/mixed; boundary=l${level}x\r\n\r\n--l${level}x\r\n${mail}\r\n--l${level}x--\r\n`;
    return Buffer.from(HEADER + mail);
  },
  'eight messages within each other': () => {
    let mail = mixed(part('fox.pdf', base64(29 * MB)));
    for (let level = 0; level < 7; level++) mail = `${HEADER}Content-Type: message/rfc822\r\n\r\n${mail}`;
    return Buffer.from(mail);
  },
  'a text of 39 MB': () =>
    Buffer.from(`${HEADER}Content-Type: text/plain; charset=utf-8\r\n\r\n${'Grüße aus München\r\n'.repeat(1_900_000)}`),
  'an HTML text of 30 MB': () =>
    Buffer.from(
      `${HEADER}Content-Type: text/html; charset=iso-8859-1\r\n\r\n${'<p>The quick <b>brown</b> fox</p>\r\n'.repeat(900_000)}`,
    ),
};

async function run(): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'kgc-memory-'));
  let worst = 0;
  try {
    for (const [name, mail] of Object.entries(SHAPES)) {
      const mailFile = path.join(folder, 'mail.eml');
      writeFileSync(mailFile, mail());
      for (const each of ['in', 'out']) {
        const { stdout, stderr } = spawnSync(process.execPath, [fileURLToPath(import.meta.url), each, mailFile], {
          encoding: 'utf8',
        });
        const { peak = Number.POSITIVE_INFINITY, ms = 0, bytes = 0 } = JSON.parse(stdout || '{}') as Partial<Measured>;
        worst = Math.max(worst, peak);
        console.log(
          `${name}, ${each}: ${ms.toFixed(0)} ms, ${(bytes / MB).toFixed(0)} MB of mail, ${peak.toFixed(0)} MB of memory`,
        );
        if (stdout === '') console.log(stderr);
      }
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  console.log(worst <= BOUND_MB ? `within ${BOUND_MB} MB` : `BEYOND ${BOUND_MB} MB`);
  process.exitCode = worst <= BOUND_MB ? 0 : 1;
}

interface Measured {
  readonly peak: number;
  readonly ms: number;
  readonly bytes: number;
}

const print = (started: number, bytes: number): void =>
  console.log(
    JSON.stringify({
      peak: process.resourceUsage().maxRSS / 1024,
      ms: performance.now() - started,
      bytes,
    } satisfies Measured),
  );

/** Reads a mail, and leaves its message beside it. */
async function readIn(mailFile: string): Promise<void> {
  const raw = readFileSync(mailFile);
  const started = performance.now();
  const { message } = await mailToMessage(raw, { receivedAt: 0 });
  print(started, raw.length);
  writeFileSync(`${mailFile}.message`, serialize(message));
}

/** Writes the message that was left. */
async function writeOut(mailFile: string): Promise<void> {
  const message = withBuffers(deserialize(readFileSync(`${mailFile}.message`)) as ObjectTree);
  const started = performance.now();
  const { raw } = await messageToMail(message, { purpose: 'send', now: 0 });
  print(started, raw.length);
}

/** Serialization knows no buffers, only bytes. */
const withBuffers = ({ kind, properties, children }: ObjectTree): ObjectTree => ({
  kind,
  properties: new Map(
    [...properties].map(([tag, value]): [PropertyTag, PropertyValue] => [
      tag,
      value instanceof Uint8Array ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : value,
    ]),
  ),
  children: children.map(withBuffers),
});

const [step, file] = process.argv.slice(2);
if (step === undefined) await run();
else if (step === 'in') await readIn(file!);
else await writeOut(file!);
