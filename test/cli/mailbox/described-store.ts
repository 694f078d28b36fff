import type { Session } from '../../../cli/connection/session.ts';
import type { BareStore } from '../../../cli/mailbox/furnish.ts';
import { loadObject } from '../../../cli/mailbox/objects.ts';
import { readTable } from '../../../cli/mailbox/table.ts';
import { MSGFLAG_ASSOCIATED, MSGFLAG_LIST } from '../../../core/mapi/message-flags.ts';
import { MAPI_FOLDER, MAPI_MESSAGE } from '../../../core/mapi/object-types.ts';
import { decodePersistData } from '../../../core/mapi/persist-data.ts';
import type { Properties, PropertyTag, PropertyValue } from '../../../core/mapi/property.ts';
import { ACCESS_TYPE_GRANT } from '../../../core/mapi/rights.ts';
import * as tags from '../../../core/mapi/tags.ts';

const tagNamed: ReadonlyMap<string, PropertyTag> = new Map(Object.entries(tags));

/** A store in the words of `test/golden/cli/stores.json`: entry ids are paths. */
export interface DescribedStore {
  readonly folders: readonly DescribedFolder[];
  readonly receiveFolders: Readonly<Record<string, string>>;
  readonly root: Described;
  readonly inbox: Described;
  readonly store: Described;
  readonly messages: readonly {
    readonly folder: string;
    readonly associated: boolean;
    readonly properties: Described;
  }[];
}

interface DescribedFolder {
  readonly path: string;
  readonly comment: string | null;
  readonly containerClass: string | null;
  readonly hidden: boolean;
  readonly everyone: number | null;
}

type Described = Readonly<Record<string, unknown>>;

const CONVENIENT_DEPTH = 1;
const EVERYONE_ID = 1;
const ROOT = '/';

/** Reads a store; of the properties, those that `like` has. */
export async function describeStore(session: Session, store: BareStore, like: DescribedStore): Promise<DescribedStore> {
  const paths = new Map([[hex(store.rootId), ROOT]]);
  const rows = await readTable(session, {
    entryId: store.rootId,
    objectType: MAPI_FOLDER,
    flags: CONVENIENT_DEPTH,
    columns: [tags.PR_ENTRYID, tags.PR_PARENT_ENTRYID, tags.PR_DISPLAY_NAME],
  });
  for (let left = rows; left.length > 0; ) {
    const placed = left.filter((row) => paths.has(hex(bytes(row, tags.PR_PARENT_ENTRYID))));
    for (const row of placed) {
      const parent = paths.get(hex(bytes(row, tags.PR_PARENT_ENTRYID)))!;
      const name = String(row.get(tags.PR_DISPLAY_NAME));
      paths.set(hex(bytes(row, tags.PR_ENTRYID)), parent === ROOT ? name : `${parent}/${name}`);
    }
    left = left.filter((row) => !placed.includes(row));
  }

  const ids = [...paths].map(([id, path]) => ({ entryId: Buffer.from(id, 'hex'), path }));
  const messages = [];
  for (const { folder, associated, properties } of like.messages) {
    const { entryId } = ids.find(({ path }) => path === folder)!;
    const flags = associated ? MSGFLAG_ASSOCIATED : 0;
    const found = await readTable(session, { entryId, objectType: MAPI_MESSAGE, flags, columns: [tags.PR_ENTRYID] });
    for (const row of found) {
      const id = bytes(row, tags.PR_ENTRYID);
      paths.set(hex(id), `message in ${folder}`);
      messages.push({
        folder,
        associated,
        properties: pick((await loadObject(session, id)).properties, properties, paths),
      });
    }
  }
  const of = async (id: Buffer | undefined, wanted: Described): Promise<Described> =>
    id ? pick((await loadObject(session, id)).properties, wanted, paths) : {};

  const folders = await Promise.all(ids.filter(({ path }) => path !== ROOT).map((id) => describeFolder(session, id)));
  return {
    folders: folders.sort((a, b) => (a.path < b.path ? -1 : 1)),
    receiveFolders: await receiveFolders(session, store, paths),
    root: await of(store.rootId, like.root),
    inbox: await of(ids.find(({ path }) => path.endsWith('/Inbox'))?.entryId, like.inbox),
    store: await of(store.storeId, like.store),
    messages,
  };
}

async function describeFolder(
  session: Session,
  { entryId, path }: { readonly entryId: Buffer; readonly path: string },
): Promise<DescribedFolder> {
  const { properties } = await loadObject(session, entryId);
  const { pRightsArray = [] } = await session.call('getRights', { sEntryId: entryId, ulType: ACCESS_TYPE_GRANT });
  return {
    path,
    comment: (properties.get(tags.PR_COMMENT) as string | undefined) ?? null,
    containerClass: (properties.get(tags.PR_CONTAINER_CLASS) as string | undefined) ?? null,
    hidden: properties.get(tags.PR_ATTR_HIDDEN) === true,
    everyone: pRightsArray.find(({ ulUserid }) => ulUserid === EVERYONE_ID)?.ulRights ?? null,
  };
}

async function receiveFolders(
  session: Session,
  { storeId }: BareStore,
  paths: ReadonlyMap<string, string>,
): Promise<Record<string, string>> {
  const { sFolderArray } = await session.call('getReceiveFolderTable', { sStoreId: storeId });
  return Object.fromEntries(
    sFolderArray.map(({ lpszAExplicitClass = '', sEntryId }) => [lpszAExplicitClass, paths.get(hex(sEntryId))!]),
  );
}

/** The properties that are wanted, under their names, entry ids as paths. */
function pick(properties: Properties, wanted: Described, paths: ReadonlyMap<string, string>): Described {
  const pathOf = (id: Buffer): string => (id.length === 0 ? '' : (paths.get(hex(id)) ?? `unknown ${hex(id)}`));
  const describe = (name: string, value: PropertyValue | undefined): unknown => {
    if (name === 'PR_IPM_OL2007_ENTRYIDS')
      return decodePersistData(value as Buffer).map(({ persistId, entryId }) => [persistId, pathOf(entryId)]);
    // The server says itself in which list of its folder a message is.
    if (name === 'PR_MESSAGE_FLAGS') return (value as number) & ~MSGFLAG_LIST;
    if (Buffer.isBuffer(value)) return pathOf(value);
    return Array.isArray(value) ? (value as Buffer[]).map(pathOf) : value;
  };
  return Object.fromEntries(
    Object.keys(wanted).map((name) => [name, describe(name, properties.get(tagNamed.get(name)!))]),
  );
}

const hex = (id: Buffer): string => id.toString('hex');
const bytes = (row: Properties, tag: number): Buffer => row.get(tag) as Buffer;
