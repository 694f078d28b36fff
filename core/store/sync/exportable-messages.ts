import { MAPI_FOLDER, MAPI_MESSAGE } from '../../mapi/object-types.ts';
import type { Property, PropertyTag } from '../../mapi/property.ts';
import { allows, type Grants, grantsOn } from '../access.ts';
import type { Actor } from '../actor.ts';
import type { Target } from '../object-row.ts';
import { sqlList } from '../sql-list.ts';
import { cellOf } from '../table/cells.ts';
import { MessageSource } from '../table/message-source.ts';
import type { StorePlace } from '../table/store-place.ts';
import { findTarget } from '../target.ts';

/** A message that a client wants, as it names it. */
export interface WantedMessage {
  /** Source key or entry id. */
  readonly key: Buffer;
  /** The same of its folder; empty where the client doesn't care. */
  readonly folderKey: Buffer;
}

export interface WantedMessages {
  readonly messages: readonly WantedMessage[];
  readonly keys: 'source_key' | 'entry_id';
  /** Deleted messages instead of the others. */
  readonly deleted: boolean;
  /** What is to be told of each besides its stream. */
  readonly columns: readonly PropertyTag[];
  /** A folder that was found before. */
  readonly folder?: Target | undefined;
}

/** A message that can be given. */
export interface ExportableMessage {
  readonly id: number;
  /** Which of the wanted ones it is. */
  readonly index: number;
  readonly properties: readonly Property[];
}

interface Found {
  readonly index: number;
  readonly id: number;
  readonly folder_id: number;
  readonly associated: number;
  readonly owner_id: number;
}

const KEYS_PER_STATEMENT = 500;

/** Of the wanted messages those that are there and the caller's to read; the rest is passed over (observed on 11.0.2). */
export async function exportableMessages(actor: Actor, wanted: WantedMessages): Promise<ExportableMessage[]> {
  const found = await find(actor, wanted);
  const exportable: ExportableMessage[] = [];
  for (const [folderId, inFolder] of Map.groupBy(found, (message) => message.folder_id)) {
    const known = wanted.folder;
    const folder = known?.object.id === folderId ? known : await findTarget(actor.database, { id: folderId });
    if (!folder) continue;
    const grants = await grantsOn(actor.database, actor.identity, folder, actor.platform.settings.hosted);
    const readable = inFolder.filter((message) => allows(grantsOf(actor, grants, message), asMessage(folder), 'read'));
    for (const [associated, list] of Map.groupBy(readable, (message) => message.associated !== 0))
      exportable.push(
        ...(await withProperties(actor, placeOf(actor, folder, grants, associated, wanted), list, wanted)),
      );
  }
  return exportable.sort((x, y) => x.index - y.index);
}

async function find(actor: Actor, { messages, keys, deleted }: WantedMessages): Promise<Found[]> {
  const found: Found[] = [];
  for (let start = 0; start < messages.length; start += KEYS_PER_STATEMENT) {
    const part = messages.slice(start, start + KEYS_PER_STATEMENT);
    const list = sqlList(
      'key',
      part.map(({ key }) => key),
    );
    const rows = await actor.database.query<Found & { readonly key_: Buffer; readonly folder_key: Buffer | null }>(
      `SELECT o.id, o.parent_id AS folder_id, o.associated, o.owner_id, o.${keys} AS key_, p.${keys} AS folder_key
       FROM object o JOIN object p ON p.id = o.parent_id AND p.kind = ${MAPI_FOLDER}
       WHERE o.${keys} IN (${list.sql}) AND o.kind = ${MAPI_MESSAGE} AND o.deleted = :deleted`,
      { ...list.parameters, deleted: deleted ? 1 : 0 },
    );
    const byKey = new Map(rows.map((row) => [row.key_.toString('latin1'), row]));
    for (const [offset, { key, folderKey }] of part.entries()) {
      const row = byKey.get(key.toString('latin1'));
      if (row && (folderKey.length === 0 || row.folder_key?.equals(folderKey)))
        found.push({ ...row, index: start + offset });
    }
  }
  return found;
}

const grantsOf = ({ identity }: Actor, grants: Grants, message: Found): Grants =>
  grants.full ? grants : { ...grants, creator: message.owner_id === identity.principalId };

/** A message has the rights of its folder. */
const asMessage = (folder: Target): Target => ({
  ...folder,
  object: { ...folder.object, kind: MAPI_MESSAGE },
  parent: { ...folder.object, gone: false },
});

function placeOf(
  { identity }: Actor,
  folder: Target,
  grants: Grants,
  associated: boolean,
  { deleted }: WantedMessages,
): StorePlace {
  const { id, kind, parentId, entryId, sourceKey } = folder.object;
  const gone = folder.folder?.gone ?? folder.object.deleted;
  return {
    store: folder.store,
    folder: { id, kind, parentId, gone, entryId, sourceKey },
    grants,
    principalId: identity.principalId,
    associated,
    deleted,
  };
}

async function withProperties(
  { platform, database }: Actor,
  place: StorePlace,
  messages: readonly Found[],
  { columns }: WantedMessages,
): Promise<ExportableMessage[]> {
  const source = new MessageSource(platform, database, place, { columns, sort: [] });
  const rows = await source.withIds(messages.map(({ id }) => id));
  return messages.flatMap(({ id, index }) => {
    const row = rows.get(id);
    if (!row) return [];
    return [{ id, index, properties: columns.map((column) => cellOf(column, row.value(column))) }];
  });
}
