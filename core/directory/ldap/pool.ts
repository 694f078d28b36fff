import type { Client } from 'ldapts';
import type { DirectoryAccess } from '../../platform/directory-access.ts';
import { close, connect, DirectoryUnavailableError, isAnswer, isTrouble, isWrongPassword } from './connection.ts';

/** Connections kept open between the logons of a warm function. */
const MOST_IDLE = 4;

/** A connection and the server that it leads to. */
interface Line {
  readonly client: Client;
  readonly url: string;
}

/** The connections of a function to the servers of its directory; which server answered last is tried first. */
export class LdapPool {
  readonly #access: DirectoryAccess;
  /** Connections on which users prove their passwords; none stays bound as one of them for the next. */
  readonly #idle: Line[] = [];
  #service: Line | undefined;
  #preferred = 0;

  constructor(access: DirectoryAccess) {
    this.#access = access;
  }

  /** Whether a DN has a password; throws {@link DirectoryUnavailableError}. An empty password is no password (RFC 4513 5.1.2). */
  async checkPassword(dn: string, password: string): Promise<boolean> {
    if (dn === '' || password === '') return false;
    return this.#onSomeServer(async (line) => {
      try {
        await line.client.bind(dn, password);
        return true;
      } catch (error) {
        if (isWrongPassword(error)) return false;
        // Locked out, expired, not allowed to bind: the server has answered, and it isn't yes.
        if (isAnswer(error) && !isTrouble(error)) return false;
        throw error;
      }
    });
  }

  /** Does something as the one who reads the directory, again on a new connection if a kept one turns out to be dead. */
  async asService<T>(work: (client: Client, url: string) => Promise<T>): Promise<T> {
    const kept = this.#service;
    this.#service = undefined;
    if (kept?.client.isBound) {
      try {
        const result = await work(kept.client, kept.url);
        this.#service = kept;
        return result;
      } catch (error) {
        if (isAnswer(error) && !isTrouble(error)) {
          this.#service = kept;
          throw error;
        }
        await close(kept.client);
      }
    }
    const line = await this.openService();
    try {
      const result = await work(line.client, line.url);
      this.#service = line;
      return result;
    } catch (error) {
      await close(line.client);
      throw isAnswer(error)
        ? error
        : new DirectoryUnavailableError('the directory ended the connection', { cause: error });
    }
  }

  /** A connection of one's own as the one who reads the directory; the caller closes it. */
  async openService(): Promise<Line> {
    const errors: unknown[] = [];
    for (const [index, url] of this.#urls()) {
      let client: Client | undefined;
      try {
        client = await this.openAt(url);
        this.#preferred = index;
        return { client, url };
      } catch (error) {
        errors.push(error);
      }
    }
    throw unavailable(errors);
  }

  /** A connection to one server as the one who reads the directory; the caller closes it. */
  async openAt(url: string): Promise<Client> {
    const { settings } = this.#access;
    for (const fresh of [false, true]) {
      const credentials = await this.#access.credentials(fresh);
      const client = await connect(url, settings, credentials);
      try {
        await client.bind(credentials.bindDn, credentials.password);
        return client;
      } catch (error) {
        await close(client);
        // The password may have been changed since it was read.
        if (fresh || !isWrongPassword(error)) throw error;
      }
    }
    throw new DirectoryUnavailableError('the directory refuses the one who reads it');
  }

  async #onSomeServer<T>(work: (line: Line) => Promise<T>): Promise<T> {
    const errors: unknown[] = [];
    const { settings } = this.#access;
    // What a kept connection says of its end is no reason to leave the server; a new one decides that.
    for (let line = this.#idle.pop(); line; line = this.#idle.pop()) {
      if (!line.client.isConnected) continue;
      try {
        return await this.#use(line, work);
      } catch {
        // Tried again below.
      }
    }
    for (const [index, url] of this.#urls()) {
      try {
        const client = await connect(url, settings, await this.#access.credentials());
        const result = await this.#use({ client, url }, work);
        this.#preferred = index;
        return result;
      } catch (error) {
        errors.push(error);
      }
    }
    throw unavailable(errors);
  }

  async #use<T>(line: Line, work: (line: Line) => Promise<T>): Promise<T> {
    try {
      const result = await work(line);
      if (this.#idle.length < MOST_IDLE && line.client.isConnected) this.#idle.push(line);
      else await close(line.client);
      return result;
    } catch (error) {
      await close(line.client);
      throw error;
    }
  }

  /** The servers with their places in the settings, the one that answered last first. */
  #urls(): [index: number, url: string][] {
    const all = [...this.#access.settings.urls.entries()];
    return [...all.slice(this.#preferred), ...all.slice(0, this.#preferred)];
  }

  /** Ends all connections. */
  async close(): Promise<void> {
    const lines = [...this.#idle.splice(0), ...(this.#service ? [this.#service] : [])];
    this.#service = undefined;
    await Promise.all(lines.map(({ client }) => close(client)));
  }
}

/** Certificates, time-outs, refused connections: what each server said, without secrets. */
const unavailable = (errors: readonly unknown[]): DirectoryUnavailableError =>
  new DirectoryUnavailableError(
    `no server of the directory answers: ${errors.map((error) => (error instanceof Error ? error.message : String(error))).join('; ')}`,
    { cause: errors[0] },
  );

const pools = new WeakMap<DirectoryAccess, LdapPool>();

/** The connections of a function; they live as long as it does. */
export function poolOf(access: DirectoryAccess): LdapPool {
  let pool = pools.get(access);
  if (!pool) {
    pool = new LdapPool(access);
    pools.set(access, pool);
  }
  return pool;
}
