import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NotAReceiptError, readReceipt } from '../../../core/mail/receipt-notification.ts';

const notification = {
  notificationType: 'Received',
  mail: { messageId: 'abc', timestamp: '2026-11-23T20:45:37.402Z' },
  receipt: {
    timestamp: '2026-11-23T20:45:38.000Z',
    recipients: ['alice@example.org'],
    action: { type: 'S3', objectKey: 'inbound/abc' },
  },
};
const expected = {
  mailId: 'abc',
  key: 'inbound/abc',
  recipients: ['alice@example.org'],
  from: '',
  receivedAt: Date.parse('2026-11-23T20:45:38.000Z'),
  spam: false,
  virus: false,
};

test('a notification is read as it is, and in the envelope of a topic', () => {
  assert.deepEqual(readReceipt(JSON.stringify(notification)), expected);
  assert.deepEqual(
    readReceipt(JSON.stringify({ Type: 'Notification', Message: JSON.stringify(notification) })),
    expected,
  );
});

test('the greeting that SES sends when a rule is made is no mail', () => {
  const greeting = { ...notification, mail: { ...notification.mail, messageId: 'AMAZON_SES_SETUP_NOTIFICATION' } };
  assert.equal(readReceipt(JSON.stringify(greeting)), undefined);
});

for (const [what, body] of [
  ['no JSON', 'x'],
  ['no object', '[1'],
  ['null', 'null'],
  ['an envelope of no JSON', '{"Message":"x"}'],
  ['another notification', JSON.stringify({ ...notification, notificationType: 'Bounce' })],
  ['no mail', JSON.stringify({ ...notification, mail: undefined })],
  ['an endless id', JSON.stringify({ ...notification, mail: { messageId: 'x'.repeat(201) } })],
  ['no receipt', JSON.stringify({ ...notification, receipt: undefined })],
  ['no bucket', JSON.stringify({ ...notification, receipt: { ...notification.receipt, action: { type: 'SNS' } } })],
  ['no recipients', JSON.stringify({ ...notification, receipt: { ...notification.receipt, recipients: [] } })],
  [
    'recipients that are no text',
    JSON.stringify({ ...notification, receipt: { ...notification.receipt, recipients: [1] } }),
  ],
] as const) {
  test(`${what} is refused by name`, () => assert.throws(() => readReceipt(body), NotAReceiptError));
}
