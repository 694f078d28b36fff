import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import {
  DISTLIST_GROUP,
  DISTLIST_SECURITY,
  NONACTIVE_CONTACT,
  NONACTIVE_EQUIPMENT,
  NONACTIVE_ROOM,
  NONACTIVE_USER,
} from '../../../core/directory/object-class.ts';
import { EVERYONE_ID } from '../../../core/directory/well-known.ts';
import { deliverBatch } from '../../../core/mail/delivery-batch.ts';
import { DEFAULT_DELIVERY_SETTINGS, type DeliverySettings } from '../../../core/mail/delivery-settings.ts';
import { entryIdOf, newGuid } from '../../../core/mapi/entry-id.ts';
import { MAPI_FOLDER, MAPI_STORE, STORE_PUBLIC } from '../../../core/mapi/object-types.ts';
import * as tags from '../../../core/mapi/tags.ts';
import { createStore } from '../../../core/store/stores.ts';
import { aMailServer, type Mailbox, type MailServer } from './a-mail-server.ts';

const MAIL = 'From: Bob <bob@example.net>\r\nTo: alice@example.org\r\nSubject: Hello\r\n\r\nx';

let server: MailServer;
let alice: Mailbox;
let carol: Mailbox;
let dave: Mailbox;
before(async () => {
  server = await aMailServer();
  alice = await server.user('alice', { aliases: ['Sales@example.org'] });
  carol = await server.user('carol');
  dave = await server.user('dave');
});
after(async () => {
  await server[Symbol.asyncDispose]();
});

/** Delivers a mail; answers what came to whom, and whether all of it was delivered. */
async function deliver(
  recipients: readonly string[],
  { mail = MAIL, settings = {}, mailId }: { mail?: string; settings?: Partial<DeliverySettings>; mailId?: string } = {},
) {
  const count = () => Promise.all([alice, carol, dave].map(async (mailbox) => (await server.counts(mailbox)).content));
  const before = await count();
  const body = await server.receive(mail, recipients, mailId === undefined ? {} : { mailId });
  const context = { ...server, settings: { ...DEFAULT_DELIVERY_SETTINGS, ...settings } };
  const failed = await deliverBatch(context, [{ id: 'x', body }]);
  const arrived = (await count()).map((now, index) => now - before[index]!);
  return { arrived, done: failed.length === 0 };
}

const namingOf = async (mailbox: Mailbox): Promise<unknown[]> => {
  const newest = (await server.inbox(mailbox)).at(-1)!;
  return [tags.PR_MESSAGE_TO_ME, tags.PR_MESSAGE_CC_ME, tags.PR_EC_MESSAGE_BCC_ME].map(
    (tag) => newest.properties.find((property) => property.tag === tag)?.value,
  );
};

suite('who gets a mail', () => {
  test('what stands after a plus sign is for the owner of the rest, unless somebody has the whole address', async () => {
    await server.user('plus', { email: 'alice+own@example.org' });
    assert.deepEqual(await deliver(['alice+lists@example.org']), { arrived: [1, 0, 0], done: true });
    assert.deepEqual(await deliver(['SALES+x+y@example.org']), { arrived: [1, 0, 0], done: true });
    assert.deepEqual(await deliver(['alice+own@example.org']), { arrived: [0, 0, 0], done: true });
    assert.deepEqual(await deliver(['+@example.org']), { arrived: [0, 0, 0], done: false });
  });

  test('an alias is found also after it has been changed, and not what it was before', async () => {
    const { updatePrincipal, findPrincipal, isReferenced } = await import('../../../core/directory/principal.ts');
    const { database } = server.platform;
    const reference = { id: dave.principalId, externalId: Buffer.alloc(0) };
    const principal = (await findPrincipal(database, [isReferenced(reference)]))!;
    const change = (aliases: string[]) =>
      database.transaction((transaction) =>
        updatePrincipal(transaction, dave.principalId, { ...principal, details: { aliases } }),
      );
    await change(['old@example.org']);
    assert.deepEqual((await deliver(['old@example.org'])).arrived, [0, 0, 1]);
    await change(['new@example.org']);
    assert.equal((await deliver(['old@example.org'])).done, false);
    assert.deepEqual((await deliver(['new@example.org'])).arrived, [0, 0, 1]);
  });

  test('mail to a group goes to its members, through groups in it, each once, in a circle too', async () => {
    const inner = await server.principal({ name: 'inner', class: DISTLIST_SECURITY });
    const team = await server.principal({ name: 'team', class: DISTLIST_GROUP, email: 'team@example.org' });
    await server.members(inner, [carol.principalId, alice.principalId, team]);
    await server.members(team, [inner, alice.principalId]);
    assert.deepEqual(await deliver(['team@example.org', 'carol@example.org']), { arrived: [1, 1, 0], done: true });
    const empty = await server.principal({ name: 'empty', class: DISTLIST_GROUP, email: 'empty@example.org' });
    await server.members(empty, []);
    assert.equal((await deliver(['empty@example.org'])).done, false);
  });

  test('members of a group that the mail names are not its hidden recipients, all others are', async () => {
    const mail = 'From: bob@example.net\r\nTo: team@example.org\r\nSubject: x\r\n\r\nx';
    await deliver(['team@example.org', 'dave@example.org'], { mail });
    assert.deepEqual(await namingOf(alice), [false, false, false]);
    assert.deepEqual(await namingOf(dave), [false, false, true]);
  });

  test('a repetition after a failure half-way reaches only the members who were not reached', async () => {
    const mailId = 'a mail to a group and nobody';
    const recipients = ['team@example.org', 'nobody@example.org'];
    assert.deepEqual(await deliver(recipients, { mailId }), { arrived: [1, 1, 0], done: false });
    assert.deepEqual(await deliver(recipients, { mailId }), { arrived: [0, 0, 0], done: false });
  });

  test('rooms, equipment and shared mailboxes receive', async () => {
    for (const [name, kind] of [
      ['room', NONACTIVE_ROOM],
      ['beamer', NONACTIVE_EQUIPMENT],
      ['info', NONACTIVE_USER],
    ] as const) {
      const mailbox = await server.user(name, { class: kind });
      assert.equal((await deliver([`${name}@example.org`])).done, true);
      assert.equal((await server.counts(mailbox)).content, 1);
    }
  });

  test('mail for a contact, also in a group, is passed on to its address, once', async () => {
    const zoe = await server.principal({
      name: '',
      fullName: 'Zoe',
      class: NONACTIVE_CONTACT,
      email: 'zoe@example.com',
      details: { aliases: ['zoe@example.org'] },
    });
    const friends = await server.principal({ name: 'friends', class: DISTLIST_GROUP, email: 'friends@example.org' });
    await server.members(friends, [zoe, alice.principalId]);
    const mailId = 'a mail to friends';
    assert.deepEqual(await deliver(['friends@example.org', 'zoe@example.org'], { mailId }), {
      arrived: [1, 0, 0],
      done: true,
    });
    await deliver(['friends@example.org'], { mailId });
    const [mail, ...others] = await server.spooled();
    assert.deepEqual(others, []);
    assert.deepEqual(mail!.recipients, ['zoe@example.com']);
    assert.ok(mail!.text.endsWith(MAIL));
    // What would only come back is nobody's.
    assert.equal((await deliver(['zoe@example.com'])).done, false);
  });

  test('an address of the settings is a public folder', async () => {
    const guid = newGuid();
    const { storeId, rootId } = await createStore(server.platform, {
      type: STORE_PUBLIC,
      ownerId: EVERYONE_ID,
      ownerName: 'Everyone',
      companyId: 0,
      storeEntryId: entryIdOf(guid, MAPI_STORE),
      rootEntryId: entryIdOf(guid, MAPI_FOLDER),
    });
    const top = await server.folder({ rootId }, 'Public Folders');
    const sales = await server.folder({ rootId: top.inboxId }, 'Sales');
    const inquiries = await server.folder({ rootId: sales.inboxId }, 'Inquiries');
    await server.set(storeId, { tag: tags.PR_IPM_PUBLIC_FOLDERS_ENTRYID, value: top.entryId });
    const settings = {
      publicFolders: [
        { address: 'Inquiries@example.org', folder: 'sales/Inquiries' },
        { address: 'gone@example.org', folder: 'Sales/Gone' },
      ],
    };
    const mailId = 'an inquiry';
    const recipients = ['inquiries@example.org', 'alice@example.org'];
    assert.deepEqual(await deliver(recipients, { settings, mailId }), { arrived: [1, 0, 0], done: true });
    assert.deepEqual(await deliver(recipients, { settings, mailId }), { arrived: [0, 0, 0], done: true });
    assert.deepEqual(await server.counts(inquiries), { content: 1, unread: 1 });
    assert.equal((await deliver(['gone@example.org'], { settings })).done, false);
  });

  test('mail for all of a group that the mail names is looked up in a handful of statements', async () => {
    const { database } = server.platform;
    await deliver(['team@example.org']);
    const before = database.roundTrips;
    await deliver(['team@example.org']);
    // Addresses, groups and members once; then eight for each of the two.
    assert.ok(database.roundTrips - before <= 6 + 3 + 16, `${database.roundTrips - before}`);
  });
});
