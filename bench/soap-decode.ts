/**
 * How long and how much memory it takes to decode a 5 MB saveObject request.
 *
 *     node bench/soap-decode.ts
 *
 * Times are processor time of all threads, so they hold for one core and don't
 * depend on what else the machine does. Cold is the first decoding of a process,
 * warm the median of the following ones. Memory is how much the first one raises the
 * peak of the process; each case has a process of its own.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Draft, decodeRequest, encodeRequest } from '../core/soap/index.ts';

const LIMIT_MS = 250;
const LIMIT_MB = 150;
const ROUNDS = 7;
const SIZE = 5_000_000;
const DENSE = '60,000 properties of 80 bytes';

const tag = (index: number) => ((index & 0x7fff) << 16) | 0x001f;

/** Properties with a string of so many characters. */
function properties(count: number, length: number): Draft<'propVal'>[] {
  return Array.from({ length: count }, (_, index) => ({
    ulPropTag: tag(index),
    Value: { name: 'lpszA', value: `${index} `.padEnd(length, 'R&D: the quick brown fox jumps over the lazy dog, ') },
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
  '20,000 properties of 250 bytes': () => ({ modProps: properties(20_000, 180) }),
  // Beyond what clients send, to know where the reader stands: 180,000 elements.
  [DENSE]: () => ({ modProps: properties(60_000, 20) }),
  '1,200 recipients with 16 properties': () => ({
    children: Array.from({ length: 1_200 }, () => ({ ulObjType: 6, modProps: properties(16, 180) })),
  }),
};

/** The request of a case. */
function requestOf(make: () => Draft<'saveObject'>): Buffer {
  return encodeRequest('saveObject', { lpsSaveObj: make() }).body;
}

/** Runs in a process of its own: decodes what comes from standard input. */
function measure(name: string): void {
  const bytes = readFileSync(0);
  const peak = () => process.resourceUsage().maxRSS / 1024;
  const before = peak();
  const cpu: number[] = [];
  const wall: number[] = [];
  let growth = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const [startWall, startCpu] = [performance.now(), process.cpuUsage()];
    decodeRequest(bytes);
    const { user, system } = process.cpuUsage(startCpu);
    cpu.push((user + system) / 1000);
    wall.push(performance.now() - startWall);
    if (round === 0) growth = peak() - before;
  }
  const first = cpu.shift() ?? 0;
  const ok = median(cpu) <= LIMIT_MS && growth <= LIMIT_MB;
  console.log(
    `${name === DENSE ? 'info' : ok ? 'ok  ' : 'OVER'} ${name.padEnd(36)} ${(bytes.length / 1e6).toFixed(1)} MB   cold ${first.toFixed(0)} ms` +
      `   warm ${median(cpu).toFixed(0)} ms   (wall ${median(wall).toFixed(0)} ms)   memory +${growth.toFixed(0)} MB`,
  );
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
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
