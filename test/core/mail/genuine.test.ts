import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mailToMessage } from '../../../core/mail/mail-to-message.ts';
import { PR_MESSAGE_FLAGS } from '../../../core/mapi/tags.ts';
import { corpus } from './corpus/corpus.ts';
import { NAMED_TAGS } from './corpus/round.ts';
import { differences, recordedMails, USERS } from './genuine/comparison.ts';
import { EXPLANATIONS } from './genuine/explanations.ts';

/*
 * Each property that the genuine delivery agent 11.0.2 made of a mail, against
 * ours: equal, or different for a reason that is written down.
 */
const MAILS = new Map(corpus().map(({ name, raw }) => [name, raw]));
const RECORDED = recordedMails();
const used = new Set<string>();

/** As LMTP hands a mail over: lines end with CRLF, the last one, too. */
const asArrived = (raw: Buffer): Buffer => {
  const text = raw.toString('latin1').replace(/\r?\n/g, '\r\n');
  return Buffer.from(text.endsWith('\r\n') ? text : `${text}\r\n`, 'latin1');
};

test('more than two hundred mails are compared', () => {
  assert.ok(RECORDED.length > 200);
});

for (const genuine of RECORDED)
  test(`${genuine.file} becomes what the genuine delivery agent makes of it, or differs for a known reason`, async () => {
    const { message } = await mailToMessage(asArrived(MAILS.get(genuine.file)!), {
      receivedAt: 0,
      namedTags: NAMED_TAGS,
      resolveAddresses: async () => USERS,
    });
    assert.ok(message.properties.has(PR_MESSAGE_FLAGS));
    const unexplained = differences(genuine.file, message, genuine).filter((difference) => {
      const explanation = EXPLANATIONS.find(({ applies }) => applies(difference));
      if (explanation) used.add(explanation.why);
      return !explanation;
    });
    assert.deepEqual(unexplained, []);
  });

test('every explanation is still needed', () => {
  assert.deepEqual(
    EXPLANATIONS.map(({ why }) => why).filter((why) => !used.has(why)),
    [],
  );
});
