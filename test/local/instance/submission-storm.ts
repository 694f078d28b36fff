import { setTimeout as pause } from 'node:timers/promises';
import { Session } from '../../../cli/connection/session.ts';
import { findUserStore } from '../../../cli/mailbox/create-mailbox.ts';
import { loadObject } from '../../../cli/mailbox/objects.ts';
import { wireProperty } from '../../../cli/wire-properties.ts';
import { entryIdOf, storeGuidOf } from '../../../core/mapi/entry-id.ts';
import { MSGFLAG_UNSENT } from '../../../core/mapi/message-flags.ts';
import { MAPI_MAILUSER, MAPI_MESSAGE } from '../../../core/mapi/object-types.ts';
import { encodeOneOff } from '../../../core/mapi/one-off-entry-id.ts';
import * as tags from '../../../core/mapi/tags.ts';
import { SoapClient } from '../../../core/soap/index.ts';
import { EC_SUBMIT_DOSENTMAIL, EC_SUBMIT_MASTER } from '../../../core/store/submission.ts';
import type { Endpoints } from '../../../local/instance/endpoints.ts';

/** Who submits; a kept instance has made them at its first start. */
export interface Submitter {
  readonly name: string;
  readonly password: string;
}

/** Clients of one user at a time. */
const CLIENTS_EACH = 2;

/**
 * Many messages that several users submit at a time, to a server that dies again
 * and again. A submission without an answer is not repeated, because its client can't
 * know what became of it; another one is.
 */
export class SubmissionStorm {
  /** Subjects of the messages whose submission was answered with success. */
  readonly accepted: string[] = [];
  /** Subjects of those for which no answer came. */
  readonly unanswered: string[] = [];
  readonly #wanted: number;
  readonly #server: () => Promise<Endpoints>;
  readonly #pace: () => Promise<void>;
  #underWay = 0;
  #next = 1;

  /**
   * @param server where to submit now; settles when there is a server
   * @param pace settles when the next submission is due
   */
  constructor(wanted: number, server: () => Promise<Endpoints>, pace: () => Promise<void>) {
    this.#wanted = wanted;
    this.#server = server;
    this.#pace = pace;
  }

  /** Settles when as many submissions as wanted are accepted. */
  async run(submitters: readonly Submitter[]): Promise<void> {
    const clients = submitters.flatMap((submitter) => Array.from({ length: CLIENTS_EACH }, () => submitter));
    await Promise.all(clients.map((submitter) => this.#client(submitter)));
  }

  async #client(submitter: Submitter): Promise<void> {
    while (this.accepted.length < this.#wanted) {
      try {
        const { soap } = await this.#server();
        const client = new SoapClient(soap.url, { timeoutMs: 30_000 });
        const session = await Session.open(client, submitter);
        await this.#submitAll(session);
      } catch {
        // The server is gone, or on its way.
      }
      await pause(50);
    }
  }

  async #submitAll(session: Session): Promise<void> {
    const { storeId, ...folders } = await foldersOf(session, session.name);
    while (this.accepted.length + this.#underWay < this.#wanted) {
      const subject = `Submission ${this.#next++} of the storm`;
      this.#underWay += 1;
      try {
        await this.#pace();
        const entryId = entryIdOf(storeGuidOf(storeId), MAPI_MESSAGE);
        await saveMessage(session, { ...folders, entryId, subject });
        // From here on nobody knows, until the answer is there.
        try {
          await session.call('submitMessage', { sEntryId: entryId, ulFlags: EC_SUBMIT_MASTER | EC_SUBMIT_DOSENTMAIL });
        } catch (error) {
          this.unanswered.push(subject);
          throw error;
        }
        this.accepted.push(subject);
      } finally {
        this.#underWay -= 1;
      }
    }
  }
}

async function foldersOf(
  session: Session,
  owner: string,
): Promise<{ storeId: Buffer; outbox: Buffer; sentItems: Buffer }> {
  const { storeId } = (await findUserStore(session, owner))!;
  const { properties } = await loadObject(session, storeId);
  return {
    storeId,
    outbox: properties.get(tags.PR_IPM_OUTBOX_ENTRYID) as Buffer,
    sentItems: properties.get(tags.PR_IPM_SENTMAIL_ENTRYID) as Buffer,
  };
}

/** Writes and submits one message of somebody. */
export async function submitOne(session: Session, owner: string, subject: string, to: string): Promise<void> {
  const { storeId, ...folders } = await foldersOf(session, owner);
  const entryId = entryIdOf(storeGuidOf(storeId), MAPI_MESSAGE);
  await saveMessage(session, { ...folders, entryId, subject, to });
  await session.call('submitMessage', { sEntryId: entryId, ulFlags: EC_SUBMIT_MASTER | EC_SUBMIT_DOSENTMAIL });
}

interface NewMessage {
  readonly outbox: Buffer;
  readonly sentItems: Buffer;
  readonly entryId: Buffer;
  readonly subject: string;
  readonly to?: string;
}

/** Writes a message into an outbox, as clients do before they submit it. */
async function saveMessage(session: Session, message: NewMessage): Promise<void> {
  const { outbox, sentItems, entryId, subject, to = 'world@example.net' } = message;
  const oneOff = encodeOneOff({ name: to, addressType: 'SMTP', address: to });
  await session.call('saveObject', {
    sParentEntryId: outbox,
    sEntryId: entryId,
    lpsSaveObj: {
      ulObjType: MAPI_MESSAGE,
      modProps: [
        wireProperty(tags.PR_MESSAGE_CLASS, 'IPM.Note'),
        wireProperty(tags.PR_SUBJECT, subject),
        wireProperty(tags.PR_BODY, `${subject}\n`.repeat(20)),
        wireProperty(tags.PR_MESSAGE_FLAGS, MSGFLAG_UNSENT),
        wireProperty(tags.PR_SENTMAIL_ENTRYID, sentItems),
      ],
      children: [
        {
          ulObjType: MAPI_MAILUSER,
          modProps: [
            wireProperty(tags.PR_RECIPIENT_TYPE, 1),
            wireProperty(tags.PR_DISPLAY_NAME, to),
            wireProperty(tags.PR_ADDRTYPE, 'SMTP'),
            wireProperty(tags.PR_EMAIL_ADDRESS, to),
            wireProperty(tags.PR_EC_CONTACT_ENTRYID, oneOff),
          ],
        },
      ],
    },
    ulFlags: 0,
  });
}
