import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { suite, test } from 'node:test';
import { parseOptions, UsageError } from '../../../local/instance/options.ts';

suite('the command line', () => {
  test('has fixed ports and a kept directory by default', () => {
    const options = parseOptions([])!;
    assert.deepEqual([options.port, options.smtpPort, options.outboxPort], [2236, 2525, 2580]);
    assert.ok(options.data?.endsWith(path.join('.local', 'default')));
    assert.equal(options.demo, true);
    assert.equal(options.workers, Math.min(availableParallelism(), 4));
  });

  test('of a throw-away start takes free ports, keeps nothing and makes no demo users', () => {
    const options = parseOptions(['--ephemeral', '--trusted-port', '0', '--smtp-port', '2526'])!;
    assert.deepEqual([options.port, options.smtpPort, options.trustedPort], [0, 2526, 0]);
    assert.equal(options.data, undefined);
    assert.equal(options.demo, false);
  });

  test('reads times, numbers and settings', () => {
    const args = ['--database-latency', '8ms', '--workers', '2', '--set', 'SERVER_NAME=a=b', '--data', 'x', '--reset'];
    const options = parseOptions(args)!;
    assert.equal(options.databaseLatencyMs, 8);
    assert.equal(parseOptions(['--database-latency', '0.1s'])!.databaseLatencyMs, 100);
    assert.equal(options.workers, 2);
    assert.deepEqual(options.settings, { SERVER_NAME: 'a=b' });
    assert.equal(options.data, path.resolve('x'));
    assert.equal(options.reset, true);
  });

  test('names the domains whose mail stays here', () => {
    assert.deepEqual(parseOptions([])!.localDomains, ['demo.local']);
    const options = parseOptions(['--mail-domain', 'Example.org', '--mail-domain', 'b.example'])!;
    assert.deepEqual(options.localDomains, ['example.org', 'b.example']);
  });

  test('is refused with a reason where it makes no sense', () => {
    const bad: [RegExp, ...string[]][] = [
      [/--trusted-port needs --ephemeral/, '--trusted-port', '1'],
      [/--data and --reset make no sense/, '--ephemeral', '--reset'],
      [/--data and --reset make no sense/, '--ephemeral', '--data', 'x'],
      [/--port takes a whole number/, '--port', 'x'],
      [/--port takes a whole number/, '--port', '65536'],
      [/--workers takes a whole number/, '--workers', '0'],
      [/--database-latency takes a time/, '--database-latency', 'slow'],
      [/--mail-domain takes a domain/, '--mail-domain', 'anna@example.org'],
      [/--set takes NAME=VALUE/, '--set', 'x'],
      [/unknown/i, '--no-such'],
      [/unexpected/i, 'argument'],
    ];
    for (const [reason, ...args] of bad) {
      assert.throws(
        () => parseOptions(args),
        (error) => error instanceof UsageError && reason.test(error.message),
        args.join(' '),
      );
    }
  });

  test('asks for help', () => {
    assert.equal(parseOptions(['--help']), undefined);
  });
});
