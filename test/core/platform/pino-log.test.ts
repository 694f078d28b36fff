import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { openLog } from '../../../core/platform/pino-log.ts';

function aLog() {
  const lines: string[] = [];
  const log = openLog('dagent', { write: (line: string) => void lines.push(line) });
  return { log, lines: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

suite('the log', () => {
  test('writes a line of JSON with level, time, function and fields', () => {
    const { log, lines } = aLog();
    log.child({ messageId: 'm' }).info({ recipients: 2 }, 'delivered');
    const [line] = lines();
    assert.match(String(line?.time), /^\d{4}-\d\d-\d\dT/);
    const { time: _time, ...rest } = line!;
    assert.deepEqual(rest, { level: 'info', function: 'dagent', messageId: 'm', recipients: 2, message: 'delivered' });
  });

  test('tells an error with its stack and its cause', () => {
    const { log, lines } = aLog();
    log.error({ error: new Error('outer', { cause: new Error('inner') }) }, 'failed');
    const error = lines()[0]!.error as { type: string; message: string; stack: string };
    assert.equal(error.type, 'Error');
    assert.match(error.message, /outer.*inner/);
    assert.match(error.stack, /pino-log\.test/);
  });

  test('leaves out what is below its level', () => {
    const { log, lines } = aLog();
    log.debug({}, 'detail');
    assert.deepEqual(lines(), []);
  });
});
