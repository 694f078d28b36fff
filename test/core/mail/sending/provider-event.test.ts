import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import type { SQSEvent } from 'aws-lambda';
import { partOfLabel } from '../../../../core/mail/sending/parts.ts';
import { NotAnEventError, readProviderEvent } from '../../../../core/mail/sending/provider-event.ts';
import { parseSendingSettings } from '../../../../core/mail/sending/settings.ts';

const sample = (name: string): string =>
  (JSON.parse(readFileSync(new URL(`../../../../events/${name}.json`, import.meta.url), 'utf8')) as SQSEvent)
    .Records[0]!.body;

describe('A report of the mail provider', () => {
  it('that a mail was taken names the part', () => {
    const event = readProviderEvent(sample('spooler-send'))!;
    assert.equal(event.kind, 'taken');
    assert.deepEqual(partOfLabel(event.label!), { sending: 'm4711-20261123204656307000', part: 1 });
  });

  it('of a bounce says who didn’t get it, why, and that it is in vain from now on', () => {
    const event = readProviderEvent(sample('spooler-report'));
    assert.ok(event?.kind === 'bounce');
    assert.equal(event.final, true);
    assert.deepEqual(event.recipients, [
      { address: 'nobody@example.net', status: '5.1.1', diagnosis: 'smtp; 550 5.1.1 user unknown' },
    ]);
  });

  it('may come in the envelope of a topic, and begin with a greeting', () => {
    assert.equal(readProviderEvent(sample('spooler-topic')), undefined);
    assert.equal(readProviderEvent(JSON.stringify({ Message: sample('spooler-topic') })), undefined);
    assert.equal(readProviderEvent(JSON.stringify({ Message: sample('spooler-report') }))!.kind, 'bounce');
  });

  it('of another kind is of no interest', () => {
    assert.equal(readProviderEvent('{"eventType":"Open","mail":{"messageId":"x"}}'), undefined);
  });

  for (const body of [
    '',
    'null',
    '{}',
    '{"eventType":"Bounce"}',
    '{"mail":{"messageId":"x"}}',
    '{"Message":"rubbish"}',
  ])
    it(`is refused where it is none: ${body}`, () => {
      assert.throws(() => readProviderEvent(body), NotAnEventError);
    });
});

describe('A label', () => {
  for (const label of ['', 'm1', 'm1_', '_1', 'a b_1', `${'x'.repeat(81)}_1`])
    it(`that nobody of us gave names nothing: "${label.slice(0, 20)}"`, () => {
      assert.equal(partOfLabel(label), undefined);
    });
});

describe('The settings of sending', () => {
  it('are as the original has them where nothing is said', () => {
    const { copyDelegateMails, doubtSeconds } = parseSendingSettings('{"doubtSeconds":20}');
    assert.deepEqual({ copyDelegateMails, doubtSeconds }, { copyDelegateMails: 'yes', doubtSeconds: 20 });
  });

  for (const text of ['', '[]', '{"doubtSeconds":0}', '{"copyDelegateMails":"maybe"}', '{"alwaysSendTnef":true}'])
    it(`refuse what makes no sense: ${text}`, () => {
      assert.throws(() => parseSendingSettings(text), /SENDING/);
    });
});
