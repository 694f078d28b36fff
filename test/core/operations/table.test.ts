import assert from 'node:assert/strict';
import test from 'node:test';
import { GLOBAL_ADDRESS_BOOK_ENTRY_ID } from '../../../core/directory/address-book-containers.ts';
import { TOUCH_INTERVAL } from '../../../core/directory/session.ts';
import {
  KCERR_BAD_VALUE,
  KCERR_INVALID_BOOKMARK,
  KCERR_INVALID_PARAMETER,
  KCERR_NO_ACCESS,
  KCERR_NO_SUPPORT,
  KCERR_NONE,
  KCERR_NOT_FOUND,
  KCERR_TOO_COMPLEX,
  KCWARN_POSITION_CHANGED,
} from '../../../core/mapi/error-codes.ts';
import { MAPI_ABCONT, MAPI_FOLDER, MAPI_MAILUSER, MAPI_MESSAGE } from '../../../core/mapi/object-types.ts';
import { type Property, type PropertyTag, propertyTag } from '../../../core/mapi/property.ts';
import { MV_INSTANCE, PT_ERROR, PT_MV_UNICODE, PT_STRING8, PT_UNICODE } from '../../../core/mapi/property-types.ts';
import { FL_IGNORECASE, FL_PREFIX, RELOP_EQ, RES_CONTENT, RES_PROPERTY } from '../../../core/mapi/restriction.ts';
import { ACCESS_TYPE_GRANT, ecRightsFolderVisible, ecRightsReadAny } from '../../../core/mapi/rights.ts';
import * as tags from '../../../core/mapi/tags.ts';
import type { Arguments, Draft } from '../../../core/soap/index.ts';
import type { Actor } from '../../../core/store/actor.ts';
import type { SaveTree } from '../../../core/store/save-tree.ts';
import { aMessage, folderIn, open, put, systemIdentity } from '../store/a-server.ts';
import { type Client, codeOf, createUser, openSite, type Site } from './site.ts';

const CONVENIENT_DEPTH = 1;
const MAPI_ASSOCIATED = 0x40;
const MAPI_UNICODE = 0x80000000;
const NOADVANCE = 1;
const BACKWARD = 1;
const DELETE_HARD_DELETE = 0x10;
const [BEGINNING, CURRENT, END] = [0, 1, 2];
const SUBJECT = propertyTag(tags.PR_SUBJECT >>> 16, PT_UNICODE);

interface Stage extends AsyncDisposable {
  readonly site: Site;
  readonly system: Client;
  readonly actor: Actor;
  readonly root: Buffer;
  readonly folder: Buffer;
}

/** SYSTEM with a folder of five messages, "a" to "e". */
async function aStage(): Promise<Stage> {
  const site = await openSite();
  const system = await site.client();
  const actor: Actor = { platform: site.platform, database: site.platform.database, identity: systemIdentity };
  const { sRootId } = await system.call('getStore');
  const root = Buffer.from(sRootId!);
  const folder = await folderIn(actor, root, 'Folder');
  for (const name of ['c', 'a', 'e', 'b', 'd']) await put(actor, folder, subject(name));
  return { site, system, actor, root, folder, [Symbol.asyncDispose]: () => site[Symbol.asyncDispose]() };
}

const subject = (value: string, ...more: Property[]): SaveTree => ({
  ...aMessage(),
  properties: [{ tag: tags.PR_MESSAGE_CLASS, value: 'IPM.Note' }, { tag: tags.PR_SUBJECT, value }, ...more],
});

/** An open table of subjects. */
class TestTable {
  readonly client: Client;
  readonly ulTableId: number;

  constructor(client: Client, ulTableId: number) {
    this.client = client;
    this.ulTableId = ulTableId;
  }

  static async open(
    client: Client,
    folder: Buffer,
    { type = MAPI_MESSAGE, flags = 0, columns = [SUBJECT] as PropertyTag[], sorted = true } = {},
  ): Promise<TestTable> {
    const { er, ulTableId } = await client.call('tableOpen', {
      sEntryId: folder,
      ulTableType: 1,
      ulType: type,
      ulFlags: flags,
    });
    assert.equal(er ?? 0, KCERR_NONE);
    const table = new TestTable(client, ulTableId!);
    await table.multi({
      lpSetColumns: columns,
      ...(sorted && {
        lpSort: { sSortOrder: [{ ulPropTag: columns[0]!, ulOrder: 0 }], ulCategories: 0, ulExpanded: 0 },
      }),
    });
    return table;
  }

  async multi(request: Partial<Arguments<'tableMulti'>['sRequest']>): Promise<unknown[][]> {
    const answer = await this.client.call('tableMulti', {
      sRequest: { ulTableId: this.ulTableId, ulFlags: 0, ...request },
    });
    assert.equal(codeOf(answer), KCERR_NONE);
    return valuesOf(answer.sRowSet);
  }

  async rows(ulRowCount = 100, ulFlags = 0): Promise<unknown[]> {
    const answer = await this.client.call('tableQueryRows', { ulTableId: this.ulTableId, ulRowCount, ulFlags });
    assert.equal(codeOf(answer), KCERR_NONE);
    return valuesOf(answer.sRowSet).map(([first]) => first);
  }

  async seek(ulBookmark: number, lRowCount: number): Promise<number> {
    const answer = await this.client.call('tableSeekRow', { ulTableId: this.ulTableId, ulBookmark, lRowCount });
    assert.equal(codeOf(answer), KCERR_NONE);
    return answer.lRowsSought ?? 0;
  }

  async find(prefix: string, ulBookmark: number, ulFlags = 0): Promise<number> {
    const lpsRestrict = startsWith(prefix);
    return codeOf(
      await this.client.call('tableFindRow', { ulTableId: this.ulTableId, ulBookmark, ulFlags, lpsRestrict }),
    );
  }

  async place(): Promise<[row: number, count: number]> {
    const { ulRow, ulCount } = await this.client.call('tableGetRowCount', { ulTableId: this.ulTableId });
    return [ulRow ?? 0, ulCount ?? 0];
  }

  async bookmark(): Promise<number> {
    return (await this.client.call('tableCreateBookmark', { ulTableId: this.ulTableId })).ulbkPosition!;
  }
}

const valuesOf = (rows: Draft<'rowSet'> | undefined): unknown[][] =>
  (rows ?? []).map((row) => row.map(({ Value }) => Value!.value));

const startsWith = (value: string): Arguments<'tableRestrict'>['lpRestrict'] & object => ({
  ulType: RES_CONTENT,
  lpContent: {
    ulFuzzyLevel: FL_PREFIX | FL_IGNORECASE,
    ulPropTag: SUBJECT,
    lpProp: { ulPropTag: SUBJECT, Value: { name: 'lpszA', value } },
  },
});

test('a table is read page by page, and an end is an end', async () => {
  await using stage = await aStage();
  const table = await TestTable.open(stage.system, stage.folder);
  assert.deepEqual(await table.rows(2, NOADVANCE), ['a', 'b']);
  assert.deepEqual(await table.rows(2), ['a', 'b']);
  assert.deepEqual(await table.place(), [2, 5]);
  assert.deepEqual(await table.rows(4_294_967_295), ['c', 'd', 'e']);
  assert.deepEqual(await table.rows(), []);
  assert.deepEqual(await table.place(), [5, 5]);
  await put(stage.actor, stage.folder, subject('z'));
  assert.deepEqual(await table.rows(), [], 'what comes behind the end is not read on');
  assert.deepEqual(await table.place(), [6, 6]);
});

test('seeking goes no further than the table and tells how far it went', async () => {
  await using stage = await aStage();
  const table = await TestTable.open(stage.system, stage.folder);
  assert.equal(await table.seek(BEGINNING, 3), 3);
  assert.deepEqual(await table.rows(1), ['d']);
  assert.equal(await table.seek(CURRENT, -2), -2);
  assert.deepEqual(await table.rows(1), ['c']);
  assert.equal(await table.seek(END, -1), -1);
  assert.deepEqual(await table.rows(5), ['e']);
  assert.equal(await table.seek(CURRENT, 7), 0);
  assert.equal(await table.seek(CURRENT, -100), -5);
  assert.deepEqual(await table.rows(1), ['a']);
  assert.equal(await table.seek(BEGINNING, 100), 5);
});

test('rows are found forwards and backwards from any place, and a vain search moves nothing', async () => {
  await using stage = await aStage();
  const table = await TestTable.open(stage.system, stage.folder);
  assert.equal(await table.find('D', BEGINNING), KCERR_NONE);
  assert.deepEqual(await table.rows(1, NOADVANCE), ['d']);
  assert.equal(await table.find('a', CURRENT), KCERR_NOT_FOUND);
  assert.deepEqual(await table.rows(1, NOADVANCE), ['d']);
  assert.equal(await table.find('b', CURRENT, BACKWARD), KCERR_NONE);
  assert.deepEqual(await table.rows(1, NOADVANCE), ['b']);
  assert.equal(await table.find('e', END, BACKWARD), KCERR_NONE);
  assert.deepEqual(await table.rows(), ['e']);
});

test('a row is found by its instance key', async () => {
  await using stage = await aStage();
  const table = await TestTable.open(stage.system, stage.folder, { columns: [SUBJECT, tags.PR_INSTANCE_KEY] });
  const rows = await table.multi({ lpQueryRows: { ulCount: 10, ulFlags: 0 } });
  const lpProp = { ulPropTag: tags.PR_INSTANCE_KEY, Value: { name: 'bin' as const, value: rows[3]![1] as Buffer } };
  const answer = await stage.system.call('tableFindRow', {
    ulTableId: table.ulTableId,
    ulBookmark: BEGINNING,
    ulFlags: 0,
    lpsRestrict: { ulType: RES_PROPERTY, lpProp: { ulType: RELOP_EQ, ulPropTag: tags.PR_INSTANCE_KEY, lpProp } },
  });
  assert.equal(codeOf(answer), KCERR_NONE);
  assert.deepEqual(await table.rows(1), ['d']);
});

test('a bookmark leads back to its row, says so when that has moved, and ends with it', async () => {
  await using stage = await aStage();
  const { actor, folder, system } = stage;
  const table = await TestTable.open(system, folder);
  await table.seek(BEGINNING, 2);
  const bookmark = await table.bookmark();
  await table.seek(BEGINNING, 0);
  assert.equal(await table.seek(bookmark, 1), 3);
  assert.deepEqual(await table.rows(1), ['d']);

  const first = await put(actor, folder, subject('A first'));
  const moved = await system.call('tableSeekRow', { ulTableId: table.ulTableId, ulBookmark: bookmark, lRowCount: 0 });
  assert.equal(codeOf(moved), KCWARN_POSITION_CHANGED);
  assert.deepEqual(await table.rows(1), ['c']);
  await system.call('deleteObjects', { ulFlags: DELETE_HARD_DELETE, aMessages: [first.entryId], ulSyncId: 0 });

  const find = await TestTable.open(system, folder, { columns: [SUBJECT, tags.PR_ENTRYID] });
  const rows = await find.multi({ lpQueryRows: { ulCount: 10, ulFlags: 0 } });
  await system.call('deleteObjects', { ulFlags: DELETE_HARD_DELETE, aMessages: [rows[2]![1] as Buffer], ulSyncId: 0 });
  const gone = await system.call('tableSeekRow', { ulTableId: table.ulTableId, ulBookmark: bookmark, lRowCount: 0 });
  assert.equal(codeOf(gone), KCERR_INVALID_BOOKMARK);
});

test('bookmarks are freed once, and end with the order they were made in', async () => {
  await using stage = await aStage();
  const table = await TestTable.open(stage.system, stage.folder);
  const ulbkPosition = await table.bookmark();
  const free = () => stage.system.call('tableFreeBookmark', { ulTableId: table.ulTableId, ulbkPosition });
  assert.equal(codeOf(await free()), KCERR_NONE);
  assert.equal(codeOf(await free()), KCERR_INVALID_BOOKMARK);
  const second = await table.bookmark();
  assert.notEqual(second, ulbkPosition);
  await stage.system.call('tableSort', {
    ulTableId: table.ulTableId,
    aSortOrder: [{ ulPropTag: SUBJECT, ulOrder: 1 }],
    ulCategories: 0,
    ulExpanded: 0,
  });
  const answer = await stage.system.call('tableSeekRow', {
    ulTableId: table.ulTableId,
    ulBookmark: second,
    lRowCount: 0,
  });
  assert.equal(codeOf(answer), KCERR_INVALID_BOOKMARK);
  assert.deepEqual(await table.rows(2), ['e', 'd']);
});

test('a restriction shows less from the beginning, until it is cleared', async () => {
  await using stage = await aStage();
  const table = await TestTable.open(stage.system, stage.folder);
  await table.rows(3);
  assert.deepEqual(await table.multi({ lpRestrict: startsWith('C'), lpQueryRows: { ulCount: 9, ulFlags: 0 } }), [
    ['c'],
  ]);
  assert.deepEqual(await table.place(), [1, 1]);
  assert.deepEqual((await table.multi({ ulFlags: 1, lpQueryRows: { ulCount: 2, ulFlags: 0 } })).flat(), ['a', 'b']);
});

test('one call opens a table, sorts, restricts and reads it', async () => {
  await using stage = await aStage();
  const { system, folder } = stage;
  const answer = await system.call('tableMulti', {
    sRequest: {
      ulTableId: 0,
      ulFlags: 0,
      lpOpen: { sEntryId: folder, ulTableType: 1, ulType: MAPI_MESSAGE, ulFlags: 0 },
      lpSetColumns: [SUBJECT],
      lpSort: { sSortOrder: [{ ulPropTag: SUBJECT, ulOrder: 1 }], ulCategories: 0, ulExpanded: 0 },
      lpQueryRows: { ulCount: 2, ulFlags: 0 },
    },
  });
  assert.deepEqual(valuesOf(answer.sRowSet).flat(), ['e', 'd']);
  assert.deepEqual(await new TestTable(system, answer.ulTableId!).rows(1), ['c']);
});

test('a table is closed, too, by a session that was silent for some time', async () => {
  await using stage = await aStage();
  const { site, system, folder } = stage;
  const { ulTableId } = await TestTable.open(system, folder);
  site.now += TOUCH_INTERVAL + 1;
  assert.equal(codeOf(await system.call('tableClose', { ulTableId })), KCERR_NONE);
  assert.equal(codeOf(await system.call('tableQueryRows', { ulTableId, ulRowCount: 1, ulFlags: 0 })), KCERR_NOT_FOUND);
});

test('tables belong to their session, and closed ones are gone', async () => {
  await using stage = await aStage();
  const { site, system, folder } = stage;
  const { ulTableId } = await TestTable.open(system, folder);
  const other = await site.client();
  assert.equal(codeOf(await other.call('tableQueryRows', { ulTableId, ulRowCount: 1, ulFlags: 0 })), KCERR_NOT_FOUND);
  assert.equal(
    codeOf(await other.call('tableClose', { ulTableId })),
    KCERR_NONE,
    'closing what is not open is no error',
  );
  assert.equal(codeOf(await system.call('tableQueryRows', { ulTableId, ulRowCount: 1, ulFlags: 0 })), KCERR_NONE);
  assert.equal(codeOf(await system.call('tableClose', { ulTableId })), KCERR_NONE);
  assert.equal(codeOf(await system.call('tableQueryRows', { ulTableId, ulRowCount: 1, ulFlags: 0 })), KCERR_NOT_FOUND);
});

test('a folder table lists the folders in a folder, or all below it with their depth', async () => {
  await using stage = await aStage();
  const { actor, system, folder } = stage;
  const below = await folderIn(actor, folder, 'Below');
  await folderIn(actor, below, 'Deeper');
  await folderIn(actor, folder, 'Beside');
  const columns = [tags.PR_DISPLAY_NAME, tags.PR_DEPTH, tags.PR_SUBFOLDERS];
  const rows = { lpQueryRows: { ulCount: 10, ulFlags: 0 } };
  const flat = await TestTable.open(system, folder, { type: MAPI_FOLDER, columns });
  assert.deepEqual(await flat.multi(rows), [
    ['Below', 1, true],
    ['Beside', 1, false],
  ]);
  const deep = await TestTable.open(system, folder, { type: MAPI_FOLDER, flags: CONVENIENT_DEPTH, columns });
  assert.deepEqual(await deep.multi(rows), [
    ['Below', 1, true],
    ['Beside', 1, false],
    ['Deeper', 2, false],
  ]);
});

test('a folder table has the number that the IMAP gateway lists folders by', async () => {
  await using stage = await aStage();
  const { actor, system, folder } = stage;
  await folderIn(actor, folder, 'Below');
  const columns = [tags.PR_DISPLAY_NAME, tags.PR_EC_IMAP_ID, tags.PR_EC_HIERARCHYID, tags.PR_MSG_STATUS];
  const table = await TestTable.open(system, folder, { type: MAPI_FOLDER, columns });
  const [row] = await table.multi({ lpQueryRows: { ulCount: 10, ulFlags: 0 } });
  assert.equal(typeof row![1], 'number');
  assert.equal(row![1], row![2]);
  assert.equal(row![3], 0);
});

test('associated messages have a table of their own', async () => {
  await using stage = await aStage();
  const { actor, system, folder } = stage;
  await put(actor, folder, subject('hidden'), { associated: true });
  const table = await TestTable.open(system, folder, { flags: MAPI_ASSOCIATED });
  assert.deepEqual(await table.rows(), ['hidden']);
  assert.deepEqual(await table.place(), [1, 1]);
});

test('a column of single values shows a row for each of them', async () => {
  await using stage = await aStage();
  const { actor, system } = stage;
  const folder = await folderIn(actor, stage.root, 'Coloured');
  const KEYWORDS = propertyTag(0x8111, PT_MV_UNICODE);
  const coloured = (name: string, ...colours: string[]) =>
    put(actor, folder, subject(name, { tag: KEYWORDS, value: colours }));
  await coloured('one', 'red', 'blue');
  await coloured('two', 'green');
  await put(actor, folder, subject('none'));
  const instances = KEYWORDS | MV_INSTANCE;
  const table = await TestTable.open(system, folder, { columns: [instances, SUBJECT, tags.PR_INSTANCE_KEY] });
  const rows = await table.multi({ lpQueryRows: { ulCount: 10, ulFlags: 0 } });
  assert.deepEqual(
    rows.map((row) => row.slice(0, 2)),
    [
      [KCERR_NOT_FOUND, 'none'],
      ['blue', 'one'],
      ['green', 'two'],
      ['red', 'one'],
    ],
  );
  assert.equal(new Set(rows.map((row) => (row[2] as Buffer).toString('hex'))).size, 4, 'each row has a key of its own');
  assert.deepEqual(await table.place(), [4, 4]);
  assert.equal(await table.seek(BEGINNING, 2), 2);
  assert.deepEqual(await table.rows(1), ['green']);
  assert.equal(await table.find('two', BEGINNING), KCERR_NONE, 'by what is no column of the order');
  assert.deepEqual(await table.rows(1), ['green']);
});

test('categories are expanded, collapsed and found again as they were', async () => {
  await using stage = await aStage();
  const { system, folder } = stage;
  await put(stage.actor, folder, subject('A'));
  const columns = [tags.PR_ROW_TYPE, SUBJECT, tags.PR_INSTANCE_KEY];
  const { ulTableId } = await TestTable.open(system, folder, { columns, sorted: false });
  const lpSort = { sSortOrder: [{ ulPropTag: SUBJECT, ulOrder: 0 }], ulCategories: 1, ulExpanded: 0 };
  const lpQueryRows = { ulCount: 100, ulFlags: 0 };
  const answer = await system.call('tableMulti', { sRequest: { ulTableId, ulFlags: 0, lpSort, lpQueryRows } });
  const headers = valuesOf(answer.sRowSet);
  assert.deepEqual(
    headers.map(([type, name]) => [type, String(name).toLowerCase()]),
    [
      [4, 'a'],
      [4, 'b'],
      [4, 'c'],
      [4, 'd'],
      [4, 'e'],
    ],
  );
  const sInstanceKey = headers[0]![2] as Buffer;
  const expanded = await system.call('tableExpandRow', { ulTableId, sInstanceKey, ulRowCount: 1, ulFlags: 0 });
  assert.equal(codeOf(expanded), KCERR_NONE);
  assert.deepEqual([valuesOf(expanded.rowSet).length, expanded.ulMoreRows], [1, 1]);
  const leaf = valuesOf(expanded.rowSet)[0]![2] as Buffer;
  const { sCollapseState } = await system.call('tableGetCollapseState', { ulTableId, sBookmark: leaf });
  const collapsed = await system.call('tableCollapseRow', { ulTableId, sInstanceKey, ulFlags: 0 });
  assert.deepEqual([codeOf(collapsed), collapsed.ulRows], [KCERR_NONE, 2]);
  const restored = await system.call('tableSetCollapseState', {
    ulTableId,
    sCollapseState: Buffer.from(sCollapseState!),
  });
  assert.equal(codeOf(restored), KCERR_NONE);
  const table = new TestTable(system, ulTableId);
  await table.seek(restored.ulBookmark!, 0);
  assert.deepEqual(await table.place(), [1, 7]);
});

test('columns come with the text type that the table was opened for', async () => {
  await using stage = await aStage();
  for (const [flags, type] of [
    [0, PT_STRING8],
    [MAPI_UNICODE, PT_UNICODE],
  ] as const) {
    const { ulTableId } = await stage.system.call('tableOpen', {
      sEntryId: stage.folder,
      ulTableType: 1,
      ulType: MAPI_MESSAGE,
      ulFlags: flags,
    });
    const { sPropTagArray } = await stage.system.call('tableQueryColumns', { ulTableId, ulFlags: 0 });
    assert.ok(sPropTagArray!.includes(propertyTag(0x0037, type)));
    const { sRowSet } = await stage.system.call('tableQueryRows', { ulTableId, ulRowCount: 1, ulFlags: 0 });
    const found = sRowSet![0]!.map(({ ulPropTag }) => ulPropTag);
    assert.ok(found.includes(propertyTag(0x0037, type)));
    assert.ok(found.includes(propertyTag(tags.PR_DISPLAY_NAME >>> 16, PT_ERROR)), 'what is missing is an error');
  }
});

test('all columns of a table are those that occur in its rows', async () => {
  await using stage = await aStage();
  const { ulTableId } = await TestTable.open(stage.system, stage.folder);
  const { sPropTagArray } = await stage.system.call('tableQueryColumns', { ulTableId, ulFlags: 1 });
  for (const tag of [tags.PR_ENTRYID, tags.PR_MSG_STATUS, tags.PR_MESSAGE_FLAGS])
    assert.ok(sPropTagArray!.includes(tag));
  assert.ok(sPropTagArray!.includes(propertyTag(0x0037, PT_STRING8)));
  assert.deepEqual(
    [...sPropTagArray!].sort((one, other) => one - other),
    sPropTagArray,
  );
});

test('who may not read a folder sees an empty one, and who may not see folders none', async () => {
  await using stage = await aStage();
  const { site, actor, system, root, folder } = stage;
  const { id, name, password } = await createUser(system, 'anna');
  const anna = await site.client(name, password);
  const listFolders = async () =>
    (await TestTable.open(anna, root, { type: MAPI_FOLDER, columns: [tags.PR_DISPLAY_NAME] })).rows();
  assert.deepEqual(await (await TestTable.open(anna, folder)).rows(), []);
  assert.deepEqual(await listFolders(), []);
  const grant = async (rights: number) =>
    site.platform.database.execute(
      `INSERT INTO acl (object_id, principal_id, type, rights) VALUES (:objectId, :principalId, ${ACCESS_TYPE_GRANT}, :rights)
      ON DUPLICATE KEY UPDATE rights = VALUES(rights)`,
      { objectId: (await open(actor, folder)).object.id, principalId: id, rights },
    );
  await grant(ecRightsFolderVisible);
  assert.deepEqual(await listFolders(), ['Folder']);
  assert.deepEqual(await (await TestTable.open(anna, folder)).rows(), []);
  await grant(ecRightsFolderVisible | ecRightsReadAny);
  assert.deepEqual(await (await TestTable.open(anna, folder)).rows(), ['a', 'b', 'c', 'd', 'e']);
});

test('the address book lists Everyone, restricted by ambiguous name', async () => {
  await using stage = await aStage();
  const { system } = stage;
  const { ulTableId } = await system.call('tableOpen', {
    sEntryId: GLOBAL_ADDRESS_BOOK_ENTRY_ID,
    ulTableType: 2,
    ulType: MAPI_MAILUSER,
    ulFlags: 0,
  });
  const table = new TestTable(system, ulTableId!);
  const lpProp = { ulPropTag: tags.PR_ANR, Value: { name: 'lpszA' as const, value: 'every' } };
  const rows = await table.multi({
    lpSetColumns: [tags.PR_DISPLAY_NAME],
    lpRestrict: { ulType: RES_PROPERTY, lpProp: { ulType: RELOP_EQ, ulPropTag: tags.PR_ANR, lpProp } },
    lpQueryRows: { ulCount: 10, ulFlags: 0 },
  });
  assert.deepEqual(rows, [['Everyone']]);
  const all = await system.call('tableQueryColumns', { ulTableId: ulTableId!, ulFlags: 1 });
  assert.ok(all.sPropTagArray!.includes(propertyTag(tags.PR_SMTP_ADDRESS >>> 16, PT_STRING8)));
  const containers = await system.call('tableOpen', {
    sEntryId: GLOBAL_ADDRESS_BOOK_ENTRY_ID,
    ulTableType: 2,
    ulType: MAPI_ABCONT,
    ulFlags: 0,
  });
  assert.equal(codeOf(containers), KCERR_NONE);
});

test('statistics are for administrators', async () => {
  await using stage = await aStage();
  const { site, system } = stage;
  const { name, password } = await createUser(system, 'anna');
  const anna = await site.client(name, password);
  const openStatistics = (client: Client, ulTableType: number) =>
    client.call('tableOpen', { sEntryId: Buffer.alloc(0), ulTableType, ulType: 10, ulFlags: 0 });
  for (const [type, columns] of [
    [5, 3],
    [6, 18],
    [7, 15],
  ] as const) {
    assert.equal(codeOf(await openStatistics(anna, type)), KCERR_NO_ACCESS);
    const { ulTableId } = await openStatistics(system, type);
    const { sRowSet } = await system.call('tableQueryRows', { ulTableId: ulTableId!, ulRowCount: 100, ulFlags: 0 });
    assert.ok(sRowSet!.length > 0);
    for (const row of sRowSet!) assert.equal(row.length, columns);
  }
  assert.equal(codeOf(await openStatistics(system, 8)), KCERR_NOT_FOUND, 'there are no companies');
  assert.equal(codeOf(await openStatistics(anna, 11)), KCERR_NO_ACCESS);
});

test('stores are listed for everybody, users with their stores for administrators', async () => {
  await using stage = await aStage();
  const { site, system } = stage;
  const { name, password } = await createUser(system, 'anna');
  const anna = await site.client(name, password);
  const list = async (client: Client, ulTableType: number, column: PropertyTag) => {
    const { ulTableId } = await client.call('tableOpen', {
      sEntryId: Buffer.alloc(0),
      ulTableType,
      ulType: 1,
      ulFlags: 0,
    });
    return new TestTable(client, ulTableId!).multi({
      lpSetColumns: [column],
      lpQueryRows: { ulCount: 100, ulFlags: 0 },
    });
  };
  assert.deepEqual(await list(anna, 10, tags.PR_DISPLAY_NAME), [['Inbox - SYSTEM']]);
  assert.deepEqual(await list(anna, 9, tags.PR_EC_USERNAME), []);
  assert.ok((await list(system, 9, tags.PR_EC_USERNAME)).flat().includes('anna'));
});

test('what cannot be done is refused with the code for it', async () => {
  await using stage = await aStage();
  const { system, folder } = stage;
  const openAs = async (ulTableType: number, ulType: number, sEntryId = folder) =>
    codeOf(await system.call('tableOpen', { sEntryId, ulTableType, ulType, ulFlags: 0 }));
  assert.equal(await openAs(4, MAPI_MESSAGE), KCERR_NO_SUPPORT);
  assert.equal(await openAs(77, MAPI_MESSAGE), KCERR_BAD_VALUE);
  assert.equal(await openAs(1, MAPI_MAILUSER), KCERR_NO_SUPPORT);
  assert.equal(await openAs(1, MAPI_MESSAGE, Buffer.alloc(48, 3)), KCERR_NOT_FOUND);
  const { ulTableId } = await TestTable.open(system, folder);
  assert.equal(codeOf(await system.call('tableSetColumns', { ulTableId })), KCERR_INVALID_PARAMETER);
  assert.equal(
    codeOf(await system.call('tableSort', { ulTableId, ulCategories: 0, ulExpanded: 0 })),
    KCERR_INVALID_PARAMETER,
  );
  assert.equal(
    codeOf(await system.call('tableFindRow', { ulTableId, ulBookmark: 0, ulFlags: 0 })),
    KCERR_INVALID_PARAMETER,
  );
  const several = [{ ulPropTag: propertyTag(0x8111, PT_MV_UNICODE), ulOrder: 0 }];
  assert.equal(
    codeOf(await system.call('tableSort', { ulTableId, aSortOrder: several, ulCategories: 0, ulExpanded: 0 })),
    KCERR_TOO_COMPLEX,
  );
});
