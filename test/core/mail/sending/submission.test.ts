import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { suite, test } from 'node:test';
import { SYSTEM } from '../../../../core/directory/system-identity.ts';
import { KopanoError } from '../../../../core/mapi/error.ts';
import { KCERR_UNABLE_TO_ABORT } from '../../../../core/mapi/error-codes.ts';
import { fileTimeFromMilliseconds } from '../../../../core/mapi/file-time.ts';
import { MSGFLAG_READ, MSGFLAG_SUBMIT, MSGFLAG_UNSENT } from '../../../../core/mapi/message-flags.ts';
import { MAPI_ATTACH } from '../../../../core/mapi/object-types.ts';
import * as tags from '../../../../core/mapi/tags.ts';
import { moveMessages } from '../../../../core/store/move.ts';
import { abortSubmission } from '../../../../core/store/submission.ts';
import { findTarget } from '../../../../core/store/target.ts';
import { aChild } from '../../store/a-server.ts';
import { assertCountersRight } from '../../store/recount.ts';
import { aPostOffice, treeOf } from './a-post-office.ts';

suite('a submitted message', { concurrency: 2 }, () => {
  test('is sent once, and lies read in Sent Items with the id under which the world knows it', async () => {
    await using office = await aPostOffice();
    const anna = await office.user('anna');
    const message = await office.write(anna, { cc: ['cc@example.net'], bcc: ['hidden@example.net'] });
    await office.submit(message);
    while ((await office.work()) > 0) office.pass(60_000);

    const [mail, ...more] = await office.sent();
    assert.deepEqual(more, []);
    assert.equal(mail!.from, 'anna@example.org');
    assert.deepEqual(mail!.recipients, ['world@example.net', 'cc@example.net', 'hidden@example.net']);
    assert.match(mail!.text, /^From: "?Full anna"? <anna@example\.org>\r$/m);
    assert.match(mail!.text, /^To: .*world@example\.net/m);
    assert.match(mail!.text, /^Subject: Figures\r$/m);
    assert.doesNotMatch(mail!.text, /hidden@|^Sender:/im);

    assert.deepEqual(await office.messagesIn(anna.outbox.object.entryId!), []);
    const [kept] = await office.messagesIn(anna.sentItems);
    assert.equal(kept!.object.id, message.object.id);
    assert.equal(kept!.object.messageFlags & (MSGFLAG_READ | MSGFLAG_SUBMIT | MSGFLAG_UNSENT), MSGFLAG_READ);
    const { properties } = await treeOf(office, kept!);
    assert.equal(properties.get(tags.PR_SENDER_NAME), 'Full anna');
    assert.equal(properties.get(tags.PR_SENT_REPRESENTING_EMAIL_ADDRESS), properties.get(tags.PR_SENDER_EMAIL_ADDRESS));
    const id = properties.get(tags.PR_INTERNET_MESSAGE_ID) as string;
    assert.ok(mail!.text.includes(id.slice(1, 20)), `${id} is not the id of the mail`);
    await assertCountersRight(office.context.platform.database, anna.outbox.store.id);
    assert.deepEqual(await office.deadLetters(), []);
  });

  test('costs a bounded number of statements', async () => {
    await using office = await aPostOffice();
    const anna = await office.user('anna');
    const { database } = office.context.platform;
    const spent: number[] = [];
    for (const _ of ['fills what a function remembers', 'counts']) {
      await office.submit(await office.write(anna));
      const before = database.roundTrips;
      await office.work();
      spent.push(database.roundTrips - before);
    }
    // To send it 15, and one for what SES tells of it; the second waking costs one more.
    assert.ok(spent[1]! <= 16, `${spent[1]} statements`);
  });

  test('waits for its time, and not longer', async () => {
    await using office = await aPostOffice();
    const anna = await office.user('anna');
    const due = fileTimeFromMilliseconds(office.context.platform.clock.now() + 3_600_000);
    const message = await office.write(anna, { properties: [{ tag: tags.PR_DEFERRED_SEND_TIME, value: due }] });
    await office.submit(message);
    await office.work();
    assert.deepEqual(await office.sent(), []);
    office.pass(3_600_001);
    await office.wake(message);
    await office.work();
    assert.equal((await office.sent()).length, 1);
  });

  test('that is taken back is not sent; one that is being sent can’t be taken back', async () => {
    await using office = await aPostOffice();
    const { platform } = office.context;
    const actor = { platform, database: platform.database, identity: SYSTEM };
    const anna = await office.user('anna');
    const first = await office.write(anna);
    await office.submit(first);
    await abortSubmission(actor, await office.now(first));
    await office.work();
    assert.deepEqual(await office.sent(), []);

    const second = await office.write(anna);
    await office.submit(second);
    let refused: unknown;
    const mailer = {
      ...office.context.mailer,
      headerId: (id: string) => office.context.mailer.headerId(id),
      send: async (mail: Parameters<typeof office.context.mailer.send>[0]) => {
        refused = await abortSubmission(actor, second).catch((error: unknown) => error);
        return office.context.mailer.send(mail);
      },
    };
    await office.work(office.spooler({ mailer }));
    assert.ok(refused instanceof KopanoError && refused.code === KCERR_UNABLE_TO_ABORT);
    assert.equal((await office.sent()).length, 1);
    assert.equal((await office.messagesIn(anna.sentItems)).length, 1);
  });

  test('is split for more recipients than SES takes at a time, each of whom gets it once', async () => {
    await using office = await aPostOffice();
    const anna = await office.user('anna');
    const to = Array.from({ length: 120 }, (_, index) => `user${index}@example.net`);
    await office.submit(await office.write(anna, { to: [...to, to[3]!.toUpperCase()] }));
    await office.work();
    const sent = await office.sent();
    assert.deepEqual(sent.map(({ recipients }) => recipients.length).sort(), [20, 50, 50]);
    assert.deepEqual(sent.flatMap(({ recipients }) => recipients).sort(), [...to].sort());
  });

  test('that is larger than SES’s older way takes is sent whole by its newer one', async () => {
    await using office = await aPostOffice();
    const anna = await office.user('anna');
    const bytes = randomBytes(12 * 1024 * 1024);
    const attachment = aChild(MAPI_ATTACH, [
      { tag: tags.PR_ATTACH_METHOD, value: 1 },
      { tag: tags.PR_ATTACH_LONG_FILENAME, value: 'large.bin' },
      { tag: tags.PR_ATTACH_DATA_BIN, value: bytes },
    ]);
    await office.submit(await office.write(anna, { children: [attachment] }));
    while ((await office.work()) > 0) office.pass(60_000);
    const [mail, ...more] = await office.sent();
    assert.deepEqual(more, []);
    const encoded = /filename=.?large\.bin.*?\r\n\r\n([\w+/=\r\n]+)/s.exec(mail!.text)?.[1] ?? '';
    assert.ok(Buffer.from(encoded, 'base64').equals(bytes));
    assert.deepEqual(await office.deadLetters(), []);
  });

  test('goes away where the client wants that, and stays where it doesn’t say', async () => {
    await using office = await aPostOffice();
    const anna = await office.user('anna');
    const nowhere = { tag: tags.PR_SENTMAIL_ENTRYID, value: undefined as never };
    const strip = { ...anna, sentItems: undefined as never };
    const going = await office.write(strip, {
      properties: [nowhere, { tag: tags.PR_DELETE_AFTER_SUBMIT, value: true }],
    });
    const staying = await office.write(strip);
    for (const message of [going, staying]) await office.submit(message);
    await office.work();
    await office.work();
    assert.equal((await office.sent()).length, 2);
    assert.equal((await office.now(going)).object.deleted, true);
    assert.equal((await office.now(staying)).object.parentId, anna.outbox.object.id);
    assert.equal((await office.now(staying)).object.messageFlags & MSGFLAG_UNSENT, 0);
    await assertCountersRight(office.context.platform.database, anna.outbox.store.id);
  });

  test('in the deleted items is not sent', async () => {
    await using office = await aPostOffice();
    const anna = await office.user('anna');
    const { platform } = office.context;
    const message = await office.write(anna);
    await office.submit(message);
    const trash = (await findTarget(platform.database, { entryId: anna.wastebasket }))!;
    const actor = { platform, database: platform.database, identity: SYSTEM };
    await moveMessages(actor, [message.object.entryId!], trash, 0);
    await office.work();
    assert.deepEqual(await office.sent(), []);
    assert.equal((await office.messagesIn(anna.wastebasket)).length, 1);
  });
});
