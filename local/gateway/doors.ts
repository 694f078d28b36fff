import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type ListenOptions, type Server, type Socket } from 'node:net';
import type { Door } from './proxy-event.ts';

/** A port is taken by another program. */
export class PortTakenError extends Error {
  override readonly name = 'PortTakenError';
}

/** Takes connections that a door has accepted. */
export type Taker = (socket: Socket, door: Door) => void;

/**
 * Listens for a door. The listening socket is the instance's own, so clients
 * find an open door even while the process behind it is started anew.
 */
export async function openDoor(door: Door, listen: ListenOptions, take: Taker): Promise<Server> {
  const server = createServer({ pauseOnConnect: true, noDelay: true }, (socket) => take(socket, door));
  const [what, option] = door === 'trusted' ? ['the trusted door', 'trusted-port'] : ['the SOAP gateway', 'port'];
  await listening(server, listen, what, option);
  return server;
}

/**
 * Listens, or throws {@link PortTakenError} that says which port of what is
 * taken, and by which option of the command line another one is chosen.
 */
export async function listening(server: Server, listen: ListenOptions, what: string, option?: string): Promise<void> {
  // A socket is for its owner only from its first moment on: the file is made within the call.
  const umask = listen.path === undefined ? undefined : process.umask(0o177);
  try {
    server.listen(listen);
    if (umask !== undefined) process.umask(umask);
    await once(server, 'listening');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EADDRINUSE' && code !== 'EACCES') throw error;
    const reason = code === 'EACCES' ? 'may not be used by this user' : 'is taken by another program';
    const hint = option === undefined ? '' : ` Choose another one with --${option}.`;
    throw new PortTakenError(`Port ${listen.port ?? listen.path} for ${what} ${reason}.${hint}`, { cause: error });
  }
}

export function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}
