/** A process of the soap function with its gateway: answers the connections that the instance hands over. */
import type { Socket } from 'node:net';
import { openLog } from '../../core/platform/pino-log.ts';
import { DESCRIPTIONS } from '../functions/catalogue.ts';
import { loadHandler } from '../functions/load-handler.ts';
import { Gateway } from './gateway.ts';
import type { Door } from './proxy-event.ts';

/** Calls that run when the instance stops get so long to end. */
const PATIENCE_MS = 5_000;

const [handlerFile, functionArn] = process.argv.slice(2) as [string, string];

// The instance is gone, however it went: there is no door left.
process.on('disconnect', () => process.exit(0));
process.on('SIGINT', () => {});

const handler = await loadHandler(handlerFile);
const log = openLog('gateway');
const gateway = new Gateway({ handler, description: DESCRIPTIONS.soap, functionArn, log });

process.on(
  'message',
  (message: { readonly type: 'connection'; readonly door: Door } | { readonly type: 'stop' }, socket) => {
    if (message.type === 'stop') void gateway.close(PATIENCE_MS).then(() => process.exit(0));
    // A client may have gone before its connection arrived here.
    else if (socket) gateway.admit(socket as Socket, message.door);
  },
);
process.send?.({ type: 'ready' });
