/** A process of the soap function with its gateway: answers the connections that the instance hands over. */
import type { Socket } from 'node:net';
import { inBundles, onHint, takeHint } from '../../core/platform/change-hints.ts';
import { openLog } from '../../core/platform/pino-log.ts';
import { DESCRIPTIONS } from '../functions/catalogue.ts';
import { loadHandler } from '../functions/load-handler.ts';
import { Gateway } from './gateway.ts';
import type { GatewayMessage, PoolMessage } from './gateway-pool.ts';

/** Calls that run when the instance stops get so long to end. */
const PATIENCE_MS = 5_000;

/** Hints go to the other processes at most so often: of many changes, each would cost more than its look. */
const HINT_PAUSE_MS = 5;

const [handlerFile, functionArn] = process.argv.slice(2) as [string, string];

// The instance is gone, however it went: there is no door left.
process.on('disconnect', () => process.exit(0));
process.on('SIGINT', () => {});

const handler = await loadHandler(handlerFile);
const log = openLog('gateway');
// The instance's own key, which only its owner reads, stands for those to whom IAM opens the trusted route.
const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = process.env;
const credentials = accessKeyId && secretAccessKey ? { accessKeyId, secretAccessKey } : undefined;
const gateway = new Gateway({ handler, description: DESCRIPTIONS.soap, functionArn, log, credentials });

process.on('message', (message: PoolMessage, socket: Socket | undefined) => {
  if (message.type === 'stop') {
    void gateway.close(PATIENCE_MS).then(() => process.exit(0));
    return;
  }
  if (message.type === 'changed') {
    takeHint(message.storeIds);
    return;
  }
  send({ type: 'taken', id: message.id });
  // A client may have gone before its connection arrived here.
  if (socket) gateway.admit(socket, message.door);
});
// Who waits in another process looks at once, too. In the cloud nobody passes hints on, and waiters look by the clock.
onHint(
  inBundles(HINT_PAUSE_MS, (storeIds) => {
    send({ type: 'changed', storeIds });
  }),
);
send({ type: 'ready' });

function send(message: GatewayMessage): void {
  process.send?.(message);
}
