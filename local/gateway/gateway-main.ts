/** A process of the soap function with its gateway: answers the connections that the instance hands over. */
import type { Socket } from 'node:net';
import { openLog } from '../../core/platform/pino-log.ts';
import { DESCRIPTIONS } from '../functions/catalogue.ts';
import { loadHandler } from '../functions/load-handler.ts';
import { admit, createGateway } from './gateway.ts';
import type { Door } from './proxy-event.ts';

/** Calls that run when the instance stops get so long to end. */
const PATIENCE_MS = 5_000;

const [handlerFile, functionArn] = process.argv.slice(2) as [string, string];

// The instance is gone, however it went: there is no door left.
process.on('disconnect', () => process.exit(0));
process.on('SIGINT', () => {});

const handler = await loadHandler(handlerFile);
const log = openLog('gateway');
const server = createGateway({ handler, description: DESCRIPTIONS.soap, functionArn, log });

process.on(
  'message',
  (message: { readonly type: 'connection'; readonly door: Door } | { readonly type: 'stop' }, socket) => {
    if (message.type === 'stop') stop();
    // A client may have gone before its connection arrived here.
    else if (socket) admit(server, socket as Socket, message.door);
  },
);
process.send?.({ type: 'ready' });

function stop(): void {
  server.closeIdleConnections();
  const done = (): void => process.exit(0);
  server.getConnections((_error, count) => {
    if (!count) done();
  });
  setTimeout(done, PATIENCE_MS);
  setInterval(() => {
    server.closeIdleConnections();
    server.getConnections((_error, count) => {
      if (!count) done();
    });
  }, 50);
}
