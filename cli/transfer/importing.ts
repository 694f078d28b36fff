import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { entryIdOf, storeGuidOf } from '../../core/mapi/entry-id.ts';
import type { ObjectTree } from '../../core/mapi/object-tree.ts';
import { MAPI_MESSAGE } from '../../core/mapi/object-types.ts';
import { CommandError } from '../errors.ts';
import { makeFolder } from '../mailbox/copy-tree.ts';
import { saveTree } from '../mailbox/message-trees.ts';
import { exists } from '../mailbox/objects.ts';
import { Converter, type ReadFile } from './converter.ts';
import type { Transfer } from './exporting.ts';
import { readMbox } from './mbox.ts';
import { inTurns } from './outcome.ts';

/** Where messages are put, and how they look there. */
export interface Destination {
  readonly folderId: Buffer;
  /** Whether mail counts as read that doesn't say so itself. */
  readonly read: boolean;
}

const EML = /\.eml$/i;
const MBOX = /\.(?:mbox|mbx)$/i;
const ICS = /\.ics$/i;
const VCF = /\.vcf$/i;

/** Puts the messages of files into a folder. What is in a file decides under which id it is saved, so that a repetition finds it there. */
export async function importFiles(transfer: Transfer, files: readonly string[], to: Destination): Promise<void> {
  const importer = new Importer(transfer, to);
  await inTurns(files, async (file) => {
    transfer.progress.step(path.basename(file));
    try {
      await importer.file(file);
    } catch (error) {
      transfer.outcome.fail(file, error instanceof Error ? error.message : String(error));
    }
  });
}

/** Puts a folder of files with those below it into a folder; those that are missing are made. */
export async function importTree(transfer: Transfer, source: string, to: Destination): Promise<void> {
  const entries = (await readdir(source, { withFileTypes: true })).sort((a, b) => a.name.localeCompare(b.name));
  const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(source, entry.name));
  await importFiles(
    transfer,
    files.filter((file) => !file.endsWith('.part')),
    to,
  );
  for (const entry of entries.filter((each) => each.isDirectory())) {
    const folderId = await makeFolder(transfer.session, to.folderId, folderNameOf(entry.name), true);
    await importTree(transfer, path.join(source, entry.name), { ...to, folderId });
  }
}

/** Folders are named as {@link exportTree} writes them. */
function folderNameOf(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

class Importer {
  readonly #transfer: Transfer;
  readonly #to: Destination;
  readonly #converter: Converter;

  constructor(transfer: Transfer, to: Destination) {
    this.#transfer = transfer;
    this.#to = to;
    this.#converter = new Converter(transfer.session);
  }

  async file(file: string): Promise<void> {
    const known = [EML, ICS, VCF].some((ending) => ending.test(file));
    if (MBOX.test(file) || (!known && (await isMbox(file)))) return this.#mbox(file);
    if (!known) throw new CommandError('it is neither .eml, .mbox, .ics nor .vcf');
    const raw = await readFile(file);
    const read = ICS.test(file)
      ? this.#converter.fromCalendar(raw.toString('utf8'))
      : VCF.test(file)
        ? this.#converter.fromCards(raw.toString('utf8'))
        : this.#converter.fromMail(raw, undefined, this.#to.read);
    await this.#save(file, raw, await read);
  }

  async #mbox(file: string): Promise<void> {
    let number = 0;
    for await (const { raw, receivedAt } of readMbox(createReadStream(file))) {
      const what = `${file}, mail ${++number}`;
      this.#transfer.progress.step(what);
      try {
        await this.#save(what, raw, await this.#converter.fromMail(raw, receivedAt, this.#to.read));
      } catch (error) {
        this.#transfer.outcome.fail(what, error instanceof Error ? error.message : String(error));
      }
    }
  }

  async #save(what: string, raw: Buffer, { messages, problems }: ReadFile): Promise<void> {
    const { outcome } = this.#transfer;
    for (const problem of problems) outcome.fail(what, problem);
    for (const [index, message] of messages.entries())
      await outcome.attempt(what, () => this.#saveOne(raw, index, message));
  }

  async #saveOne(raw: Buffer, index: number, message: ObjectTree): Promise<'done' | 'already'> {
    const { session } = this.#transfer;
    const { folderId } = this.#to;
    const digest = createHash('sha256').update(folderId).update(String(index)).update(raw).digest().subarray(0, 16);
    const entryId = entryIdOf(storeGuidOf(folderId), MAPI_MESSAGE, digest);
    if (await exists(session, entryId)) return 'already';
    await saveTree(session, folderId, entryId, message);
    return 'done';
  }
}

/** Mail programs on Unix name such files as they like. */
async function isMbox(file: string): Promise<boolean> {
  if (!(await stat(file)).isFile()) return false;
  for await (const chunk of createReadStream(file, { start: 0, end: 4 })) return String(chunk) === 'From ';
  return false;
}
