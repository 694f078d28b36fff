import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_DELIVERY_SETTINGS, parseDeliverySettings } from '../../../core/mail/delivery-settings.ts';
import { ConfigurationError } from '../../../core/platform/configuration.ts';

test('what is not set is as the original has it', () => {
  assert.deepEqual(parseDeliverySettings(undefined), DEFAULT_DELIVERY_SETTINGS);
  assert.deepEqual(parseDeliverySettings('{}'), DEFAULT_DELIVERY_SETTINGS);
  const some = parseDeliverySettings(
    '{"replyToCc": true, "spamHeader": null, "publicFolders": [{"address": "a@b", "folder": "x/y"}]}',
  );
  assert.deepEqual(some, {
    ...DEFAULT_DELIVERY_SETTINGS,
    replyToCc: true,
    spamHeader: undefined,
    publicFolders: [{ address: 'a@b', folder: 'x/y' }],
  });
});

for (const [what, text] of [
  ['no JSON', 'x'],
  ['no object', '[]'],
  ['a name that does not exist', '{"replyToCC": true}'],
  ['a name of every object', '{"constructor": true}'],
  ['a word for a flag', '{"keepSent": "yes"}'],
  ['half a header', '{"spamHeader": {"name": "X"}}'],
  ['an unknown answer to full mailboxes', '{"overQuota": "drop"}'],
  ['a negative time', '{"replyEverySeconds": -1}'],
  ['a folder without an address', '{"publicFolders": [{"folder": "x"}]}'],
] as const)
  test(`${what} is refused with what is wrong`, () => {
    assert.throws(
      () => parseDeliverySettings(text),
      (error) => error instanceof ConfigurationError && /DELIVERY/.test(error.message),
    );
  });
