import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ConfigurationError, environment, optionalEnv, requireEnv } from '../../../core/platform/configuration.ts';

suite('the configuration', () => {
  test('fails loudly for a variable that is missing or empty, and names it', () => {
    delete process.env[environment.mailBucket];
    for (const value of [undefined, '']) {
      if (value !== undefined) process.env[environment.mailBucket] = value;
      assert.throws(
        () => requireEnv(environment.mailBucket),
        (error) => error instanceof ConfigurationError && /MAIL_BUCKET/.test(error.message),
      );
      assert.equal(optionalEnv(environment.mailBucket), undefined);
    }
    process.env[environment.mailBucket] = 'mail';
    assert.equal(requireEnv(environment.mailBucket), 'mail');
    assert.equal(optionalEnv(environment.mailBucket), 'mail');
    delete process.env[environment.mailBucket];
  });
});
