import type { Identity } from '../directory/identity.ts';
import { SYSTEM } from '../directory/system-identity.ts';
import { fnevNewMail } from '../mapi/change-types.ts';
import { entryIdOf } from '../mapi/entry-id.ts';
import { KopanoError } from '../mapi/error.ts';
import { KCERR_NOT_FOUND } from '../mapi/error-codes.ts';
import type { ObjectTree } from '../mapi/object-tree.ts';
import { MAPI_MESSAGE, STORE_PRIVATE } from '../mapi/object-types.ts';
import { PR_EC_OUTOFOFFICE, PR_MESSAGE_CLASS } from '../mapi/tags.ts';
import { DuplicateKeyError, type Statements } from '../platform/database.ts';
import type { Platform } from '../platform/platform.ts';
import { noteAutoReply } from './auto-replies.ts';
import type { Target } from './object-row.ts';
import { addPendingJobs, HAS_PENDING_JOBS, type PendingJob } from './pending-jobs.ts';
import { propertyKey } from './property-document.ts';
import { classAndBases } from './receive-folders.ts';
import { type PreparedMessage, prepareNewMessage, writeNewMessage } from './save-new.ts';
import { saveTree } from './save-tree.ts';
import { sqlList } from './sql-list.ts';
import { type LoadedTarget, readTarget, SURROUNDINGS, TARGET_COLUMNS } from './target.ts';

/** Longest id that tells mails apart; SES uses 40 characters. */
const MAIL_ID_BYTES = 200;

/** The id of a mail as the tables keep it. */
export const mailKey = (mailId: string): Buffer => Buffer.from(mailId).subarray(0, MAIL_ID_BYTES);

/** Where a mail arrives for somebody, and whether it has. */
export interface Arrival {
  /** With the documents, among whose properties the rules are. */
  readonly folder: LoadedTarget;
  /** The owner has switched on the out-of-office message (which may be for another time). */
  readonly away: boolean;
  /** The mail is there already, or was done away with as the owner wished. */
  readonly delivered: boolean;
  /** What a past delivery had to send may not have reached the spool. */
  readonly unsent: boolean;
}

/**
 * The folder where a class of messages arrives in somebody's mailbox; one
 * statement. Throws KCERR_NOT_FOUND without store or folder.
 */
export async function findArrival(
  statements: Statements,
  mail: { readonly mailId: Buffer; readonly recipient: number; readonly messageClass: string },
): Promise<Arrival> {
  const { mailId, recipient } = mail;
  const classes = sqlList('class', classAndBases(mail.messageClass));
  const [row] = await statements.query(
    `SELECT EXISTS (SELECT 1 FROM delivery d WHERE d.mail_id = :mailId AND d.principal_id = :recipient) AS delivered,
       ${HAS_PENDING_JOBS} AS unsent, JSON_EXTRACT(owned.props, '$."${propertyKey(PR_EC_OUTOFOFFICE)}"') AS away,
       ${TARGET_COLUMNS}
     FROM store home JOIN object owned ON owned.id = home.id
     LEFT JOIN object o ON o.id = (
       SELECT r.folder_id FROM receive_folder r WHERE r.store_id = home.id AND r.message_class IN (${classes.sql})
       ORDER BY CHAR_LENGTH(r.message_class) DESC LIMIT 1)
     ${SURROUNDINGS}
     WHERE home.owner_id = :recipient AND home.type = ${STORE_PRIVATE} AND home.deleted = 0`,
    { ...classes.parameters, mailId, recipient },
  );
  if (!row) throw new KopanoError(KCERR_NOT_FOUND, 'the recipient has no store');
  const folder = readTarget(row);
  if (!folder) throw new KopanoError(KCERR_NOT_FOUND, 'the store has no receive folder');
  return {
    folder,
    away: row.away === 'true',
    delivered: Number(row.delivered) !== 0,
    unsent: Number(row.unsent) !== 0,
  };
}

/** A message to be put into a folder. */
export interface Placement {
  readonly folder: Target;
  readonly tree: ObjectTree;
  /** Who puts it there; SYSTEM if left out. */
  readonly by?: Identity;
  /** Tells those who watch for new mail. */
  readonly isNewMail: boolean;
}

/** An automatic reply, sent only to who had none for so many seconds. */
export interface AutoReply {
  readonly to: string;
  readonly everySeconds: number;
  readonly job: PendingJob;
  /** Kept only if it is sent. */
  readonly copy?: Placement | undefined;
}

/** All that comes of a mail for one recipient. */
export interface Delivery {
  /** Names the mail among all that ever arrive, see {@link mailKey}. */
  readonly mailId: Buffer;
  /** Principal who gets it; 0: a public folder, and mailId tells which. */
  readonly recipient: number;
  /** Nothing, where a rule has deleted it. */
  readonly placements: readonly Placement[];
  readonly jobs?: readonly PendingJob[];
  readonly autoReply?: AutoReply;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/**
 * Puts messages into their folders, once: messages, counters, the news of them, what
 * is to be sent and the note that this mail was delivered are one transaction, so a
 * repetition changes nothing. Answers the jobs that now wait for the spool.
 */
export async function deliver(
  platform: Platform,
  delivery: Delivery,
): Promise<{ outcome: 'delivered' | 'already delivered'; jobs: readonly PendingJob[] }> {
  const { mailId, recipient, placements, jobs = [], autoReply } = delivery;
  const database = platform.database.counted();
  const clock = { now: () => delivery.now };
  const prepared: PreparedMessage[] = [];
  for (const placement of placements) prepared.push(await prepare({ ...platform, clock }, placement));
  const copy = autoReply?.copy && (await prepare({ ...platform, clock }, autoReply.copy));
  // Writers lock stores in one order, so that none waits for another in a circle.
  const inOrder = [...prepared].sort((one, other) => one.folder.store.id - other.folder.store.id);

  try {
    const sent = await database.transaction(async (transaction) => {
      const written = new Map<PreparedMessage, number>();
      for (const message of inOrder) written.set(message, (await writeNewMessage(transaction, message)).id);
      const answered = autoReply && (await noteAutoReply(transaction, recipient, autoReply.to, autoReply.everySeconds));
      if (answered && copy) await writeNewMessage(transaction, copy);
      const all = answered ? [...jobs, autoReply.job] : jobs;
      await addPendingJobs(transaction, { mailId, recipient }, all);
      await transaction.execute(
        `INSERT INTO delivery (mail_id, principal_id, object_id, at)
         VALUES (:mailId, :recipient, :objectId, UTC_TIMESTAMP(3))`,
        { mailId, recipient, objectId: written.get(prepared[0]!) ?? 0 },
      );
      return all;
    });
    return { outcome: 'delivered', jobs: sent };
  } catch (error) {
    // Somebody else delivered the same mail at the same time.
    if (error instanceof DuplicateKeyError && (await isDelivered(database, mailId, recipient)))
      return { outcome: 'already delivered', jobs: [] };
    throw error;
  } finally {
    platform.log.debug({ statements: database.roundTrips }, 'delivery');
  }
}

function prepare(platform: Platform, { folder, tree, by = SYSTEM, isNewMail }: Placement): Promise<PreparedMessage> {
  const entryId = entryIdOf(folder.store.guid, MAPI_MESSAGE);
  const actor = { platform, database: platform.database, identity: by };
  return prepareNewMessage(actor, folder, saveTree(tree), {
    entryId,
    associated: false,
    syncId: 0,
    ...(isNewMail && {
      alsoTell: (objectId) => [
        {
          storeId: folder.store.id,
          folderId: folder.object.id,
          objectId,
          kind: MAPI_MESSAGE,
          event: fnevNewMail,
          entryId,
        },
      ],
    }),
  });
}

/** A mail of the server's own, for one mailbox. */
export interface InboxMail {
  /** Names it among all mails. */
  readonly mailId: string;
  /** Principal whose mailbox gets it. */
  readonly recipient: number;
  readonly tree: ObjectTree;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/**
 * Puts a mail of the server's own where its class arrives, once, and asks neither rules nor
 * quota. Throws KCERR_NOT_FOUND without store or folder.
 */
export async function deliverToInbox(
  platform: Platform,
  { tree, recipient, now, ...mail }: InboxMail,
): Promise<'delivered' | 'already delivered'> {
  const mailId = mailKey(mail.mailId);
  const messageClass = String(tree.properties.get(PR_MESSAGE_CLASS) ?? '');
  const { folder, delivered } = await findArrival(platform.database, { mailId, recipient, messageClass });
  if (delivered) return 'already delivered';
  const placements = [{ folder, tree, isNewMail: true }];
  return (await deliver(platform, { mailId, recipient, placements, now })).outcome;
}

/** Whether a mail was delivered; to a public folder with recipient 0. */
export async function isDelivered(statements: Statements, mailId: Buffer, recipient: number): Promise<boolean> {
  const [row] = await statements.query(
    'SELECT object_id FROM delivery WHERE mail_id = :mailId AND principal_id = :recipient',
    { mailId, recipient },
  );
  return row !== undefined;
}
