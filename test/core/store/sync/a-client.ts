import {
  ICS_ACTION_MASK,
  ICS_CHANGE,
  ICS_FLAG,
  ICS_HARD_DELETE,
  ICS_NEW,
  ICS_SOFT_DELETE,
  ICS_SYNC_CONTENTS,
  ICS_SYNC_HIERARCHY,
} from '../../../../core/mapi/change-types.ts';
import { MSGFLAG_READ } from '../../../../core/mapi/message-flags.ts';
import { MAPI_FOLDER, MAPI_MESSAGE } from '../../../../core/mapi/object-types.ts';
import type { Restriction } from '../../../../core/mapi/restriction.ts';
import { SYNC_NORMAL, SYNC_READ_STATE } from '../../../../core/mapi/sync-flags.ts';
import { grantsOn } from '../../../../core/store/access.ts';
import type { Actor } from '../../../../core/store/actor.ts';
import { changesOfMessages } from '../../../../core/store/sync/contents.ts';
import { changesOfFolders } from '../../../../core/store/sync/hierarchy.ts';
import type { IcsChange, IcsChanges } from '../../../../core/store/sync/ics-change.ts';
import { advanceSync, beginSync, findSync } from '../../../../core/store/sync/syncs.ts';
import type { StorePlace } from '../../../../core/store/table/store-place.ts';
import type { LoadedTarget } from '../../../../core/store/target.ts';
import { open } from '../a-server.ts';

/** The place of a folder, as operations find it. */
export async function placeOf(actor: Actor, folder: LoadedTarget): Promise<StorePlace> {
  const { id, kind, parentId, entryId, sourceKey } = folder.object;
  return {
    store: folder.store,
    folder: { id, kind, parentId, gone: folder.folder?.gone ?? false, entryId, sourceKey },
    grants: await grantsOn(actor.database, actor.identity, folder, false),
    principalId: actor.identity.principalId,
    associated: false,
    deleted: false,
  };
}

/** What is to be done of all that was told, by the rules of the genuine client (observed on 11.0.2). */
export function filtered(changes: readonly IcsChange[]): { change: IcsChange; action: number }[] {
  const last = new Map<string, { change: IcsChange; action: number }>();
  const isDeletion = (action: number): boolean => action === ICS_SOFT_DELETE || action === ICS_HARD_DELETE;
  for (const change of changes) {
    const action = change.type & ICS_ACTION_MASK;
    const key = change.sourceKey.toString('hex');
    const before = last.get(key);
    if (!before || isDeletion(action)) last.set(key, { change, action });
    else if (action === ICS_NEW && isDeletion(before.action)) last.set(key, { change, action: ICS_CHANGE });
    else if (action === ICS_CHANGE && (isDeletion(before.action) || before.action === ICS_FLAG))
      last.set(key, { change, action });
  }
  return [...last.values()];
}

interface State {
  readonly syncId: number;
  readonly changeId: number;
}

/** A client that keeps a copy of a folder's messages by incremental sync. */
export class ContentsClient {
  readonly content = new Map<string, string>();
  readonly syncId: number;
  changeId = 0;
  /** All that it was ever told. */
  readonly told: IcsChange[] = [];
  readonly #actor: Actor;
  readonly #folder: LoadedTarget;

  private constructor(actor: Actor, folder: LoadedTarget, syncId: number) {
    this.#actor = actor;
    this.#folder = folder;
    this.syncId = syncId;
  }

  static async of(actor: Actor, folderEntryId: Buffer): Promise<ContentsClient> {
    const folder = await open(actor, folderEntryId);
    const syncId = await beginSync(actor.database, {
      principalId: actor.identity.principalId,
      folderSourceKey: folder.object.sourceKey!,
      type: ICS_SYNC_CONTENTS,
    });
    return new ContentsClient(actor, folder, syncId);
  }

  /** What the server tells from a state on, without doing anything about it. */
  async ask(
    options: { readonly flags?: number; readonly restriction?: Restriction; readonly from?: State } = {},
  ): Promise<IcsChanges> {
    const { syncId, changeId } = options.from ?? this;
    const sync = await findSync(this.#actor.database, syncId);
    return changesOfMessages(this.#actor, await placeOf(this.#actor, this.#folder), sync!.newest, {
      syncId,
      changeId,
      flags: options.flags ?? SYNC_NORMAL | SYNC_READ_STATE,
      restriction: options.restriction,
    });
  }

  /** Asks, does what is told, and notes where it is. */
  async sync(options: { readonly flags?: number; readonly restriction?: Restriction } = {}): Promise<IcsChange[]> {
    const { changes, maxChangeId } = await this.ask(options);
    this.told.push(...changes);
    for (const { change, action } of filtered(changes)) await this.#apply(change, action);
    this.changeId = maxChangeId;
    await advanceSync(this.#actor.database, {
      id: this.syncId,
      principalId: this.#actor.identity.principalId,
      folderSourceKey: this.#folder.object.sourceKey!,
      type: ICS_SYNC_CONTENTS,
      changeId: maxChangeId,
    });
    return [...changes];
  }

  async #apply(change: IcsChange, action: number): Promise<void> {
    const key = change.sourceKey.toString('hex');
    if (action === ICS_SOFT_DELETE || action === ICS_HARD_DELETE) {
      this.content.delete(key);
      return;
    }
    if (action === ICS_FLAG) {
      const known = this.content.get(key);
      if (known !== undefined)
        this.content.set(key, `${change.flags & MSGFLAG_READ ? 'read' : 'unread'} ${known.replace(/^(un)?read /, '')}`);
      return;
    }
    // A message that is gone again is passed over, like one that the export leaves out.
    const there = await contentOf(this.#actor, this.#folder.object.id, change.sourceKey);
    if (there !== undefined) this.content.set(key, there);
  }
}

/** What is in a folder: read state and subject of each message, by source key. */
export async function contentsOf(actor: Actor, folderEntryId: Buffer): Promise<Map<string, string>> {
  const folder = await open(actor, folderEntryId);
  const rows = await actor.database.query<{ source_key: Buffer; subject: string; message_flags: number }>(
    `SELECT source_key, subject, message_flags FROM object
     WHERE parent_id = :id AND kind = ${MAPI_MESSAGE} AND deleted = 0 AND associated = 0`,
    { id: folder.object.id },
  );
  return new Map(rows.map((row) => [row.source_key.toString('hex'), shown(row)]));
}

const shown = ({ subject, message_flags }: { subject: string; message_flags: number }): string =>
  `${message_flags & MSGFLAG_READ ? 'read' : 'unread'} ${subject}`;

async function contentOf(actor: Actor, folderId: number, sourceKey: Buffer): Promise<string | undefined> {
  const [row] = await actor.database.query<{ subject: string; message_flags: number }>(
    'SELECT subject, message_flags FROM object WHERE source_key = :sourceKey AND parent_id = :folderId AND deleted = 0',
    { sourceKey, folderId },
  );
  return row && shown(row);
}

/** A client that keeps a copy of the folders below one. */
export class HierarchyClient {
  /** Name and parent's source key of each folder, by source key. */
  readonly folders = new Map<string, string>();
  readonly syncId: number;
  changeId = 0;
  readonly #actor: Actor;
  readonly #root: LoadedTarget;

  private constructor(actor: Actor, root: LoadedTarget, syncId: number) {
    this.#actor = actor;
    this.#root = root;
    this.syncId = syncId;
  }

  static async of(actor: Actor, rootEntryId: Buffer): Promise<HierarchyClient> {
    const root = await open(actor, rootEntryId);
    const syncId = await beginSync(actor.database, {
      principalId: actor.identity.principalId,
      folderSourceKey: root.object.sourceKey!,
      type: ICS_SYNC_HIERARCHY,
    });
    return new HierarchyClient(actor, root, syncId);
  }

  async ask(flags = 0): Promise<IcsChanges> {
    const sync = await findSync(this.#actor.database, this.syncId);
    const grants = await grantsOn(this.#actor.database, this.#actor.identity, this.#root, false);
    return changesOfFolders(this.#actor, this.#root, grants, {
      syncId: this.syncId,
      changeId: this.changeId,
      saidId: sync!.changeId,
      flags,
    });
  }

  async sync(): Promise<IcsChange[]> {
    const { changes, maxChangeId } = await this.ask();
    for (const { change, action } of filtered(changes)) {
      const key = change.sourceKey.toString('hex');
      const there =
        action === ICS_SOFT_DELETE || action === ICS_HARD_DELETE
          ? undefined
          : await folderOf(this.#actor, change.sourceKey);
      if (there === undefined) this.#forget(key);
      else this.folders.set(key, there);
    }
    this.changeId = maxChangeId;
    return [...changes];
  }

  /** With a folder, all below it goes. */
  #forget(key: string): void {
    this.folders.delete(key);
    for (const [below, description] of [...this.folders]) if (description.endsWith(` in ${key}`)) this.#forget(below);
  }
}

/** The folders below a root, as they are. */
export async function foldersBelow(actor: Actor, rootEntryId: Buffer): Promise<Map<string, string>> {
  const root = await open(actor, rootEntryId);
  const rows = await actor.database.query<{ source_key: Buffer; name: string; parent_key: Buffer }>(
    `WITH RECURSIVE tree (id) AS (
      SELECT id FROM folder WHERE parent_id = :rootId AND deleted = 0
      UNION ALL SELECT f.id FROM folder f JOIN tree t ON f.parent_id = t.id WHERE f.deleted = 0
    ) SELECT o.source_key, f.name, p.source_key AS parent_key FROM tree t JOIN folder f ON f.id = t.id
      JOIN object o ON o.id = t.id JOIN object p ON p.id = o.parent_id WHERE o.kind = ${MAPI_FOLDER}`,
    { rootId: root.object.id },
  );
  return new Map(
    rows.map((row) => [row.source_key.toString('hex'), `${row.name} in ${row.parent_key.toString('hex')}`]),
  );
}

async function folderOf(actor: Actor, sourceKey: Buffer): Promise<string | undefined> {
  const [row] = await actor.database.query<{ name: string; parent_key: Buffer }>(
    `SELECT f.name, p.source_key AS parent_key FROM object o JOIN folder f ON f.id = o.id JOIN object p ON p.id = o.parent_id
     WHERE o.source_key = :sourceKey AND f.gone = 0`,
    { sourceKey },
  );
  return row && `${row.name} in ${row.parent_key.toString('hex')}`;
}
