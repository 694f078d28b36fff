import { isIP } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { Client, InvalidCredentialsError, ResultCodeError } from 'ldapts';
import type { DirectoryCredentials, DirectorySettings } from '../../platform/directory-access.ts';

/** No server of the directory gave a usable answer; users and passwords are what they were. */
export class DirectoryUnavailableError extends Error {
  override readonly name = 'DirectoryUnavailableError';
}

/** Longest wait for a connection, in ms; then the next server is tried. */
const CONNECT_MS = 5_000;

/** Authority that signs the servers' certificates, if only one is trusted. */
type Trust = Pick<DirectoryCredentials, 'ca'>;

/** Opens an encrypted connection to a server, without having said who asks. */
export async function connect(url: string, settings: DirectorySettings, { ca }: Trust): Promise<Client> {
  const { protocol, hostname } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, '');
  const authority = settings.ca ?? ca;
  const tls: ConnectionOptions = {
    minVersion: 'TLSv1.2',
    host,
    ...(isIP(host) ? {} : { servername: host }),
    ...(authority !== undefined && { ca: authority }),
  };
  const client = new Client({
    url,
    connectTimeout: CONNECT_MS,
    timeout: settings.timeoutSeconds * 1000,
    ...(protocol === 'ldaps:' && { tlsOptions: tls }),
  });
  if (protocol === 'ldap:' && settings.startTls) {
    try {
      await client.startTLS(tls);
    } catch (error) {
      await close(client);
      throw error;
    }
  }
  return client;
}

/** Ends a connection, whatever its state. */
export async function close(client: Client): Promise<void> {
  await client.unbind().catch(() => undefined);
}

/** Whether an error is the server's answer, and not the lack of one. */
export const isAnswer = (error: unknown): error is ResultCodeError => error instanceof ResultCodeError;

export const isWrongPassword = (error: unknown): boolean => error instanceof InvalidCredentialsError;

/** Result codes by which a server says that it can't answer now (RFC 4511 4.1.9): busy, unavailable. */
const SERVER_TROUBLE: ReadonlySet<number> = new Set([51, 52]);

/** Whether another server may answer where this one didn't. */
export const isTrouble = (error: unknown): boolean => !isAnswer(error) || SERVER_TROUBLE.has(error.code);
