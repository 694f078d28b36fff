import assert from 'node:assert/strict';
import { entryIdOf, storeGuidOf } from '../../../core/mapi/entry-id.ts';
import { KCERR_NOT_FOUND, KCERR_OBJECT_DELETED, KCWARN_PARTIAL_COMPLETION } from '../../../core/mapi/error-codes.ts';
import { MAPI_ATTACH, MAPI_FOLDER, MAPI_MAILUSER, MAPI_MESSAGE } from '../../../core/mapi/object-types.ts';
import { PR_ATTACH_DATA_BIN, PR_BODY, PR_DISPLAY_NAME, PR_MESSAGE_CLASS, PR_SUBJECT } from '../../../core/mapi/tags.ts';
import type { Database } from '../../../core/platform/database.ts';
import type { Draft } from '../../../core/soap/index.ts';
import { deliverToInbox } from '../../../core/store/delivery.ts';
import { ownSize } from '../../../core/store/object-size.ts';
import { unpackProperties, valueSize } from '../../../core/store/property-document.ts';
import { purgeSoftDeleted } from '../../../core/store/purge.ts';
import { setReceiveFolder } from '../../../core/store/receive-folders.ts';
import { type Mailbox, open, systemIdentity } from '../store/a-server.ts';
import { resultOf, type Service, type ServiceClient } from './a-service.ts';
import { type Random, seeded } from './random.ts';

/** Flags of copies and deletions. */
const MOVE = 0x01;
const COPY_SUBFOLDERS = 0x10;
const DELETE_ALL = 0x01 | 0x04 | 0x08;
const HARD_DELETE = 0x10;
/** From so many messages on no more folders are copied. */
const MOST_MESSAGES = 300;
/** What was gone, or half gone, is no failure here. */
const FINE = [0, KCERR_NOT_FOUND, KCERR_OBJECT_DELETED, KCWARN_PARTIAL_COMPLETION];

type Row = { readonly id: number; readonly entry_id: Buffer };

/** Does to a mailbox what clients, deliveries and administrators do, at random but the same for a seed. */
export class StoreTraffic {
  /** How often each act was done. */
  readonly acts = new Map<string, number>();
  readonly #service: Service;
  readonly #mailbox: Mailbox;
  readonly #client: ServiceClient;
  readonly #random: Random;
  #delivered = 0;

  private constructor(service: Service, mailbox: Mailbox, client: ServiceClient, seed: number) {
    this.#service = service;
    this.#mailbox = mailbox;
    this.#client = client;
    this.#random = seeded(seed);
  }

  static async begin(service: Service, name: string, seed: number): Promise<StoreTraffic> {
    const mailbox = await service.server.mailbox(name);
    await setReceiveFolder(mailbox.actor, await open(mailbox.actor, mailbox.storeEntryId), mailbox.inbox, 'IPM');
    return new StoreTraffic(service, mailbox, await service.client(mailbox), seed);
  }

  /** One act more. */
  async act(): Promise<void> {
    const [name, run] = this.#random.pick(this.#acts);
    this.acts.set(name, (this.acts.get(name) ?? 0) + 1);
    await run();
  }

  readonly #acts: readonly (readonly [string, () => Promise<unknown>])[] = [
    ['create', () => this.#create()],
    ['create', () => this.#create()],
    ['create', () => this.#create()],
    ['deliver', () => this.#deliver()],
    ['deliver', () => this.#deliver()],
    ['modify', () => this.#modify()],
    ['modify', () => this.#modify()],
    ['change attachments', () => this.#changeAttachments()],
    ['copy', () => this.#copy(0)],
    ['move', () => this.#copy(MOVE)],
    ['soft-delete', () => this.#delete(0)],
    ['soft-delete', () => this.#delete(0)],
    ['hard-delete', () => this.#delete(HARD_DELETE)],
    ['restore', () => this.#restore()],
    ['read flags', () => this.#readFlags()],
    ['create folder', () => this.#createFolder()],
    ['copy folder', () => this.#copyWholeFolder()],
    ['move folder', () => this.#copyFolder(MOVE)],
    ['delete folder', () => this.#deleteFolder()],
    ['restore folder', () => this.#restoreFolder()],
    ['empty folder', () => this.#emptyFolder()],
    ['purge', () => this.#purge()],
  ];

  #expect(answer: object): void {
    const code = resultOf(answer);
    assert.ok(FINE.includes(code), `an operation answered 0x${code.toString(16)}`);
  }

  /** Some objects of the store, at random. */
  async #some(kind: number, count: number, deleted = 0): Promise<Row[]> {
    const { store } = await open(this.#mailbox.actor, this.#mailbox.storeEntryId);
    const rows = await this.#service.server.platform.database.query<Row>(
      `SELECT id, entry_id FROM object WHERE store_id = :storeId AND kind = :kind AND deleted = :deleted
         AND entry_id IS NOT NULL AND id <> :rootId ORDER BY id`,
      { storeId: store.id, rootId: store.rootId, kind, deleted },
    );
    return rows.length === 0 ? [] : Array.from({ length: count }, () => this.#random.pick(rows));
  }

  async #folder(): Promise<Buffer> {
    const [folder] = this.#random.chance(0.3) ? [] : await this.#some(MAPI_FOLDER, 1);
    return folder?.entry_id ?? this.#mailbox.inbox;
  }

  /** Sizes on both sides of where values leave their row, and of where they leave the database. */
  #size(): number {
    return this.#random.pick([0, 10, 1_000, 1_030, 5_000, 16_500, 40_000]);
  }

  #properties(): Draft<'propVal'>[] {
    const subject = 'x'.repeat(this.#random.below(200));
    return [
      { ulPropTag: PR_MESSAGE_CLASS, Value: { name: 'lpszA', value: 'IPM.Note' } },
      { ulPropTag: PR_SUBJECT, Value: { name: 'lpszA', value: subject } },
      { ulPropTag: PR_BODY, Value: { name: 'lpszA', value: 'ä'.repeat(this.#size()) } },
    ];
  }

  #attachment(): Draft<'saveObject'> {
    const data = Buffer.alloc(this.#size(), this.#random.below(4));
    const modProps: Draft<'propVal'>[] = [{ ulPropTag: PR_ATTACH_DATA_BIN, Value: { name: 'bin', value: data } }];
    const embedded = { ulObjType: MAPI_MESSAGE, modProps: this.#properties() };
    return { ulObjType: MAPI_ATTACH, modProps, children: this.#random.chance(0.2) ? [embedded] : [] };
  }

  #recipient(): Draft<'saveObject'> {
    const value = `Recipient ${this.#random.below(1000)}`;
    return { ulObjType: MAPI_MAILUSER, modProps: [{ ulPropTag: PR_DISPLAY_NAME, Value: { name: 'lpszA', value } }] };
  }

  async #create(): Promise<void> {
    const children = Array.from({ length: this.#random.below(4) }, () =>
      this.#random.chance(0.5) ? this.#attachment() : this.#recipient(),
    );
    this.#expect(
      await this.#client.call('saveObject', {
        sParentEntryId: await this.#folder(),
        sEntryId: entryIdOf(storeGuidOf(this.#mailbox.storeEntryId), MAPI_MESSAGE),
        ulFlags: this.#random.chance(0.1) ? 0x40 : 0,
        lpsSaveObj: { ulObjType: MAPI_MESSAGE, modProps: this.#properties(), children },
      }),
    );
  }

  async #deliver(): Promise<void> {
    // Now and then the same mail comes twice.
    const mailId = `traffic ${this.#random.chance(0.8) ? ++this.#delivered : this.#delivered}`;
    const properties = new Map([
      [PR_MESSAGE_CLASS, 'IPM.Note'],
      [PR_BODY, 'y'.repeat(this.#size())],
    ]);
    const attachment = {
      kind: MAPI_ATTACH,
      properties: new Map([[PR_ATTACH_DATA_BIN, Buffer.alloc(this.#size())]]),
      children: [],
    };
    const { platform, clock } = this.#service.server;
    await deliverToInbox(platform, {
      mailId,
      recipient: this.#mailbox.principalId,
      now: clock.now(),
      tree: { kind: MAPI_MESSAGE, properties, children: this.#random.chance(0.5) ? [attachment] : [] },
    });
  }

  async #save(message: Row, change: Partial<Draft<'saveObject'>>): Promise<void> {
    this.#expect(
      await this.#client.call('saveObject', {
        sParentEntryId: this.#mailbox.inbox,
        sEntryId: message.entry_id,
        lpsSaveObj: { ulObjType: MAPI_MESSAGE, ulServerId: message.id, ...change },
      }),
    );
  }

  async #modify(): Promise<void> {
    const [message] = await this.#some(MAPI_MESSAGE, 1);
    if (!message) return;
    if (this.#random.chance(0.2)) await this.#save(message, { delProps: [PR_BODY] });
    else await this.#save(message, { modProps: this.#properties() });
  }

  async #changeAttachments(): Promise<void> {
    const [message] = await this.#some(MAPI_MESSAGE, 1);
    if (!message) return;
    const below = await this.#service.server.platform.database.query<{ id: number; kind: number }>(
      'SELECT id, kind FROM object WHERE parent_id = :id ORDER BY id',
      { id: message.id },
    );
    const gone = below
      .filter(() => this.#random.chance(0.4))
      .map(({ id, kind }) => ({ ulObjType: kind, ulServerId: id, bDelete: true }));
    await this.#save(message, { children: [...gone, this.#attachment()] });
  }

  async #copy(ulFlags: number): Promise<void> {
    const messages = await this.#some(MAPI_MESSAGE, 1 + this.#random.below(4));
    if (messages.length === 0) return;
    this.#expect(
      await this.#client.call('copyObjects', {
        aMessages: messages.map((message) => message.entry_id),
        sDestFolderId: await this.#folder(),
        ulFlags,
      }),
    );
  }

  async #delete(ulFlags: number): Promise<void> {
    const messages = await this.#some(MAPI_MESSAGE, 1 + this.#random.below(3), this.#random.chance(0.2) ? 1 : 0);
    this.#expect(
      await this.#client.call('deleteObjects', { aMessages: messages.map((message) => message.entry_id), ulFlags }),
    );
  }

  /** Clients restore by moving what was deleted. */
  async #restore(): Promise<void> {
    const messages = await this.#some(MAPI_MESSAGE, 1 + this.#random.below(2), 1);
    if (messages.length === 0) return;
    this.#expect(
      await this.#client.call('copyObjects', {
        aMessages: messages.map((message) => message.entry_id),
        sDestFolderId: await this.#folder(),
        ulFlags: MOVE,
      }),
    );
  }

  async #readFlags(): Promise<void> {
    const messages = await this.#some(MAPI_MESSAGE, 3);
    const ulFlags = this.#random.pick([0, 4]);
    this.#expect(await this.#client.call('setReadFlags', { lpMessages: messages.map((row) => row.entry_id), ulFlags }));
  }

  async #createFolder(): Promise<void> {
    const parent = this.#random.chance(0.5) ? this.#mailbox.rootEntryId : await this.#folder();
    const szName = `folder ${this.#random.below(1_000_000)}`;
    this.#expect(await this.#client.call('createFolder', { sParentId: parent, ulType: 1, szName }));
  }

  /** A folder that isn't the one that mail arrives in. */
  async #otherFolder(deleted = 0): Promise<Buffer | undefined> {
    const [folder] = await this.#some(MAPI_FOLDER, 1, deleted);
    return folder && !isSame(folder.entry_id, this.#mailbox.inbox) ? folder.entry_id : undefined;
  }

  async #copyFolder(ulFlags: number, folder?: Buffer): Promise<void> {
    const sEntryId = folder ?? (await this.#otherFolder());
    if (!sEntryId) return;
    const sDestFolderId = this.#random.chance(0.5) ? this.#mailbox.rootEntryId : await this.#folder();
    const lpszNewFolderName = `copy ${this.#random.below(1_000_000)}`;
    // A folder in itself is refused.
    await this.#client.call('copyFolder', { sEntryId, sDestFolderId, lpszNewFolderName, ulFlags });
  }

  /** Copies of copies would soon be all that there is. */
  async #copyWholeFolder(): Promise<void> {
    const [counted] = await this.#service.server.platform.database.query<{ messages: number }>(
      `SELECT COUNT(*) AS messages FROM object WHERE kind = ${MAPI_MESSAGE}`,
    );
    if (counted!.messages < MOST_MESSAGES) await this.#copyFolder(COPY_SUBFOLDERS);
  }

  async #restoreFolder(): Promise<void> {
    const folder = await this.#otherFolder(1);
    if (folder) await this.#copyFolder(MOVE, folder);
  }

  async #deleteFolder(): Promise<void> {
    const sEntryId = await this.#otherFolder();
    if (!sEntryId) return;
    const ulFlags = DELETE_ALL | (this.#random.chance(0.3) ? HARD_DELETE : 0);
    this.#expect(await this.#client.call('deleteFolder', { sEntryId, ulFlags }));
  }

  async #emptyFolder(): Promise<void> {
    if (this.#random.chance(0.7)) return;
    const ulFlags = this.#random.chance(0.3) ? HARD_DELETE : 0;
    this.#expect(await this.#client.call('emptyFolder', { sEntryId: await this.#folder(), ulFlags }));
  }

  async #purge(): Promise<void> {
    const { actor } = this.#service.server;
    await purgeSoftDeleted(actor(systemIdentity), this.#random.pick([0, 1]));
  }
}

const isSame = (one: Buffer, other: Buffer): boolean => one.subarray(4, 40).equals(other.subarray(4, 40));

/** Asserts that the size of every object is that of what it holds: its properties, and the objects below. */
export async function assertObjectSizesRight(database: Database): Promise<number> {
  const rows: { id: number; parent_id: number; kind: number; size: number; own: number }[] = [];
  for (let last = 0; ; ) {
    const page = await database.query<{
      id: number;
      parent_id: number;
      kind: number;
      size: number;
      props: string;
      overflow: string | null;
    }>(
      `SELECT id, parent_id, kind, size, props, overflow FROM object
       WHERE id > :last AND kind IN (${MAPI_MESSAGE}, ${MAPI_ATTACH}, ${MAPI_MAILUSER}) ORDER BY id LIMIT 15`,
      { last },
    );
    for (const { props, overflow, ...row } of page) {
      const { values, large } = unpackProperties(props, overflow);
      const inBlobs = [...large.values()].filter(({ blob }) => blob !== undefined);
      const bytes =
        [...values.values()].reduce<number>((sum, value) => sum + valueSize(value), 0) +
        inBlobs.reduce((sum, { size }) => sum + size, 0);
      rows.push({ ...row, own: ownSize(bytes, values.size + inBlobs.length) });
    }
    if (page.length < 15) break;
    last = page.at(-1)!.id;
  }
  const below = new Map<number, number>();
  for (const { parent_id, size } of rows) below.set(parent_id, (below.get(parent_id) ?? 0) + size);
  const wrong = rows.filter(({ id, size, own }) => size !== own + (below.get(id) ?? 0));
  assert.deepEqual(wrong, [], 'object sizes');
  return rows.length;
}
