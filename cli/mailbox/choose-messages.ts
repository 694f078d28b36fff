import { InvalidArgumentError } from 'commander';
import type { Session } from '../connection/session.ts';
import { CommandError } from '../errors.ts';
import type { Folder } from './folders.ts';
import { listMessages, type MessageRow } from './messages.ts';

/** Places in a list of messages: ranges from 1, both ends belonging to them. */
export type Places = 'all' | readonly (readonly [first: number, last: number])[];

export const PLACES_HELP = 'places in the list, 1 for the newest: 2, 1,3-5, or all';

/** `2`, `1,3-5` or `all`. */
export function parsePlaces(text: string): Places {
  if (/^all$/i.test(text)) return 'all';
  return text.split(',').map((part) => {
    const [, first, last = first] = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(part.trim()) ?? [];
    const range = [Number(first), Number(last)] as const;
    if (first === undefined || range[0] < 1 || range[1] < range[0])
      throw new InvalidArgumentError('It takes places such as 2 or 1,3-5, or all.');
    return range;
  });
}

/** The messages at some places of a folder's list, the newest first; says so if there aren't as many. */
export async function chooseMessages(session: Session, folder: Folder, places: Places): Promise<MessageRow[]> {
  if (places === 'all') return listMessages(session, folder, Number.POSITIVE_INFINITY);
  const furthest = Math.max(...places.map(([, last]) => last));
  const rows = await listMessages(session, folder, furthest);
  if (rows.length < furthest)
    throw new CommandError(`There is no message ${furthest} in ${folder.path}, which has ${rows.length}.`, {
      hint: `kgc message list USER '${folder.path}'`,
    });
  return rows.filter((_row, index) => places.some(([first, last]) => index + 1 >= first && index + 1 <= last));
}
