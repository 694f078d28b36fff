import { sourceKeyOf } from '../mapi/change-key.ts';
import { fnevObjectCreated, ICS_FOLDER_NEW } from '../mapi/change-types.ts';
import { entryIdOf, GUID_BYTES, indexedEntryId, isValidNewEntryId } from '../mapi/entry-id.ts';
import { KopanoError } from '../mapi/error.ts';
import {
  KCERR_COLLISION,
  KCERR_INVALID_ENTRYID,
  KCERR_INVALID_PARAMETER,
  KCERR_INVALID_TYPE,
  KCERR_NO_ACCESS,
} from '../mapi/error-codes.ts';
import { fileTimeFromClock } from '../mapi/file-time.ts';
import { FOLDER_GENERIC, FOLDER_SEARCH, MAPI_FOLDER } from '../mapi/object-types.ts';
import type { Properties } from '../mapi/property.ts';
import { PR_COMMENT, PR_CREATION_TIME, PR_DISPLAY_NAME, PR_LAST_MODIFICATION_TIME } from '../mapi/tags.ts';
import { DuplicateKeyError, type SqlValue, type Statements } from '../platform/database.ts';
import { ownerOfNew } from './access.ts';
import type { Actor } from './actor.ts';
import { appendChanges, type Change, countersChanged, nextChangeKeys } from './changes.ts';
import { lockStoreAndTarget } from './folder-counters.ts';
import { numbersOf } from './numbers.ts';
import { insertObjects, type NewObject, newContainer } from './object-insert.ts';
import type { Target } from './object-row.ts';
import { packProperties } from './property-document.ts';
import { serverGuid } from './server-guid.ts';

/** A folder to be created. */
export interface NewFolder {
  readonly name: string;
  /** Absent: the folder gets no comment at all. */
  readonly comment?: string;
  /** FOLDER_GENERIC or FOLDER_SEARCH. */
  readonly type: number;
  readonly openIfExists: boolean;
  /** Composed by the client; otherwise the server makes one. */
  readonly entryId?: Buffer;
  /** Given by a sync; otherwise the server makes one. */
  readonly sourceKey?: Buffer;
  readonly syncId: number;
}

/** Longest folder name that is told apart from others. */
export const FOLDER_NAME_LENGTH = 255;

/** A folder that is there or will be made. */
interface Plan {
  readonly request: NewFolder;
  readonly id: number;
  readonly entryId: Buffer;
  readonly sourceKey: Buffer;
}

/**
 * Creates folders under a parent, all or none, and answers their entry ids in
 * order; existing ones that may be opened are answered instead. The caller has
 * checked access, and says whether it goes beyond opening.
 */
export async function createFolders(
  actor: Actor,
  parent: Target,
  requests: readonly NewFolder[],
  options: { readonly mayCreate: boolean },
): Promise<Buffer[]> {
  if (parent.object.kind !== MAPI_FOLDER) throw new KopanoError(KCERR_INVALID_TYPE, 'folders lie in folders');
  for (const request of requests) validate(request);
  for (;;) {
    try {
      return await createOrOpen(actor, parent, requests, options);
    } catch (error) {
      // What somebody else made is now there to be found.
      if (!(error instanceof NameTakenMeanwhile)) throw error;
    }
  }
}

/** Somebody else made a folder of the name between the look for it and the lock. */
class NameTakenMeanwhile extends Error {}

async function createOrOpen(
  actor: Actor,
  parent: Target,
  requests: readonly NewFolder[],
  { mayCreate }: { readonly mayCreate: boolean },
): Promise<Buffer[]> {
  const existing = await existingFolders(actor.database, parent, requests);
  const guid = await serverGuid(actor.platform.database);
  const numbers = numbersOf(actor.platform.database);

  const plans: Plan[] = [];
  const answers: Buffer[] = [];
  for (const request of requests) {
    const known = request.syncId === 0 ? existing.get(foldName(request.name)) : undefined;
    if (known && !request.openIfExists) throw new KopanoError(KCERR_COLLISION, 'a folder of this name exists here');
    if (known) {
      answers.push(known);
      continue;
    }
    const plan: Plan = {
      request,
      id: await numbers.one('object'),
      entryId: request.entryId ? indexedEntryId(request.entryId) : entryIdOf(parent.store.guid, MAPI_FOLDER),
      sourceKey:
        request.sourceKey && request.sourceKey.length > GUID_BYTES
          ? request.sourceKey
          : sourceKeyOf(guid, await numbers.one('source key')),
    };
    plans.push(plan);
    answers.push(plan.entryId);
    existing.set(foldName(request.name), plan.entryId);
  }
  if (plans.length > 0 && !mayCreate) throw new KopanoError(KCERR_NO_ACCESS, 'needs the right to create folder');
  if (plans.length > 0) await insertAll(actor, parent, plans, guid);
  return answers;
}

function validate(request: NewFolder): void {
  if (request.type !== FOLDER_GENERIC && request.type !== FOLDER_SEARCH)
    throw new KopanoError(KCERR_INVALID_PARAMETER, 'only generic and search folders can be created');
  if (request.name === '') throw new KopanoError(KCERR_INVALID_PARAMETER, 'a folder needs a name');
  if (request.entryId && !isValidNewEntryId(request.entryId, MAPI_FOLDER))
    throw new KopanoError(KCERR_INVALID_ENTRYID, 'not the entry id of a new folder');
}

/** Names are compared without case, as the directory listing of a client would. */
const foldName = (name: string): string => name.slice(0, FOLDER_NAME_LENGTH).toLowerCase();

async function existingFolders(
  statements: Statements,
  parent: Target,
  requests: readonly NewFolder[],
): Promise<Map<string, Buffer>> {
  const parameters: Record<string, SqlValue> = { parentId: parent.object.id };
  const names = requests.map(({ name }, index) => {
    parameters[`name${index}`] = name.slice(0, FOLDER_NAME_LENGTH);
    return `:name${index}`;
  });
  const rows = await statements.query<{ name: string; entry_id: Buffer }>(
    `SELECT f.name, o.entry_id FROM folder f JOIN object o ON o.id = f.id
     WHERE f.parent_id = :parentId AND f.deleted = 0 AND f.name IN (${names.join(', ')}) ORDER BY f.id DESC`,
    parameters,
  );
  return new Map(rows.map((row) => [foldName(row.name), row.entry_id]));
}

async function insertAll(actor: Actor, parent: Target, plans: readonly Plan[], guid: Buffer): Promise<void> {
  try {
    await actor.database.transaction((transaction) => insertFolders(actor, transaction, parent, plans, guid));
  } catch (error) {
    if (error instanceof DuplicateKeyError)
      throw new KopanoError(KCERR_COLLISION, 'an object with this entry id or source key exists', { cause: error });
    throw error;
  }
}

async function insertFolders(
  actor: Actor,
  transaction: Statements,
  parent: Target,
  plans: readonly Plan[],
  guid: Buffer,
): Promise<void> {
  const storeId = parent.store.id;
  const now = fileTimeFromClock(actor.platform.clock.now());
  await lockStoreAndTarget(transaction, {
    storeId,
    size: 0,
    folderId: parent.object.id,
    counters: { folders: plans.length },
  });
  // Syncs make folders of any name, even of one that is there.
  const named = plans.map(({ request }) => request).filter(({ syncId }) => syncId === 0);
  if (named.length > 0) {
    const taken = await existingFolders(transaction, parent, named);
    if (named.some(({ name }) => taken.has(foldName(name)))) throw new NameTakenMeanwhile();
  }
  const changes = plans.flatMap((plan): Change[] => [
    {
      storeId,
      folderId: parent.object.id,
      objectId: plan.id,
      kind: MAPI_FOLDER,
      event: fnevObjectCreated,
      icsType: plan.request.type === FOLDER_SEARCH ? 0 : ICS_FOLDER_NEW,
      sourceKey: plan.sourceKey,
      folderSourceKey: parent.object.sourceKey,
      syncId: plan.request.syncId,
      entryId: plan.entryId,
    },
    countersChanged(parent.store.id, parent.object),
  ]);
  const changeIds = await appendChanges(transaction, changes);
  await insertObjects(
    transaction,
    plans.map((plan, index) => folderRow(actor, parent, plan, now, guid, changeIds[2 * index]!)),
  );
  await insertFolderRows(
    transaction,
    storeId,
    plans.map(({ id, request }) => ({ id, parentId: parent.object.id, type: request.type, name: request.name })),
  );
}

/** A row of the folders' table, with counters of what it is made with. */
export interface FolderRowDraft {
  readonly id: number;
  readonly parentId: number;
  readonly type: number;
  readonly name: string;
  readonly folders?: number;
  readonly content?: number;
  readonly associated?: number;
}

/** Inserts the rows that folders have besides their objects'; one statement. */
export async function insertFolderRows(
  statements: Statements,
  storeId: number,
  folders: readonly FolderRowDraft[],
): Promise<void> {
  const parameters: Record<string, SqlValue> = { storeId };
  const rows = folders.map(({ id, parentId, type, name, folders: below = 0, content = 0, associated = 0 }, index) => {
    parameters[`id${index}`] = id;
    parameters[`parent${index}`] = parentId;
    parameters[`type${index}`] = type;
    parameters[`name${index}`] = name.slice(0, FOLDER_NAME_LENGTH);
    parameters[`folders${index}`] = below;
    parameters[`content${index}`] = content;
    parameters[`associated${index}`] = associated;
    return `(:id${index}, :storeId, :parent${index}, :type${index}, :name${index}, :folders${index}, :content${index}, :associated${index})`;
  });
  await statements.execute(
    `INSERT INTO folder (id, store_id, parent_id, type, name, folder_count, content_count, associated_count) VALUES ${rows.join(', ')}`,
    parameters,
  );
}

function folderRow(actor: Actor, parent: Target, plan: Plan, now: bigint, guid: Buffer, changeId: number): NewObject {
  const properties: Properties = new Map();
  properties.set(PR_DISPLAY_NAME, plan.request.name);
  if (plan.request.comment !== undefined) properties.set(PR_COMMENT, plan.request.comment);
  properties.set(PR_LAST_MODIFICATION_TIME, now);
  properties.set(PR_CREATION_TIME, now);
  const packed = packProperties(properties);
  const keys =
    plan.request.type === FOLDER_SEARCH
      ? undefined
      : nextChangeKeys(guid, changeId, { changeKey: null, predecessors: null });
  return newContainer({
    id: plan.id,
    storeId: parent.store.id,
    parentId: parent.object.id,
    kind: MAPI_FOLDER,
    ownerId: ownerOfNew(actor.identity, parent, actor.platform.settings.hosted),
    entryId: plan.entryId,
    sourceKey: plan.sourceKey,
    changeKey: keys?.changeKey ?? null,
    predecessors: keys?.predecessors ?? null,
    props: packed.props,
    overflow: packed.overflow,
  });
}
