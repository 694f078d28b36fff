import { setTimeout as pause } from 'node:timers/promises';
import { createTransport, type Transporter } from 'nodemailer';
import type { Endpoints } from '../../../local/instance/endpoints.ts';

const CONNECTIONS = 4;

/** A value over the bound of what a row of the database keeps, so that some mails have a part in the bucket. */
const ATTACHMENT = Buffer.alloc(40_000, 'figures;');

/**
 * Many different mails for one recipient, over a few connections at a time, to
 * a server that dies again and again. A mail whose sending failed is not sent
 * again, because its sender can't know whether it was taken; another one is.
 */
export class MailStorm {
  /** Subjects of the mails that the server took over with a 250. */
  readonly accepted: string[] = [];
  /** Subjects of those for which no answer came. */
  readonly unanswered: string[] = [];
  readonly #wanted: number;
  readonly #to: string;
  readonly #server: () => Promise<Endpoints['smtp']>;
  readonly #pace: () => Promise<void>;
  #underWay = 0;
  #next = 1;

  /**
   * @param server where mail is taken now; settles when there is a server
   * @param pace settles when the next mail is due
   */
  constructor(wanted: number, to: string, server: () => Promise<Endpoints['smtp']>, pace: () => Promise<void>) {
    this.#wanted = wanted;
    this.#to = to;
    this.#server = server;
    this.#pace = pace;
  }

  /** Settles when as many mails as wanted are accepted. */
  async run(): Promise<void> {
    await Promise.all(Array.from({ length: CONNECTIONS }, () => this.#connection()));
  }

  async #connection(): Promise<void> {
    while (this.accepted.length < this.#wanted) {
      const transport = createTransport({ ...(await this.#server()), ignoreTLS: true, pool: true, maxConnections: 1 });
      try {
        await this.#sendAll(transport);
      } catch {
        // The server is gone, or on its way.
      } finally {
        transport.close();
      }
      // Mails that others have under way may yet fail.
      await pause(50);
    }
  }

  async #sendAll(transport: Transporter): Promise<void> {
    while (this.accepted.length + this.#underWay < this.#wanted) {
      const number = this.#next++;
      const subject = `Mail ${number} of the storm`;
      this.#underWay += 1;
      try {
        await this.#pace();
        const { response } = await transport.sendMail({
          from: 'storm@example.org',
          to: this.#to,
          subject,
          messageId: `<storm-${number}@example.org>`,
          text: `This is mail ${number}.\n`.repeat(20),
          attachments: number % 5 === 0 ? [{ filename: 'figures.csv', content: ATTACHMENT }] : [],
        });
        (response?.startsWith('250') ? this.accepted : this.unanswered).push(subject);
      } catch (error) {
        this.unanswered.push(subject);
        throw error;
      } finally {
        this.#underWay -= 1;
      }
    }
  }
}
