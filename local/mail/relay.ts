import { setTimeout as pause } from 'node:timers/promises';
import { createTransport, type Transporter } from 'nodemailer';
import type { Log } from '../../core/platform/log.ts';
import type { Refusal } from './ses-simulator.ts';

/** A mail server that takes mail for the world. */
export interface RelayServer {
  readonly host: string;
  readonly port: number;
  /** TLS from the start; otherwise STARTTLS where the server offers it. */
  readonly secure: boolean;
  readonly auth?: { readonly user: string; readonly pass: string } | undefined;
}

/** The server of a URL such as `smtp://mail.example.org:587`; throws an Error that completes "--relay …". */
export function parseRelay(text: string): RelayServer {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const secure = url?.protocol === 'smtps:';
  if (
    !url ||
    (url.protocol !== 'smtp:' && !secure) ||
    url.hostname === '' ||
    (url.pathname !== '' && url.pathname !== '/')
  )
    throw new Error('needs a URL such as smtp://mail.example.org:25.');
  const auth = url.username
    ? { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) }
    : undefined;
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port || (secure ? 465 : 25)), secure, auth };
}

/** A mail to be passed on. */
export interface RelayedMail {
  readonly from: string;
  readonly recipients: readonly string[];
  readonly raw: Buffer;
  /** Called once if the server doesn't take it at first. */
  readonly delayed: (recipients: readonly string[], answer: string) => void;
  /** Called when nothing is left to do, with those that were refused. */
  readonly done: (refusals: readonly Refusal[]) => Promise<void>;
}

/** Pauses between attempts; after the last the mail bounces, as with SES after hours. */
const PAUSES_SECONDS = [5, 30, 60, 300, 900, 1800, 3600, 3600, 3600];

/** What nodemailer tells of a failure. */
interface SmtpError extends Error {
  readonly responseCode?: number;
  readonly response?: string;
  readonly recipient?: string;
}

/** Passes mail on to a real mail server, and comes again if that can't take it now. */
export class Relay {
  readonly #transport: Transporter;
  readonly #log: Log;
  readonly #stop = new AbortController();

  constructor(server: RelayServer, log: Log) {
    this.#log = log;
    this.#transport = createTransport({ ...server, auth: server.auth, pool: true, maxConnections: 2, logger: false });
  }

  /** Begins to pass a mail on; what the instance doesn't get done, it does when it is started again. */
  send(mail: RelayedMail): void {
    this.#run(mail).catch((error: unknown) => {
      if (!this.#stop.signal.aborted) this.#log.error({ error }, 'a mail was not passed on');
    });
  }

  close(): void {
    this.#stop.abort();
    this.#transport.close();
  }

  async #run({ from, recipients, raw, delayed, done }: RelayedMail): Promise<void> {
    const refusals: Refusal[] = [];
    let waiting = [...recipients];
    let answer = '';
    for (const [attempt, seconds] of [...PAUSES_SECONDS, 0].entries()) {
      const outcome = await this.#attempt(from, waiting, raw);
      refusals.push(...outcome.filter(({ permanent }) => permanent));
      const left = outcome.filter(({ permanent }) => !permanent);
      waiting = left.map(({ recipient }) => recipient);
      answer = left[0]?.answer ?? answer;
      if (waiting.length === 0) return done(refusals);
      if (attempt === 0) delayed(waiting, answer);
      await pause(seconds * 1000, undefined, { signal: this.#stop.signal });
    }
    await done([...refusals, ...waiting.map((recipient) => ({ recipient, answer, permanent: false }))]);
  }

  /** Who didn't get it. */
  async #attempt(from: string, recipients: readonly string[], raw: Buffer): Promise<Refusal[]> {
    try {
      const { rejectedErrors = [] } = (await this.#transport.sendMail({
        envelope: { from, to: [...recipients] },
        raw,
      })) as { rejectedErrors?: readonly SmtpError[] };
      return rejectedErrors.map((error) => refusalOf(error.recipient ?? '', error));
    } catch (error) {
      if (this.#stop.signal.aborted) throw error;
      const { rejectedErrors } = error as { rejectedErrors?: readonly SmtpError[] };
      this.#log.warn({ error, recipients: recipients.length }, 'the relay refuses a mail');
      return recipients.map((recipient) =>
        refusalOf(recipient, rejectedErrors?.find((each) => each.recipient === recipient) ?? (error as SmtpError)),
      );
    }
  }
}

const refusalOf = (recipient: string, { responseCode = 0, response, message }: SmtpError): Refusal => ({
  recipient,
  answer: response ?? message,
  permanent: responseCode >= 500 && responseCode < 600,
});
