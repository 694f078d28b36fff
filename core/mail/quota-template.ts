import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { QUOTA_HARDLIMIT, QUOTA_SOFTLIMIT, QUOTA_WARN } from '../directory/quota.ts';

/** Which mail tells of which level; the names are those of the original's files. */
export const TEMPLATE_FILES = {
  userWarning: 'userwarning.mail',
  userSoft: 'usersoft.mail',
  userHard: 'userhard.mail',
  companyWarning: 'companywarning.mail',
} as const;
export type TemplateName = keyof typeof TEMPLATE_FILES;

/** Texts with variables; see {@link QuotaFacts}. */
export type QuotaTemplates = Readonly<Record<TemplateName, string>>;

/** What the variables of a template stand for, by their names (original: `${KOPANO_QUOTA_…}`). */
export interface QuotaFacts {
  /** Login name, or the company's. */
  readonly NAME: string;
  readonly FULLNAME: string;
  readonly COMPANY: string;
  readonly STORE_SIZE: string;
  readonly WARN_SIZE: string;
  readonly SOFT_SIZE: string;
  readonly HARD_SIZE: string;
}

const LIMITS = `It holds \${KOPANO_QUOTA_STORE_SIZE} now. These are its limits:

    \${KOPANO_QUOTA_WARN_SIZE}: from here on there are warnings like this one
    \${KOPANO_QUOTA_SOFT_SIZE}: from here on no mail can be sent
    \${KOPANO_QUOTA_HARD_SIZE}: from here on nothing can be saved, and no mail is received`;

const ADVICE = `Everything counts, in all folders, sent and deleted items too. To make room, delete what is no longer needed, the
largest first, and then empty the folder of deleted items.`;

const userTemplate = (subject: string, first: string): string => `Subject: ${subject}

Hello \${KOPANO_QUOTA_FULLNAME},

${first}
${LIMITS}

${ADVICE}
`;

/** What is sent where the operator has no template of their own. */
export const DEFAULT_TEMPLATES: QuotaTemplates = {
  userWarning: userTemplate(
    `The mailbox of \${KOPANO_QUOTA_NAME} is getting full`,
    `the mailbox \${KOPANO_QUOTA_NAME} has grown beyond the size from which on we warn.`,
  ),
  userSoft: userTemplate(
    `The mailbox of \${KOPANO_QUOTA_NAME} is too full to send mail`,
    `the mailbox \${KOPANO_QUOTA_NAME} has grown so large that no more mail can be sent from it.`,
  ),
  userHard: userTemplate(
    `The mailbox of \${KOPANO_QUOTA_NAME} is full`,
    `the mailbox \${KOPANO_QUOTA_NAME} is full. It takes no more mail, and nothing can be saved in it.`,
  ),
  companyWarning: `Subject: The public folders of \${KOPANO_QUOTA_COMPANY} are getting full

The public folders of \${KOPANO_QUOTA_COMPANY} hold \${KOPANO_QUOTA_STORE_SIZE} now, which is more than the
\${KOPANO_QUOTA_WARN_SIZE} from which on we warn.

Please delete what is no longer needed there.
`,
};

/** Which template tells of a store. Companies are only ever warned. */
export function templateFor(level: number, isCompany: boolean): TemplateName {
  if (isCompany) return 'companyWarning';
  const names = new Map<number, TemplateName>([
    [QUOTA_WARN, 'userWarning'],
    [QUOTA_SOFTLIMIT, 'userSoft'],
    [QUOTA_HARDLIMIT, 'userHard'],
  ]);
  return names.get(level) ?? 'userWarning';
}

/** The operator's templates in a folder; what is not there is as usual. Throws what the file system does. */
export async function readTemplates(folder: string | undefined): Promise<QuotaTemplates> {
  if (folder === undefined) return DEFAULT_TEMPLATES;
  const names = Object.keys(TEMPLATE_FILES) as TemplateName[];
  const texts = await Promise.all(
    names.map(async (name) => [name, (await ownTemplate(folder, name)) ?? DEFAULT_TEMPLATES[name]] as const),
  );
  return Object.fromEntries(texts) as Record<TemplateName, string>;
}

async function ownTemplate(folder: string, name: TemplateName): Promise<string | undefined> {
  try {
    return await readFile(path.join(folder, TEMPLATE_FILES[name]), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

const VARIABLE = /\$\{KOPANO_QUOTA_([A-Z_]+)\}/g;
const SUBJECT = /^subject:[ \t]*(.*)$/im;

/**
 * Subject and text of a template with its variables filled in. The line that begins with `Subject:` is the
 * subject; what a variable stands for is text, never a variable again. Unknown variables stay as they are.
 */
export function fillTemplate(template: string, facts: QuotaFacts): { readonly subject: string; readonly text: string } {
  const filled = (text: string): string =>
    text.replace(VARIABLE, (whole, name: string) =>
      Object.hasOwn(facts, name) ? facts[name as keyof QuotaFacts] : whole,
    );
  const plain = template.replaceAll('\r\n', '\n');
  const subject = SUBJECT.exec(plain);
  const body = subject ? plain.slice(0, subject.index) + plain.slice(subject.index + subject[0].length) : plain;
  return {
    subject: filled(subject?.[1] ?? '')
      .replace(/\s+/g, ' ')
      .trim(),
    text: `${filled(body).trim()}\n`,
  };
}

const UNITS = ['B', 'KB', 'MB', 'GB', 'TB'];
const STEP = 1024;

/** `1.50 GB`; steps of 1024 as in the original. */
export function quotaSize(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= STEP && unit < UNITS.length - 1) {
    value /= STEP;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(2)} ${UNITS[unit]}`;
}

/** A limit in words; the original's for none. */
export const quotaLimit = (bytes: number): string => (bytes === 0 ? 'unlimited' : quotaSize(bytes));
