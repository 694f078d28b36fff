/**
 * How long and how much memory it takes to decode a 5 MB saveObject request.
 *
 *     node bench/soap-decode.ts
 *
 * Each case runs in a process of its own, because the measure of memory is the
 * growth of the process's peak. The first decoding is what a cold function pays,
 * the median of the following ones what a warm one pays.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Draft, decodeRequest, encodeRequest } from '../core/soap/index.ts';

const LIMIT_MS = 250;
const LIMIT_MB = 150;
const ROUNDS = 7;
const SIZE = 5_000_000;

const tag = (index: number) => ((index & 0x7fff) << 16) | 0x001f;

/** Properties with a string of so many characters. */
function properties(count: number, length: number): Draft<'propVal'>[] {
  return Array.from({ length: count }, (_, index) => ({
    ulPropTag: tag(index),
    Value: { name: 'lpszA', value: `${index} `.padEnd(length, 'text & more ') },
  }));
}

const cases: Readonly<Record<string, () => Draft<'saveObject'>>> = {
  'one attachment of 3.7 MB': () => ({
    modProps: properties(40, 30),
    children: [
      {
        ulObjType: 7,
        modProps: [
          { ulPropTag: 0x3701_0102, Value: { name: 'bin', value: Buffer.alloc((SIZE * 3) / 4, 'attachment') } },
        ],
      },
    ],
  }),
  'one body of 5 MB': () => ({
    modProps: [{ ulPropTag: 0x1000_001f, Value: { name: 'lpszA', value: 'líne & more\n'.repeat(SIZE / 17) } }],
  }),
  '25,000 properties of 200 bytes': () => ({ modProps: properties(25_000, 100) }),
  '60,000 properties of 80 bytes': () => ({ modProps: properties(60_000, 20) }),
  '1,600 recipients with 16 properties': () => ({
    children: Array.from({ length: 1_600 }, () => ({ ulObjType: 6, modProps: properties(16, 90) })),
  }),
};

/** The request of a case. */
function requestOf(make: () => Draft<'saveObject'>): Buffer {
  return encodeRequest('saveObject', { lpsSaveObj: make() }).body;
}

/** Runs in a process of its own: decodes what comes from standard input. */
function measure(name: string): void {
  const bytes = readFileSync(0);
  const before = process.resourceUsage().maxRSS;
  const times: number[] = [];
  let firstGrowth = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    decodeRequest(bytes);
    times.push(performance.now() - start);
    if (round === 0) firstGrowth = (process.resourceUsage().maxRSS - before) / 1024;
  }
  const growth = (process.resourceUsage().maxRSS - before) / 1024;
  const [first = 0, ...later] = times;
  const warm = later.sort((a, b) => a - b)[later.length >> 1] ?? 0;
  const ok = warm <= LIMIT_MS && firstGrowth <= LIMIT_MB;
  console.log(
    `${ok ? 'ok  ' : 'OVER'} ${name.padEnd(36)} ${(bytes.length / 1e6).toFixed(1)} MB   first ${first.toFixed(0)} ms` +
      `   warm ${warm.toFixed(0)} ms   memory +${firstGrowth.toFixed(0)} MB (+${growth.toFixed(0)} MB after ${ROUNDS})`,
  );
}

const chosen = process.argv[2];
if (chosen !== undefined) {
  measure(chosen);
} else {
  console.log(`Budget: ${LIMIT_MS} ms and ${LIMIT_MB} MB for a request of 5 MB on one core`);
  for (const [name, make] of Object.entries(cases)) {
    spawnSync(process.execPath, [fileURLToPath(import.meta.url), name], {
      input: requestOf(make),
      stdio: ['pipe', 'inherit', 'inherit'],
    });
  }
}
