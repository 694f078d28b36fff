import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { SYSTEM } from '../../../../core/directory/system-identity.ts';
import { sendMail, wakeForgotten } from '../../../../core/mail/spool.ts';
import * as tags from '../../../../core/mapi/tags.ts';
import type { Mailer, OutgoingMail } from '../../../../core/platform/mailer.ts';
import { MailNotTakenError, MailRejectedError } from '../../../../core/platform/mailer.ts';
import { submitMessage } from '../../../../core/store/submission.ts';
import { aPostOffice, type PostOffice, treeOf } from './a-post-office.ts';

/** The function dies: nothing of it goes on. */
class Death extends Error {
  override readonly name = 'Death';
}

/** A mailer of which the first sendings end otherwise; then it is the real one. */
function mailerThat(office: PostOffice, ...endings: ((mail: OutgoingMail, real: Mailer) => Promise<string>)[]): Mailer {
  const real = office.context.mailer;
  return {
    headerId: (id) => real.headerId(id),
    send: (mail) => (endings.shift() ?? ((same: OutgoingMail) => real.send(same)))(mail, real),
  };
}

const takenButSilent = async (mail: OutgoingMail, real: Mailer): Promise<string> => {
  await real.send(mail);
  throw new Death('after the provider took it');
};

const DOUBT = 600_000;

suite('a mail is sent once', { concurrency: 2 }, () => {
  test('though the function dies after the provider took it: the provider tells of that', async () => {
    await using office = await aPostOffice();
    const anna = await office.user('anna');
    const message = await office.write(anna);
    await office.submit(message);
    // The report is read in this very round, after the death.
    await office.work(office.spooler({ mailer: mailerThat(office, takenButSilent) }));
    assert.deepEqual(await office.messagesIn(anna.sentItems), []);
    await office.wake(message);
    await office.work();
    assert.equal((await office.sent()).length, 1);
    assert.equal((await office.messagesIn(anna.sentItems)).length, 1);
  });

  test('though it died before the provider was asked: the next one waits for the report, then tries', async () => {
    await using office = await aPostOffice();
    const anna = await office.user('anna');
    const message = await office.write(anna);
    await office.submit(message);
    const dies = mailerThat(office, () => Promise.reject(new Death('before')));
    await office.work(office.spooler({ mailer: dies }));
    for (const _ of ['a waking too soon', 'and another']) {
      await office.wake(message);
      await office.work();
      assert.deepEqual(await office.sent(), []);
    }
    office.pass(DOUBT + 1);
    await office.wake(message);
    await office.work();
    assert.equal((await office.sent()).length, 1);
    assert.equal((await office.messagesIn(anna.sentItems)).length, 1);
  });

  test('though its job comes twice at a time', async () => {
    await using office = await aPostOffice();
    const anna = await office.user('anna');
    const message = await office.write(anna);
    await office.submit(message);
    const twice = mailerThat(office, async (mail, real) => {
      await office.wake(message);
      await office.work();
      return real.send(mail);
    });
    await office.work(office.spooler({ mailer: twice }));
    assert.equal((await office.sent()).length, 1);
    assert.equal((await office.messagesIn(anna.sentItems)).length, 1);
  });

  test('and all parts of it, though the function died between two', async () => {
    await using office = await aPostOffice();
    const anna = await office.user('anna');
    const to = Array.from({ length: 60 }, (_, index) => `user${index}@example.net`);
    const message = await office.write(anna, { to });
    await office.submit(message);
    const dies = mailerThat(
      office,
      (mail, real) => real.send(mail),
      () => Promise.reject(new Death('between')),
    );
    await office.work(office.spooler({ mailer: dies }));
    office.pass(DOUBT + 1);
    await office.wake(message);
    await office.work();
    assert.deepEqual((await office.sent()).flatMap(({ recipients }) => recipients).sort(), to.sort());
  });

  test('by its dedupeId, however often and late a finished mail is handed over', async () => {
    await using office = await aPostOffice();
    const raw = Buffer.from('From: anna@example.org\r\nTo: x@example.net\r\nSubject: Re\r\n\r\nx\r\n');
    const mail = { from: '', recipients: ['x@example.net'], raw, dedupeId: 'reply to mail 1' };
    for (const _ of [1, 2, 3]) {
      await sendMail(office.context.platform, mail);
      await office.work();
      office.pass(24 * 3600_000);
    }
    await sendMail(office.context.platform, { ...mail, dedupeId: 'reply to mail 2' });
    await office.work();
    assert.equal((await office.sent()).length, 2);
  });

  test('though the provider first takes nothing: it is tried again soon, and counted', async () => {
    await using office = await aPostOffice();
    const anna = await office.user('anna');
    const message = await office.write(anna);
    await office.submit(message);
    const busy = mailerThat(office, () => Promise.reject(new MailNotTakenError('Throttling')));
    await office.work(office.spooler({ mailer: busy }));
    assert.deepEqual(await office.sent(), []);
    await office.wake(message);
    await office.work();
    assert.equal((await office.sent()).length, 1, 'what was certainly not taken needs no waiting');
  });
});

suite('nothing that was submitted is forgotten', { concurrency: 2 }, () => {
  test('though its function died before it could wake the spooler: the housekeeping does that', async () => {
    await using office = await aPostOffice();
    const { platform } = office.context;
    const anna = await office.user('anna');
    const message = await office.write(anna);
    await submitMessage({ platform, database: platform.database, identity: SYSTEM }, message, 3);
    assert.equal(await wakeForgotten(platform), 0, 'it may still be about to do it');
    await platform.database.execute('UPDATE outgoing SET at = at - INTERVAL 2 HOUR');
    assert.equal(await wakeForgotten(platform), 1);
    await office.work();
    assert.equal((await office.sent()).length, 1);
    assert.equal(await wakeForgotten(platform), 0);
  });
});

suite('a mail that can’t be sent', { concurrency: 2 }, () => {
  test('comes back to its sender with the reason and the original, and lies in Sent Items', async () => {
    await using office = await aPostOffice();
    const anna = await office.user('anna');
    const message = await office.write(anna, { to: ['fine@example.net'] });
    await office.submit(message);
    const refuses = mailerThat(office, () => Promise.reject(new MailRejectedError('Email address is not verified.')));
    await office.work(office.spooler({ mailer: refuses }));
    await office.wake(message);
    await office.work();

    assert.deepEqual(await office.sent(), []);
    assert.equal((await office.messagesIn(anna.sentItems)).length, 1);
    const [report, ...more] = await office.server.inbox(anna);
    assert.deepEqual(more, []);
    const target = (
      await office.messagesIn((await office.now({ object: { id: anna.inboxId } } as never)).object.entryId!)
    )[0]!;
    const tree = await treeOf(office, target);
    assert.equal(report!.id, target.object.id);
    assert.equal(tree.properties.get(tags.PR_MESSAGE_CLASS), 'REPORT.IPM.Note.NDR');
    assert.match(String(tree.properties.get(tags.PR_BODY)), /fine@example\.net\r\n\s+Email address is not verified\./);
    const [row, original] = tree.children;
    assert.equal(row!.properties.get(tags.PR_EMAIL_ADDRESS), 'fine@example.net');
    assert.equal(original!.children[0]!.properties.get(tags.PR_SUBJECT), 'Figures');
    assert.equal(original!.children[0]!.properties.get(tags.PR_BODY), 'Dear world');
  });

  test('becomes a dead letter with its reason when it has failed for a day, and can be given up then', async () => {
    await using office = await aPostOffice();
    const anna = await office.user('anna');
    const message = await office.write(anna);
    await office.submit(message);
    const never: Mailer = {
      headerId: (id) => id,
      send: () => Promise.reject(new MailNotTakenError('Sending paused for this account.')),
    };
    const job = { kind: 'message', object: message.object.id, store: message.store.guid.toString('hex') };
    const { jobs } = office.context.platform.spool;
    await jobs.send(JSON.stringify({ ...job, attempt: 27 }), { groupId: 'x', deduplicationId: '1' });
    await office.work(office.spooler({ mailer: never }));
    const [letter] = await office.deadLetters();
    assert.match((letter as { reason: string }).reason, /takes no mail/);
    assert.equal((await office.messagesIn(anna.outbox.object.entryId!)).length, 1, 'it stays in the outbox');

    const abandon = { kind: 'abandon', job: letter, reason: 'An administrator has removed it.' };
    await jobs.send(JSON.stringify(abandon), { groupId: 'x', deduplicationId: '2' });
    await office.work();
    assert.deepEqual(await office.sent(), []);
    assert.equal((await office.server.inbox(anna)).length, 1);
    assert.equal((await office.messagesIn(anna.outbox.object.entryId!)).length, 0);
  });

  test('of a job that nobody wrote is a dead letter at once', async () => {
    await using office = await aPostOffice();
    await office.context.platform.spool.jobs.send('{"kind":"rubbish"}', { groupId: 'x', deduplicationId: '1' });
    await office.work();
    assert.equal((await office.deadLetters()).length, 1);
  });
});
