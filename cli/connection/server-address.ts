import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { UsageError } from '../errors.ts';

/** The trusted door of the instance that `npm start` runs without `--data`. */
export const LOCAL_SOCKET = fileURLToPath(new URL('../../.local/default/server.sock', import.meta.url));

/** Environment variable that names the server. */
export const KGC_SERVER = 'KGC_SERVER';

/**
 * Which server is meant: the one on the command line, that of the environment,
 * or the local instance if there is one. Paths of sockets and `host:port` do as
 * well as URLs.
 */
export function serverAddress(
  given: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
  localSocket = LOCAL_SOCKET,
): URL {
  const address = given ?? env[KGC_SERVER];
  if (address) return parseAddress(address);
  if (existsSync(localSocket)) return pathToFileURL(localSocket);
  throw new UsageError('There is no server to talk to: no local instance is running.', {
    hint: `npm start, or name a server with --server URL or the variable ${KGC_SERVER}`,
  });
}

function parseAddress(address: string): URL {
  if (address.startsWith('/') || address.startsWith('.')) return pathToFileURL(path.resolve(address));
  const text = address.includes('://') ? address : `http://${address}`;
  if (URL.canParse(text)) {
    const url = new URL(text);
    if (['http:', 'https:', 'file:'].includes(url.protocol)) return url;
  }
  throw new UsageError(`'${address}' is no address of a server.`, {
    hint: 'https://mail.example.org/, http://127.0.0.1:2236/ or file:///path/to/server.sock',
  });
}

/** The address as people write it. */
export const addressText = (url: URL): string =>
  url.protocol === 'file:' ? decodeURIComponent(url.pathname) : url.href;
