import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { generatedMail } from './generated.ts';

/** A mail of the corpus. */
export interface CorpusMail {
  readonly name: string;
  readonly raw: Buffer;
}

const GOLDEN = new URL('../../../golden/mail/', import.meta.url);
const PUBLIC = new URL('../../../corpus/public-mails.jsonl.gz', import.meta.url);
/** Seeds of generated mails. */
const GENERATED = 400;

/** Mails from the test data of other mail libraries; origin and licences are told beside them. */
export const publicMails = (): CorpusMail[] =>
  gunzipSync(readFileSync(PUBLIC))
    .toString('utf8')
    .trimEnd()
    .split('\n')
    .map((line) => {
      const { name, mail } = JSON.parse(line) as { name: string; mail: string };
      return { name, raw: Buffer.from(mail, 'latin1') };
    });

export const goldenMails = (): CorpusMail[] =>
  readdirSync(GOLDEN)
    .filter((file) => file.endsWith('.eml'))
    .sort()
    .map((file) => ({ name: file.replace(/\.eml$/, ''), raw: readFileSync(new URL(file, GOLDEN)) }));

export const generatedMails = (count = GENERATED): CorpusMail[] =>
  Array.from({ length: count }, (_, seed) => ({
    name: `generated-${String(seed).padStart(3, '0')}`,
    raw: generatedMail(seed),
  }));

/** All of them. */
export const corpus = (): CorpusMail[] => [...publicMails(), ...goldenMails(), ...generatedMails()];
