import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, readdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { finished } from 'node:stream/promises';
import type { ObjectTree } from '../../core/mapi/object-tree.ts';
import { PR_SUBJECT } from '../../core/mapi/tags.ts';
import type { Session } from '../connection/session.ts';
import { type Folder, foldersBelow, namesInPath } from '../mailbox/folders.ts';
import { loadTree } from '../mailbox/message-trees.ts';
import { listMessages } from '../mailbox/messages.ts';
import type { Progress } from '../terminal/progress.ts';
import { arrivalOf, Converter } from './converter.ts';
import { mboxEntry } from './mbox.ts';
import { inTurns, type Outcome } from './outcome.ts';

/** What is written: a file for each message, or all in one. */
export type ExportFormat = 'files' | 'mbox' | 'ics' | 'vcf';

/** Work on messages, watched and accounted for. */
export interface Transfer {
  readonly session: Session;
  readonly outcome: Outcome;
  readonly progress: Progress;
}

/**
 * Writes a file for each message: mail as `.eml`, appointments and tasks as `.ics`, contacts as `.vcf`. A file
 * that an earlier run has written whole is left as it is.
 */
export async function exportFiles(transfer: Transfer, ids: readonly Buffer[], folder: string): Promise<void> {
  const { session, outcome, progress } = transfer;
  const converter = new Converter(session);
  await mkdir(folder, { recursive: true });
  const there = new Set((await readdir(folder)).map(markOf));
  await inTurns(ids, async (id) => {
    const mark = markFor(id);
    progress.step(path.basename(folder));
    await outcome.attempt(mark, async () => {
      if (there.has(mark)) return 'already';
      const message = await loadTree(session, id);
      const [content, ending] = await contentOf(converter, message);
      await writeWhole(path.join(folder, `${titleOf(message)}.${mark}.${ending}`), content);
      return 'done';
    });
  });
}

/** Writes all messages into one mbox; it is there when it is whole. */
export async function exportMbox(transfer: Transfer, ids: readonly Buffer[], file: string): Promise<void> {
  const { session, outcome, progress } = transfer;
  const converter = new Converter(session);
  const unfinished = `${file}.${process.pid}.part`;
  const stream = createWriteStream(unfinished, { mode: 0o600 });
  for (const id of ids) {
    progress.step(path.basename(file));
    await outcome.attempt(markFor(id), async () => {
      const message = await loadTree(session, id);
      const entry = mboxEntry(await converter.toMail(message), arrivalOf(message) ?? 0);
      if (!stream.write(entry)) await once(stream, 'drain');
      return 'done';
    });
  }
  stream.end();
  await finished(stream);
  await rename(unfinished, file);
}

/** A message in the form that says most of it, and the ending of such files. */
async function contentOf(
  converter: Converter,
  message: ObjectTree,
): Promise<[content: string | Buffer, ending: string]> {
  const calendar = await converter.toCalendar([message]);
  if (calendar !== undefined) return [calendar, 'ics'];
  const card = await converter.toCards([message]);
  return card === undefined ? [await converter.toMail(message), 'eml'] : [card, 'vcf'];
}

/** Writes appointments and tasks into one calendar; other messages are failures. */
export const exportCalendar = (transfer: Transfer, ids: readonly Buffer[], file: string): Promise<void> =>
  exportItems(transfer, ids, file, (converter, items) => converter.toCalendar(items), 'neither appointment nor task');

/** Writes contacts into one file of vCards; other messages are failures. */
export const exportCards = (transfer: Transfer, ids: readonly Buffer[], file: string): Promise<void> =>
  exportItems(transfer, ids, file, (converter, items) => converter.toCards(items), 'no contact');

async function exportItems(
  { session, outcome, progress }: Transfer,
  ids: readonly Buffer[],
  file: string,
  convert: (converter: Converter, items: readonly ObjectTree[]) => Promise<string | undefined>,
  otherwise: string,
): Promise<void> {
  const converter = new Converter(session);
  const items: ObjectTree[] = [];
  for (const id of ids) {
    progress.step(path.basename(file));
    await outcome.attempt(markFor(id), async () => {
      const message = await loadTree(session, id);
      if ((await convert(converter, [message])) === undefined)
        throw new Error(`'${subjectOf(message)}' is ${otherwise}`);
      items.push(message);
      return 'done';
    });
  }
  await writeWhole(file, (await convert(converter, items)) ?? '');
}

/** Writes a folder and those below as folders of files. */
export async function exportTree(transfer: Transfer, folder: Folder, target: string): Promise<void> {
  const below = await foldersBelow(transfer.session, folder.entryId, true);
  const all = [{ folder, target }, ...below.map((each) => ({ folder: each, target: placeOf(target, each) }))];
  transfer.progress.expect(all.reduce((sum, each) => sum + each.folder.messages, 0));
  for (const each of all) {
    const rows = await listMessages(transfer.session, each.folder, Number.POSITIVE_INFINITY);
    await exportFiles(
      transfer,
      rows.map(({ entryId }) => entryId),
      each.target,
    );
  }
}

const placeOf = (target: string, { path: place }: Folder): string =>
  path.join(target, ...namesInPath(place).map(fileNameOf));

/** Writes a file in one step, so that there is never half of it. */
async function writeWhole(file: string, content: string | Buffer): Promise<void> {
  const unfinished = `${file}.${process.pid}.part`;
  await writeFile(unfinished, content, { mode: 0o600 });
  await rename(unfinished, file);
}

const MARK_DIGITS = 16;

/** What in a file's name tells which message it is. */
const markFor = (entryId: Buffer): string => createHash('sha256').update(entryId).digest('hex').slice(0, MARK_DIGITS);

/** `Figures.0123456789abcdef.eml` → `0123456789abcdef`; unfinished files have none. */
const markOf = (name: string): string => /\.([0-9a-f]{16})\.(?:eml|ics|vcf)$/.exec(name)?.[1] ?? '';

const subjectOf = ({ properties }: ObjectTree): string => String(properties.get(PR_SUBJECT) ?? '');

const LONGEST_TITLE = 60;

/** `2026-11-25 Figures of the month` */
function titleOf(message: ObjectTree): string {
  const arrival = arrivalOf(message);
  const day = arrival === undefined ? '' : `${new Date(arrival).toISOString().slice(0, 10)} `;
  return fileNameOf(`${day}${subjectOf(message)}`.slice(0, LONGEST_TITLE).trim() || 'message');
}

/** A name that every file system takes; what it can't have is written as in URLs, so that it can be read back. */
const fileNameOf = (name: string): string =>
  name
    .replace(/[\p{Cc}\p{Cs}%/\\:*?"<>|]/gu, (character) =>
      encodeURIComponent(character.isWellFormed() ? character : '?'),
    )
    .replace(/^\.+|[. ]+$/g, (dots) => [...dots].map((dot) => `%${dot.charCodeAt(0).toString(16)}`).join(''));
