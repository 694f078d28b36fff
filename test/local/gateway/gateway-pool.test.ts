import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openDoor, portOf } from '../../../local/gateway/doors.ts';
import { GatewayPool } from '../../../local/gateway/gateway-pool.ts';
import { RotatingFile } from '../../../local/instance/rotating-file.ts';
import { aFolder, silent } from '../a-cloud.ts';

/** About every fifth death catches a connection on its way. */
const DEATHS = 8;

test('a connection on its way to a process that dies is served by the next one', async () => {
  using folder = aFolder();
  const output = new RotatingFile(path.join(folder.path, 'soap.log'));
  const pool = new GatewayPool(silent);
  await pool.start({
    workers: 1,
    handlerFile: fileURLToPath(new URL('../handlers/soap/handler.ts', import.meta.url)),
    functionArn: 'arn:aws:lambda:local:000000000000:function:soap',
    environment: { PATH: process.env.PATH ?? '' },
    output,
  });
  const door = await openDoor('public', { port: 0, host: '127.0.0.1' }, pool.take);
  const post = (body: string): Promise<Response> =>
    fetch(`http://127.0.0.1:${portOf(door)}/`, { method: 'POST', body, headers: { connection: 'close' } });
  try {
    for (let death = 0; death < DEATHS; death++) {
      await (await post('')).text();
      await post('crash').catch(() => {});
      assert.equal((await post('')).status, 200);
    }
  } finally {
    door.close();
    await pool.stop();
    output.close();
  }
});
