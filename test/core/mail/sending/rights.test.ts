import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { DISTLIST_GROUP } from '../../../../core/directory/object-class.ts';
import {
  findPrincipal,
  insertPrincipal,
  type Principal,
  principalEntryId,
} from '../../../../core/directory/principal.ts';
import { addRelation, RELATION_GROUP_MEMBER, RELATION_USER_SENDAS } from '../../../../core/directory/relation.ts';
import { encodeOneOff } from '../../../../core/mapi/one-off-entry-id.ts';
import type { Property } from '../../../../core/mapi/property.ts';
import * as tags from '../../../../core/mapi/tags.ts';
import { suppress } from '../../../../core/store/suppression.ts';
import { aPostOffice, aRecipient, type PostOffice, type SenderMailbox, treeOf } from './a-post-office.ts';

const representing = (entryId: Buffer, name = 'x'): Property[] => [
  { tag: tags.PR_SENT_REPRESENTING_ENTRYID, value: entryId },
  { tag: tags.PR_SENT_REPRESENTING_NAME, value: name },
];

async function aGroup(
  office: PostOffice,
  name: string,
  email: string,
  members: readonly Principal[],
): Promise<Principal> {
  const { database } = office.context.platform;
  const draft = {
    class: DISTLIST_GROUP,
    companyId: 0,
    name,
    fullName: name,
    email,
    adminLevel: 0,
    hidden: false,
    details: {},
  };
  const { id } = await insertPrincipal(database, draft, null);
  for (const { id: childId } of members)
    await addRelation(database, { type: RELATION_GROUP_MEMBER, parentId: id, childId });
  return (await findPrincipal(database, [{ sql: 'pri.id = :id', parameters: { id } }]))!;
}

const field = (text: string, name: string): string | undefined => new RegExp(`^${name}: (.*)\r$`, 'im').exec(text)?.[1];

async function reportsOf(office: PostOffice, mailbox: SenderMailbox): Promise<string[]> {
  const inbox = await office.now({ object: { id: mailbox.inboxId } } as never);
  const messages = await office.messagesIn(inbox.object.entryId!);
  return Promise.all(
    messages.map(async (message) => String((await treeOf(office, message)).properties.get(tags.PR_BODY))),
  );
}

suite('who sends', { concurrency: 2 }, () => {
  test('as somebody else needs the right to, himself or through a group; otherwise the message comes back', async () => {
    await using office = await aPostOffice();
    const { database } = office.context.platform;
    const [anna, ben, carla] = [await office.user('anna'), await office.user('ben'), await office.user('carla')];
    const asBen = { properties: representing(principalEntryId(ben.principal)) };
    await office.submit(await office.write(anna, asBen));
    await office.work();
    assert.deepEqual(await office.sent(), []);
    assert.match((await reportsOf(office, anna))[0]!, /not allowed to send as user or group "Full ben"/);
    assert.equal((await office.messagesIn(anna.sentItems)).length, 1, 'as with the original, it lies in Sent Items');

    const group = await aGroup(office, 'office', '', [anna.principal]);
    await addRelation(database, { type: RELATION_USER_SENDAS, parentId: ben.principal.id, childId: group.id });
    await office.submit(await office.write(anna, asBen));
    await office.work();
    const [mail] = await office.sent();
    assert.equal(mail!.from, 'ben@example.org');
    assert.match(field(mail!.text, 'From')!, /Full ben.*<ben@example\.org>/);
    assert.equal(field(mail!.text, 'Sender'), undefined, 'sent as, not on behalf');
    const [copy, ...more] = await office.messagesIn(ben.sentItems);
    assert.deepEqual(more, []);
    const { properties } = await treeOf(office, copy!);
    assert.equal(properties.get(tags.PR_SENDER_NAME), 'Full anna', 'his copy says who it was');
    assert.deepEqual(await office.messagesIn(carla.sentItems), []);
  });

  test('a meeting request on behalf of another says so', async () => {
    await using office = await aPostOffice();
    const [anna, ben] = [await office.user('anna'), await office.user('ben')];
    const properties = [
      ...representing(principalEntryId(ben.principal)),
      { tag: tags.PR_MESSAGE_CLASS, value: 'IPM.Schedule.Meeting.Request' },
    ];
    const message = await office.write(anna, { properties });
    await office.context.platform.database.execute(
      `UPDATE object SET props = JSON_SET(props, '$."001a001f"', 'IPM.Schedule.Meeting.Request') WHERE id = :id`,
      { id: message.object.id },
    );
    await office.submit(message);
    await office.work();
    const [mail] = await office.sent();
    assert.match(field(mail!.text, 'From')!, /ben@example\.org/);
    assert.match(field(mail!.text, 'Sender')!, /anna@example\.org/);
  });

  test('as an address of his own may; as one of a stranger or of another domain may not', async () => {
    await using office = await aPostOffice();
    const anna = await office.user('anna', { aliases: ['info@example.org'] });
    const oneOff = (address: string) => ({
      properties: representing(encodeOneOff({ name: 'Somebody', addressType: 'SMTP', address })),
    });
    const spooler = office.spooler({
      settings: { senderDomains: ['example.org'], allowedSenders: { 'sales@example.org': ['anna'] } },
    });
    for (const address of ['info@example.org', 'sales@example.org', 'boss@example.org', 'x@elsewhere.example']) {
      await office.submit(await office.write(anna, oneOff(address)));
      await office.work(spooler);
    }
    assert.deepEqual(
      (await office.sent()).map(({ from }) => from),
      ['info@example.org', 'sales@example.org'],
    );
    const reports = await reportsOf(office, anna);
    assert.equal(reports.length, 2);
    assert.match(reports[0]!, /could not be found/);
  });
});

suite('who gets it', { concurrency: 2 }, () => {
  test('groups without an address are dissolved, others get one mail; nobody gets two', async () => {
    await using office = await aPostOffice();
    const [anna, ben, carla] = [await office.user('anna'), await office.user('ben'), await office.user('carla')];
    const inner = await aGroup(office, 'inner', '', [ben.principal, carla.principal]);
    const outer = await aGroup(office, 'outer', '', [ben.principal, inner]);
    const listed = await aGroup(office, 'listed', 'listed@example.org', [ben.principal]);
    await office.submit(await office.write(anna, { to: [outer, listed, ben.principal, "'ben@example.org'"] }));
    await office.work();
    const [mail] = await office.sent();
    assert.deepEqual([...mail!.recipients].sort(), ['ben@example.org', 'carla@example.org', 'listed@example.org']);
  });

  test('addresses that can’t be sent to are named in a report, and the others get the mail', async () => {
    await using office = await aPostOffice();
    const anna = await office.user('anna');
    await suppress(office.context.platform.database, ['gone@example.net'], 'bounce', '550 no such user');
    const typed = (type: string, address: string) =>
      aRecipient(address, 1, [
        { tag: tags.PR_ADDRTYPE, value: type },
        { tag: tags.PR_EC_CONTACT_ENTRYID, value: encodeOneOff({ name: address, addressType: type, address }) },
      ]);
    const message = await office.write(anna, {
      to: ['fine@example.net', 'Gone@example.net', 'not an address'],
      children: [typed('FAX', '+49 30 1234'), typed('EX', '/o=org/cn=x')],
    });
    await office.submit(message);
    await office.work();
    assert.deepEqual(
      (await office.sent()).flatMap(({ recipients }) => recipients),
      ['fine@example.net'],
    );
    const [report] = await reportsOf(office, anna);
    for (const part of ['Gone@example.net', 'not an address', '+49 30 1234', '/o=org/cn=x', '550 no such user'])
      assert.ok(report!.includes(part), part);
  });
});

suite('what the provider reports', { concurrency: 2 }, () => {
  test('a bounce brings the message back once and suppresses the address; a complaint only tells', async () => {
    await using office = await aPostOffice();
    const anna = await office.user('anna');
    await office.submit(
      await office.write(anna, { to: ['bounce@simulator.amazonses.com', 'complaint@simulator.amazonses.com'] }),
    );
    while ((await office.work()) > 0);
    const reports = await reportsOf(office, anna);
    assert.equal(reports.length, 2);
    assert.ok(reports.some((text) => /bounce@simulator.*550 5\.1\.1 user unknown/s.test(text)));
    await office.submit(await office.write(anna, { to: ['bounce@simulator.amazonses.com'] }));
    await office.work();
    assert.equal((await office.sent()).length, 1, 'nothing more is sent there');
    assert.equal((await reportsOf(office, anna)).length, 3);
  });
});
