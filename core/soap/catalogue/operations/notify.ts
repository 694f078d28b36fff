import type { OperationRow } from '../rows.ts';

/** Notifications. */
export const notifyOperations = {
  notify: {
    session: true,
    write: true,
    parameters: { ulSessionId: 'unsignedLong', sNotification: 'notification' },
    answer: 'er',
  },
  notifySubscribe: {
    session: true,
    write: false,
    parameters: { ulSessionId: 'unsignedLong', notifySubscribe: 'notifySubscribe?' },
    answer: 'result',
  },
  notifySubscribeMulti: {
    session: true,
    write: false,
    parameters: { ulSessionId: 'unsignedLong', notifySubscribeArray: 'notifySubscribeArray?' },
    answer: 'result',
  },
  notifyUnSubscribe: {
    session: true,
    write: false,
    parameters: { ulSessionId: 'unsignedLong', ulConnection: 'unsignedInt' },
    answer: 'result',
  },
  notifyUnSubscribeMulti: {
    session: true,
    write: false,
    parameters: { ulSessionId: 'unsignedLong', ulConnectionArray: 'mv_long?' },
    answer: 'result',
  },
  notifyGetItems: {
    session: true,
    write: false,
    parameters: { ulSessionId: 'unsignedLong' },
    answer: 'notifyResponse',
  },
} as const satisfies Record<string, OperationRow>;
