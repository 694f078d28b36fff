import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { Session } from '../../cli/connection/session.ts';
import { chooseStore } from '../../cli/mailbox/choose-store.ts';
import { requireFolder } from '../../cli/mailbox/folders.ts';
import { saveNewMessage } from '../../cli/mailbox/objects.ts';
import { wireProperty } from '../../cli/wire-properties.ts';
import { entryIdOf, newGuid, storeGuidOf } from '../../core/mapi/entry-id.ts';
import { MSGFLAG_UNSENT } from '../../core/mapi/message-flags.ts';
import { MAPI_MESSAGE } from '../../core/mapi/object-types.ts';
import { PR_MESSAGE_CLASS, PR_MESSAGE_DELIVERY_TIME, PR_MESSAGE_FLAGS, PR_SUBJECT } from '../../core/mapi/tags.ts';
import type { Instance } from '../../local/instance/instance.ts';
import { anInstance, asSystem, type Kgc, kgcOf } from './an-instance.ts';

suite('kgc and mailboxes', () => {
  let instance: Instance;
  let kgc: Kgc;
  let session: Session;
  before(async () => {
    instance = await anInstance();
    kgc = kgcOf(instance);
    session = await asSystem(instance);
    for (const name of ['anna', 'ben']) await kgc.user(name);
    await kgc.json('store', 'create', '--public');
    await kgc.json('group', 'create', 'sales');
  });
  after(() => instance?.stop());

  /** Puts messages into a folder; the first subject becomes the newest. */
  async function put(user: string, path: string, ...subjects: readonly string[]): Promise<void> {
    const folder = await requireFolder(session, await chooseStore(session, { user }), path);
    for (const [index, subject] of subjects.entries()) {
      const entryId = entryIdOf(storeGuidOf(folder.entryId), MAPI_MESSAGE, newGuid());
      const received = new Date(Date.UTC(2026, 0, 31, 12, 0) - index * 60_000);
      const properties = [
        wireProperty(PR_MESSAGE_CLASS, 'IPM.Note'),
        wireProperty(PR_SUBJECT, subject),
        wireProperty(PR_MESSAGE_FLAGS, MSGFLAG_UNSENT),
        wireProperty(PR_MESSAGE_DELIVERY_TIME, received),
      ];
      await saveNewMessage(session, folder.entryId, entryId, properties, 0);
    }
  }
  const subjects = async (user: string, path: string): Promise<string[]> =>
    (await kgc.json('message', 'list', user, path)).map(({ subject }: { subject: string }) => subject);
  const paths = async (user: string): Promise<string[]> =>
    (await kgc.json('folder', 'list', user)).map(({ path }: { path: string }) => path);

  test('folders are made, renamed, moved, copied, emptied and deleted', async () => {
    await kgc.json('folder', 'create', 'anna', 'Inbox/Projects');
    await kgc.json('folder', 'create', 'anna', 'Archive/2026/January', '--parents', '--class', 'IPF.Note');
    assert.equal((await kgc.run(['folder', 'create', 'anna', 'Inbox/Projects'])).code, 1);
    await kgc.json('folder', 'create', 'anna', 'Inbox/Projects', '--parents');
    await kgc.json('folder', 'rename', 'anna', 'inbox/projects', 'In/out');
    assert.ok((await paths('anna')).includes('Inbox/In\\/out'), 'a slash in a name is not one of the path');
    await put('anna', 'Inbox/In\\/out', 'one', 'two');

    await kgc.json('folder', 'copy', 'anna', 'Inbox/In\\/out', 'Archive');
    await kgc.json('folder', 'move', 'anna', 'Inbox/In\\/out', '/', '--name', 'Projects');
    assert.deepEqual(await subjects('anna', 'Projects'), ['one', 'two']);
    assert.deepEqual(await subjects('anna', 'Archive/In\\/out'), ['one', 'two']);
    const cycle = await kgc.run(['folder', 'move', 'anna', 'Archive', 'Archive/2026']);
    assert.equal(cycle.code, 1);
    assert.match(cycle.err, /does not go into itself/);

    assert.equal((await kgc.json('folder', 'empty', 'anna', 'Archive', '--dry-run')).messages, 2);
    assert.equal((await kgc.json('folder', 'empty', 'anna', 'Archive', '--yes')).folders, 3);
    await kgc.json('folder', 'delete', 'anna', 'Projects', '--hard', '--yes');
    assert.ok(!(await paths('anna')).some((path) => path === 'Projects' || path.startsWith('Archive/')));
  });

  test('a folder goes into another store with all that is below', async () => {
    await kgc.json('folder', 'create', 'anna', 'Trip/Photos', '--parents');
    await kgc.json('folder', 'create', 'anna', 'Trip/Plans', '--class', 'IPF.Appointment');
    await put('anna', 'Trip', 'on the way');
    await put('anna', 'Trip/Photos', 'a', 'b');
    await kgc.json('folder', 'copy', 'anna', 'Trip', '/', '--to-store', 'public:');
    assert.deepEqual(await subjects('public:', 'Trip/Photos'), ['a', 'b']);
    await kgc.json('folder', 'move', 'anna', 'Trip', 'Inbox', '--to-store', 'ben');
    assert.deepEqual(await subjects('ben', 'Inbox/Trip'), ['on the way']);
    const plans = (await kgc.json('folder', 'list', 'ben')).find(({ path }: { path: string }) =>
      path.endsWith('Plans'),
    );
    assert.equal(plans.containerClass, 'IPF.Appointment');
    assert.ok(!(await paths('anna')).includes('Trip'));
  });

  test('messages are chosen by their places, and moved, copied, marked and deleted', async () => {
    await put('anna', 'Inbox', 'e', 'd', 'c', 'b', 'a');
    await kgc.json('folder', 'create', 'anna', 'Done');
    assert.equal((await kgc.json('message', 'move', 'anna', '1,4-5', 'Done')).messages, 3);
    assert.deepEqual(await subjects('anna', 'Inbox'), ['d', 'c']);
    assert.deepEqual(await subjects('anna', 'Done'), ['e', 'b', 'a']);
    await kgc.json('message', 'copy', 'anna', '2', 'Inbox', '--folder', 'Done', '--to-store', 'ben');
    assert.deepEqual(await subjects('ben', 'Inbox'), ['b']);

    assert.equal((await kgc.json('message', 'mark', 'anna', 'all', '--read', '--folder', 'Done')).changed, 3);
    assert.equal((await kgc.json('message', 'mark', 'anna', '1', '--unread', '--folder', 'Done')).changed, 1);
    const read = (await kgc.json('message', 'list', 'anna', 'Done')).map((row: { read: boolean }) => row.read);
    assert.deepEqual(read, [false, true, true]);

    assert.equal((await kgc.run(['message', 'delete', 'anna', '7', '--folder', 'Done', '--yes'])).code, 1);
    assert.match((await kgc.run(['message', 'delete', 'anna', '1', '--folder', 'Done', '--dry-run'])).out, /'e'/);
    await kgc.json('message', 'delete', 'anna', 'all', '--folder', 'Done', '--hard', '--yes');
    assert.deepEqual(await subjects('anna', 'Done'), []);
    assert.equal((await kgc.run(['message', 'delete', 'anna', '3-1', '--yes'])).code, 2);
  });

  test('a store goes from owner to owner, is copied to the public one, and is removed', async () => {
    await kgc.user('old');
    await put('old', 'Inbox', 'keep me');
    const { guid } = (await kgc.json('user', 'show', 'old')).store;
    await kgc.json('user', 'delete', 'old', '--yes');
    const orphans = await kgc.json('store', 'list', '--orphans');
    assert.deepEqual(
      orphans
        .filter((store: { guid: string }) => store.guid === guid)
        .map((store: { formerOwner: string }) => store.formerOwner),
      ['old'],
    );
    assert.deepEqual(await subjects(guid, 'Inbox'), ['keep me'], 'a store is named by its GUID too');
    const { path, messages } = await kgc.json('store', 'copy-to-public', guid);
    assert.equal(path, 'Admin/Deleted stores/Deleted User - old');
    assert.equal(messages, 1);
    assert.deepEqual(await subjects('public:', `${path}/Inbox`), ['keep me']);
    const rights = await kgc.json('permission', 'list', 'public:', 'Admin');
    assert.deepEqual(
      rights.map((row: { who: string; role: string }) => [row.who, row.role]),
      [['Everyone', 'none']],
    );

    const refused = await kgc.run(['store', 'hook', guid, 'ben']);
    assert.equal(refused.code, 1);
    assert.match(refused.err, /ben has a private store already/);
    await kgc.json('store', 'unhook', 'ben', '--yes');
    assert.ok((await kgc.json('store', 'list', '--missing')).some(({ owner }: { owner: string }) => owner === 'ben'));
    await kgc.json('store', 'hook', guid, 'ben');
    assert.deepEqual(await subjects('ben', 'Inbox'), ['keep me']);
    assert.match((await kgc.run(['store', 'remove', guid, '--yes'])).err, /belongs to ben/);
    await kgc.json('store', 'unhook', 'ben', '--yes');
    await kgc.json('store', 'remove', guid, '--yes');
    assert.equal((await kgc.run(['folder', 'list', guid])).code, 1);
    await kgc.json('store', 'create', 'ben');
    assert.equal((await kgc.run(['store', 'hook', 'abc', 'ben'])).code, 2);
  });

  test('folders are counted anew, and offline copies fetched anew', async () => {
    assert.equal((await kgc.json('store', 'recount', 'anna')).corrected, 0);
    assert.equal((await kgc.run(['store', 'resync', 'anna', 'ben'])).code, 0);
  });

  test('rights are given in words, on a folder or all below, and taken away', async () => {
    await kgc.json('folder', 'create', 'anna', 'Shared/Deep', '--parents');
    await kgc.json('permission', 'set', 'anna', 'Shared', 'ben', 'editor', '--recursive');
    await kgc.json('permission', 'set', 'anna', 'Calendar', 'sales', 'read,folder-visible');
    await kgc.json('permission', 'set', 'anna', 'Shared', 'ben', 'reviewer');
    const rows = await kgc.json('permission', 'list', 'anna');
    const told = rows.map(
      (row: { folder: string; who: string; role: string }) => `${row.folder}: ${row.who} ${row.role}`,
    );
    for (const row of [
      'IPM_SUBTREE/Shared: ben reviewer',
      'IPM_SUBTREE/Shared/Deep: ben editor',
      'IPM_SUBTREE/Calendar: sales reviewer',
    ])
      assert.ok(told.includes(row), `${row} in ${told.join('; ')}`);

    await kgc.json('permission', 'set', 'anna', 'Shared/Deep', 'sales', 'author', '--visible-path');
    const shared = await kgc.json('permission', 'list', 'anna', 'Shared');
    assert.deepEqual(shared.map((row: { who: string; role: string }) => `${row.who} ${row.role}`).sort(), [
      'ben reviewer',
      'sales visible',
    ]);
    assert.equal(
      (await kgc.json('permission', 'remove', 'anna', 'Shared', 'ben', '--recursive', '--yes')).removed.length,
      2,
    );
    assert.equal((await kgc.run(['permission', 'remove', 'anna', 'Shared', 'ben', '--yes'])).code, 1);
    const wrong = await kgc.run(['permission', 'set', 'anna', 'Shared', 'ben', 'everything']);
    assert.equal(wrong.code, 2);
    assert.match(wrong.err, /no role and no right/);
    assert.equal((await kgc.run(['permission', 'set', 'anna', 'Shared', 'nobody', 'editor'])).code, 1);
  });

  test('a delegate has rights, gets copies of meeting requests by a rule, and sees what is private', async () => {
    const add = ['delegate', 'add', 'anna', 'ben', '--calendar', 'editor', '--tasks', 'reviewer'];
    await kgc.json(...add, '--meeting-copies', 'yes', '--see-private', 'yes');
    const [ben] = await kgc.json('delegate', 'list', 'anna');
    assert.deepEqual(ben, {
      name: 'ben',
      seePrivate: true,
      meetingCopies: true,
      onlyDelegates: false,
      rights: { calendar: 'editor', tasks: 'reviewer' },
    });
    await kgc.json('delegate', 'add', 'anna', 'ben', '--see-private', 'no', '--only-delegates', 'yes');
    const [changed] = await kgc.json('delegate', 'list', 'anna');
    assert.deepEqual([changed.seePrivate, changed.meetingCopies, changed.onlyDelegates], [false, true, true]);
    await kgc.json('delegate', 'remove', 'anna', 'ben', '--yes');
    assert.deepEqual(await kgc.json('delegate', 'list', 'anna'), []);
    assert.deepEqual(await kgc.json('permission', 'list', 'anna', 'Tasks'), []);
    assert.match((await kgc.run(['delegate', 'remove', 'anna', 'ben', '--yes'])).err, /does not stand in/);
  });

  test('out of office is switched on for a time, shown and switched off; the text stays', async () => {
    const set = [
      'oof',
      'set',
      'anna',
      '--subject',
      'Away',
      '--message-file',
      '-',
      '--until',
      '2099-01-02 08:00',
      '--json',
    ];
    const { code, err } = await kgc.run(set, 'Back in January.\nAnna\n');
    assert.equal(code, 0, err);
    const oof = await kgc.json('oof', 'show', 'anna');
    assert.deepEqual(
      [oof.enabled, oof.active, oof.subject, oof.message],
      [true, true, 'Away', 'Back in January.\nAnna\n'],
    );
    assert.equal(oof.until, new Date('2099-01-02T08:00').toISOString());
    await kgc.json('oof', 'set', 'anna', '--from', '2098-12-24', '--until', 'always');
    const later = await kgc.json('oof', 'show', 'anna');
    assert.deepEqual([later.active, later.until], [false, null]);
    await kgc.json('oof', 'off', 'anna');
    const gone = await kgc.json('oof', 'show', 'anna');
    assert.deepEqual([gone.enabled, gone.subject], [false, 'Away']);
    assert.equal((await kgc.run(['oof', 'set', 'anna', '--from', '2026-02-31'])).code, 2);
    assert.equal((await kgc.run(['oof', 'set', 'anna', '--from', '2027-01-02', '--until', '2027-01-01'])).code, 2);
  });
});
