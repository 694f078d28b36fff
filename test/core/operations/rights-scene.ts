import { EVERYONE_ID } from '../../../core/directory/well-known.ts';
import { fnevObjectCreated, type ICS_SYNC_CONTENTS, type ICS_SYNC_HIERARCHY } from '../../../core/mapi/change-types.ts';
import { entryIdOf, newGuid, storeGuidOf } from '../../../core/mapi/entry-id.ts';
import {
  FOLDER_GENERIC,
  FOLDER_SEARCH,
  MAPI_ATTACH,
  MAPI_FOLDER,
  MAPI_MESSAGE,
  MAPI_STORE,
  STORE_PRIVATE,
  STORE_PUBLIC,
} from '../../../core/mapi/object-types.ts';
import {
  ACCESS_TYPE_GRANT,
  ecRightsCreate,
  ecRightsCreateSubfolder,
  ecRightsDeleteAny,
  ecRightsDeleteOwned,
  ecRightsEditAny,
  ecRightsEditOwned,
  ecRightsFolderVisible,
  ecRightsReadAny,
  RIGHT_NEW,
} from '../../../core/mapi/rights.ts';
import * as tags from '../../../core/mapi/tags.ts';
import type { Door } from '../../../core/operations/context.ts';
import { perform } from '../../../core/operations/frame.ts';
import type { Platform } from '../../../core/platform/platform.ts';
import {
  type Answer,
  type ArgumentsDraft,
  type Draft,
  decodeRequest,
  encodeRequest,
  type OperationName,
  operations,
  type Result,
  streamResponse,
} from '../../../core/soap/index.ts';
import { type Client, codeOf, createUser, openSite } from './site.ts';

export interface Person {
  readonly id: number;
  readonly entryId: Buffer;
  readonly name: string;
  readonly sessionId: bigint;
}

/** A store with the folders that a test needs. */
export interface Mailbox {
  readonly store: Buffer;
  readonly root: Buffer;
  readonly inbox: Buffer;
}

/** Something of a store, by all its names. */
export interface Thing {
  readonly id: number;
  readonly entryId: Buffer;
  readonly sourceKey: Buffer;
}

/** A message with an attachment, whose data has an instance id. */
export interface Message extends Thing {
  readonly attachmentId: number;
  readonly instanceId: Buffer;
}

/** What was asked and what was answered, with all bytes of both. */
export interface Exchange<Name extends OperationName> {
  readonly answer: Answer<Name>;
  readonly code: number;
  readonly request: string;
  readonly response: string;
}

/** Is in all texts and data that only readers may see; in base 64 too, where the data begins with it. */
export const SECRET = 'SECRET';

const READ = ecRightsReadAny | ecRightsFolderVisible;
/** Rights of the roles that have some. */
const GRANTED: Readonly<Record<string, number>> = {
  reader: READ,
  author: READ | ecRightsCreate | ecRightsEditOwned | ecRightsDeleteOwned,
  secretary: READ | ecRightsCreate | ecRightsEditAny | ecRightsDeleteAny,
};

/** Tables that a call may change though it is refused: when a session was last used, and which numbers were given out. */
const NOT_COMPARED: ReadonlySet<string> = new Set(['session', 'sequence', 'setting', 'migration', 'schema_migration']);
/** Tables of the calling session: what changes there leaves the scene as it is. */
const OF_THE_SESSION: ReadonlySet<string> = new Set(['open_table', 'subscription']);

/**
 * Somebody's mailbox and those who call. Things are made when they are first
 * asked for, and made anew after a call that changed something.
 */
export class Scene implements AsyncDisposable {
  readonly platform: Platform;
  readonly system: Client;
  readonly people: ReadonlyMap<string, Person>;
  readonly #dispose: () => Promise<void>;
  readonly #mailboxes = new Map<string, Mailbox>();
  readonly #sessions: (name: string) => Promise<bigint>;
  #things = new Map<string, Promise<unknown>>();
  #secrets: string[] = [SECRET, Buffer.from(SECRET).toString('base64').replace(/=+$/, '')];
  #count = 0;
  #tables: string[] | undefined;

  private constructor(
    platform: Platform,
    system: Client,
    people: ReadonlyMap<string, Person>,
    sessions: (name: string) => Promise<bigint>,
    dispose: () => Promise<void>,
  ) {
    this.platform = platform;
    this.system = system;
    this.people = people;
    this.#sessions = sessions;
    this.#dispose = dispose;
  }

  /** `people`: login name and admin level of each; one of them is `owner` (with hosted mode of the company `blue`). */
  static async open(
    people: Readonly<Record<string, { readonly login: string; readonly level: number }>>,
    companies: readonly string[] = [],
  ): Promise<Scene> {
    const site = await openSite({ hosted: companies.length > 0 });
    const system = await site.client();
    for (const lpszCompanyname of companies)
      await must(system.call('createCompany', { lpsCompany: company(lpszCompanyname) }));
    const sessions = async (login: string) => (await site.client(login)).sessionId;
    const found = new Map<string, Person>();
    for (const [name, { login, level }] of Object.entries(people)) {
      const user = await createUser(system, login, { lpszPassword: '', ulIsAdmin: level });
      found.set(name, { ...user, name: login, sessionId: await sessions(login) });
    }
    const scene = new Scene(site.platform, system, found, sessions, async () => {
      await site[Symbol.asyncDispose]();
    });
    await scene.mailbox('owner');
    return scene;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#dispose();
  }

  person(name: string): Person {
    return this.people.get(name)!;
  }

  get owner(): Person {
    return this.person('owner');
  }

  logon(name: string): Promise<bigint> {
    return this.#sessions(this.person(name).name);
  }

  /** A name that nobody has yet. */
  newName(prefix: string): string {
    this.#count++;
    return `${prefix}${this.#count}`;
  }

  /** Calls over the wire: what is sent is encoded and decoded, and so is the answer. */
  async exchange<Name extends OperationName>(
    name: Name,
    sessionId: bigint,
    args: object,
    door: Door = 'trusted',
  ): Promise<Exchange<Name>> {
    const session = operations[name].session ? { [Object.keys(operations[name].parameters)[0]!]: sessionId } : {};
    const encoded = encodeRequest(name, { ...session, ...args } as unknown as ArgumentsDraft<Name>);
    const request = decodeRequest(encoded.body, encoded.contentType);
    const answer = (await perform(this.platform, { request, door, address: '192.0.2.1' })) as Answer<Name>;
    const pieces: Uint8Array[] = [];
    for await (const piece of streamResponse(name, answer).body) pieces.push(piece);
    return {
      answer,
      code: codeOf(answer),
      request: encoded.body.toString('latin1'),
      response: Buffer.concat(pieces).toString('latin1'),
    };
  }

  /** The same where it must succeed. */
  async call<Name extends OperationName>(name: Name, sessionId: bigint, args: object = {}): Promise<Result<Name>> {
    const { answer, code } = await this.exchange(name, sessionId, args);
    if (code !== 0) throw new Error(`${name} answered 0x${code.toString(16)} while the scene was set`);
    return answer as Result<Name>;
  }

  as<Name extends OperationName>(name: Name, args: object = {}): Promise<Result<Name>> {
    return this.call(name, this.owner.sessionId, args);
  }

  asSystem<Name extends OperationName>(name: Name, args: object = {}): Promise<Result<Name>> {
    return this.call(name, this.system.sessionId, args);
  }

  /** What an answer tells that its request did not: the first secret of it. */
  leak({ request, response }: { readonly request: string; readonly response: string }): string | undefined {
    return this.#secrets.find((secret) => response.includes(secret) && !request.includes(secret));
  }

  /** From now on nobody but readers may be told this. */
  keepSecret(value: Uint8Array | string): void {
    this.#secrets.push(typeof value === 'string' ? value : Buffer.from(value).toString('base64'));
  }

  /** The state of all tables, by which changes are found. */
  async digest(): Promise<ReadonlyMap<string, number>> {
    const { database } = this.platform;
    this.#tables ??= (
      await database.query<{ name: string }>(
        `SELECT table_name AS name FROM information_schema.tables
         WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE'`,
      )
    )
      .map(({ name }) => name)
      .filter((name) => !NOT_COMPARED.has(name));
    const list = this.#tables.map((name) => `\`${name}\``).join(', ');
    const rows = await database.query<{ Table: string; Checksum: number }>(`CHECKSUM TABLE ${list}`);
    return new Map(rows.map((row) => [row.Table.split('.').at(-1)!, Number(row.Checksum)]));
  }

  /** Tables that differ between two digests. */
  changes(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): string[] {
    return [...after].filter(([table, sum]) => before.get(table) !== sum).map(([table]) => table);
  }

  /** Makes things anew where what they consist of has changed. */
  forget(changed: readonly string[]): void {
    if (changed.some((table) => !OF_THE_SESSION.has(table))) this.#things = new Map();
  }

  /** Makes a thing once, until something changed. */
  #once<T>(name: string, make: () => Promise<T>): Promise<T> {
    const known = this.#things.get(name) as Promise<T> | undefined;
    if (known) return known;
    const made = make();
    this.#things.set(name, made);
    return made;
  }

  // -------------------------------------------------------------------------
  // Stores and what is in them

  /** The mailbox of somebody, who keeps it until a call takes it away. */
  async mailbox(name: string): Promise<Mailbox> {
    const person = this.person(name);
    const known = this.#mailboxes.get(name);
    if (known && name === 'owner') return known;
    if (known && (await this.exchange('getStore', person.sessionId, {})).code === 0) return known;
    const mailbox = await this.#newStore(person.id);
    const folder = { sParentId: mailbox.root, ulType: FOLDER_GENERIC, szName: 'Inbox' };
    const { sEntryId: inbox } = await this.call('createFolder', person.sessionId, folder);
    await this.call('setReceiveFolder', person.sessionId, { sStoreId: mailbox.store, lpsEntryId: inbox });
    const made = { ...mailbox, inbox };
    this.#mailboxes.set(name, made);
    return made;
  }

  async #newStore(ulUserId: number, ulStoreType = STORE_PRIVATE): Promise<Pick<Mailbox, 'store' | 'root'>> {
    const guid = newGuid();
    const [store, root] = [entryIdOf(guid, MAPI_STORE), entryIdOf(guid, MAPI_FOLDER)];
    await this.asSystem('createStore', { ulStoreType, ulUserId, sStoreId: store, sRootId: root });
    return { store, root };
  }

  publicStore(): Promise<unknown> {
    return this.#once('public store', async () => {
      const { answer, code } = await this.exchange('getPublicStore', this.system.sessionId, {});
      return code === 0 ? answer : this.#newStore(EVERYONE_ID, STORE_PUBLIC);
    });
  }

  /** A folder with rights for those who have some. */
  folder(which = 'folder'): Promise<Thing> {
    return this.#once(which, async () => {
      const { root } = await this.mailbox('owner');
      const made = await this.folderIn(root, this.newName(`${SECRET} ${which} `));
      await this.grant(
        made.entryId,
        [...this.people].flatMap(([role, { id }]) => (GRANTED[role] ? [{ id, rights: GRANTED[role] }] : [])),
      );
      return made;
    });
  }

  /** A folder where everybody may do much, so that only the other end of a copy decides. */
  drop(): Promise<Thing> {
    return this.#once('drop', async () => {
      const { root } = await this.mailbox('owner');
      const made = await this.folderIn(root, this.newName('drop '), false);
      // Without the right to read: what one copies there the others don't see.
      const rights = ecRightsCreate | ecRightsCreateSubfolder;
      await this.grant(made.entryId, [{ id: EVERYONE_ID, rights }]);
      return made;
    });
  }

  /** A folder below the folder, with the same rights, or with none at all. */
  subfolder(hidden = false): Promise<Thing & { readonly name: string }> {
    return this.#once(`subfolder ${hidden}`, async () => {
      const name = `${hidden ? 'HIDDEN' : SECRET} below`;
      const made = await this.folderIn((await this.folder()).entryId, name);
      if (hidden)
        await this.grant(
          made.entryId,
          [...this.people].flatMap(([role, { id }]) => (GRANTED[role] ? [{ id, rights: 0 }] : [])),
        );
      return { ...made, name };
    });
  }

  searchFolder(): Promise<Thing> {
    return this.#once('search folder', async () => {
      const folder = await this.folder();
      const made = await this.folderIn(folder.entryId, `${SECRET} search`, true, FOLDER_SEARCH);
      await this.exchange('tableSetSearchCriteria', this.owner.sessionId, this.searchOf(made, folder));
      return made;
    });
  }

  searchOf(search: Thing, folder: Thing) {
    const lpRestrict: Draft<'restrictTable'> = { ulType: RES_EXIST, lpExist: { ulPropTag: tags.PR_SUBJECT } };
    return { sEntryId: search.entryId, lpRestrict, lpFolders: [folder.entryId], ulFlags: 0 };
  }

  async folderIn(parent: Buffer, szName: string, secret = true, ulType = FOLDER_GENERIC): Promise<Thing> {
    const { sEntryId } = await this.as('createFolder', { sParentId: parent, ulType, szName });
    const thing = await this.thing(sEntryId);
    if (secret) this.#keepSecret(thing);
    return thing;
  }

  #keepSecret({ entryId, sourceKey }: Thing): void {
    this.keepSecret(entryId);
    this.keepSecret(sourceKey);
  }

  grant(sEntryId: Buffer, list: readonly { readonly id: number; readonly rights: number }[]): Promise<unknown> {
    return this.as('setRights', {
      sEntryId,
      lpsrightsArray: list.map(({ id, rights }) => ({
        ulUserid: id,
        ulType: ACCESS_TYPE_GRANT,
        ulRights: rights,
        ulState: RIGHT_NEW,
      })),
    });
  }

  async thing(entryId: Buffer): Promise<Thing> {
    const [row] = await this.platform.database.query<{ id: number; source_key: Buffer }>(
      'SELECT id, source_key FROM object WHERE entry_id = :entryId',
      { entryId },
    );
    return { id: row!.id, entryId, sourceKey: row!.source_key };
  }

  /** A message of the owner in the folder. */
  message(): Promise<Message> {
    return this.#once('message', async () => this.messageIn((await this.folder()).entryId));
  }

  /** A message in the folder that somebody created when he still might. */
  ownMessage(name: string): Promise<Message> {
    return this.#once(`message of ${name}`, async () => {
      const message = await this.messageIn((await this.folder()).entryId);
      await this.platform.database.execute('UPDATE object SET owner_id = :owner WHERE id = :id', {
        owner: this.person(name).id,
        id: message.id,
      });
      return message;
    });
  }

  /** A message right in the root folder of the owner's store. */
  rootMessage(): Promise<Message> {
    return this.#once('root message', async () => this.messageIn((await this.mailbox('owner')).root));
  }

  /** A message that waits to be sent. */
  submitted(): Promise<Message> {
    return this.#once('submitted', async () => {
      const message = await this.messageIn((await this.folder()).entryId);
      await this.as('submitMessage', { sEntryId: message.entryId });
      return message;
    });
  }

  async messageIn(folder: Buffer, session = this.owner.sessionId): Promise<Message> {
    const sEntryId = entryIdOf(storeGuidOf(folder), MAPI_MESSAGE);
    const lpsSaveObj = aMessage(`${SECRET} subject`, [
      attachment({ modProps: [binary(tags.PR_ATTACH_DATA_BIN, Buffer.from(`${SECRET} data`))] }),
    ]);
    const { sSaveObject } = await this.call('saveObject', session, { sParentEntryId: folder, sEntryId, lpsSaveObj });
    const [saved] = sSaveObject.children;
    const thing = await this.thing(sEntryId);
    this.#keepSecret(thing);
    return { ...thing, attachmentId: saved!.ulServerId, instanceId: saved!.lpInstanceIds![0]! };
  }

  /** A message as a stream. */
  stream(): Promise<Buffer> {
    return this.#once('stream', async () => {
      const { entryId } = await this.message();
      const request = {
        ulSessionId: this.owner.sessionId,
        ulFlags: 0,
        sPropTags: [],
        'param-1': [{ sParentKey: Buffer.alloc(0), sObjectKey: entryId }],
        ulPropTag: tags.PR_ENTRYID,
      };
      const answer = (await perform(this.platform, {
        request: { operation: 'exportMessageChangesAsStream', args: request, attachments: new Map() },
        door: 'trusted',
        address: '192.0.2.1',
      })) as Result<'exportMessageChangesAsStream'>;
      const pieces: Uint8Array[] = [];
      const data = answer.sMsgStreams[0]!.sStreamData as Uint8Array | AsyncIterable<Uint8Array>;
      if (data instanceof Uint8Array) return Buffer.from(data);
      for await (const piece of data) pieces.push(piece);
      return Buffer.concat(pieces);
    });
  }

  // -------------------------------------------------------------------------
  // What belongs to sessions

  /** Another session of the owner, with an open table, and a subscription of connection 77. */
  otherSession(): Promise<{ readonly sessionId: bigint; readonly tableId: number }> {
    return this.#once('other session', async () => {
      const sessionId = await this.logon('owner');
      const folder = await this.folder();
      await this.message();
      const table = { sEntryId: folder.entryId, ulTableType: 1, ulType: MAPI_MESSAGE };
      const { ulTableId } = await this.call('tableOpen', sessionId, table);
      const subscription = { ulConnection: 77, sKey: folder.entryId, ulEventMask: fnevObjectCreated };
      await this.call('notifySubscribe', sessionId, { notifySubscribe: subscription });
      return { sessionId, tableId: ulTableId };
    });
  }

  /** A sync of the owner of the messages in the folder, which has come far. */
  sync(type: typeof ICS_SYNC_CONTENTS | typeof ICS_SYNC_HIERARCHY): Promise<number> {
    return this.#once(`sync ${type}`, async () => this.syncOf((await this.folder()).sourceKey, type));
  }

  async syncOf(sSourceKeyFolder: Buffer, ulChangeType: number): Promise<number> {
    const { ulSyncId } = await this.as('setSyncStatus', { sSourceKeyFolder, ulChangeType });
    return ulSyncId;
  }

  // -------------------------------------------------------------------------
  // Principals

  /** Domain of new principals: their company with hosted mode. */
  get #company(): string {
    return this.owner.name.replace(/^[^@]*/, '');
  }

  newcomer(level = 0): Promise<{ readonly id: number; readonly name: string }> {
    return this.#once(`newcomer ${level}`, () => {
      const name = `${this.newName('newcomer')}${this.#company}`;
      return createUser(this.system, name, { lpszPassword: '', ulIsAdmin: level });
    });
  }

  /** Somebody with a store. */
  newcomerWithStore(): Promise<{ readonly id: number; readonly entryId: Buffer; readonly storeGuid: Buffer }> {
    return this.#once('newcomer with store', async () => {
      const name = `${this.newName('tenant')}${this.#company}`;
      const user = await createUser(this.system, name, { lpszPassword: '' });
      const { store } = await this.#newStore(user.id);
      return { ...user, storeGuid: storeGuidOf(store) };
    });
  }

  /** The GUID of a store that is nobody's, though it was a colleague's of the owner. */
  orphan(): Promise<Buffer> {
    return this.#once('orphan', async () => {
      const { entryId, storeGuid } = await this.newcomerWithStore();
      await this.asSystem('unhookStore', { ulStoreType: STORE_PRIVATE, sUserId: entryId });
      this.keepSecret(storeGuid);
      return storeGuid;
    });
  }

  group(): Promise<number> {
    return this.#once('group', async () => {
      const name = this.newName('group');
      const lpsGroup = { lpszGroupname: name, lpszFullname: name };
      const { ulGroupId } = await this.asSystem('createGroup', { lpsGroup });
      await this.asSystem('addGroupUser', { ulGroupId, ulUserId: this.owner.id });
      return ulGroupId;
    });
  }

  groupName(): Promise<string> {
    return this.#once('group name', async () => {
      const { lpsGroup } = await this.asSystem('getGroup', { ulGroupId: await this.group() });
      return lpsGroup!.lpszGroupname!;
    });
  }

  async companyId(lpszCompanyname: string): Promise<number> {
    return (await this.asSystem('resolveCompanyname', { lpszCompanyname })).ulCompanyId;
  }
}

const RES_EXIST = 8;

/** A text property as it travels. */
export const text = (ulPropTag: number, value: string): Draft<'propVal'> => ({
  ulPropTag,
  Value: { name: 'lpszA', value },
});

export const binary = (ulPropTag: number, value: Buffer): Draft<'propVal'> => ({
  ulPropTag,
  Value: { name: 'bin', value },
});

/** A new message. */
export const aMessage = (subject: string, children: readonly Draft<'saveObject'>[] = []): Draft<'saveObject'> => ({
  ulObjType: MAPI_MESSAGE,
  modProps: [text(tags.PR_SUBJECT, subject), text(tags.PR_MESSAGE_CLASS, 'IPM.Note')],
  children: [...children],
});

export const attachment = (more: Partial<Draft<'saveObject'>>): Draft<'saveObject'> => ({
  ulObjType: MAPI_ATTACH,
  ulClientId: 1,
  modProps: [],
  children: [],
  ...more,
});

/** A company as a client sends it. */
export const company = (lpszCompanyname: string) => ({
  lpszCompanyname,
  ulAdministrator: 0,
  sAdministrator: Buffer.alloc(0),
  sCompanyId: Buffer.alloc(0),
  ulCompanyId: 0,
  ulIsABHidden: 0,
});

async function must<T extends object>(answer: Promise<T>): Promise<T> {
  const got = await answer;
  if (codeOf(got) !== 0) throw new Error(`the scene can't be set: 0x${codeOf(got).toString(16)}`);
  return got;
}
