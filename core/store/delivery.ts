import { SYSTEM } from '../directory/system-identity.ts';
import { fnevNewMail } from '../mapi/change-types.ts';
import { entryIdOf } from '../mapi/entry-id.ts';
import { KopanoError } from '../mapi/error.ts';
import { KCERR_NOT_FOUND } from '../mapi/error-codes.ts';
import type { ObjectTree } from '../mapi/object-tree.ts';
import { MAPI_MESSAGE, STORE_PRIVATE } from '../mapi/object-types.ts';
import { PR_MESSAGE_CLASS } from '../mapi/tags.ts';
import { DuplicateKeyError, type Statements } from '../platform/database.ts';
import type { Platform } from '../platform/platform.ts';
import { classAndBases } from './receive-folders.ts';
import { saveNewMessage } from './save-new.ts';
import type { SaveTree } from './save-tree.ts';
import { sqlList } from './sql-list.ts';
import { findTarget } from './target.ts';

/** A message that arrived for somebody. */
export interface Delivery {
  /** Names the mail among all that ever arrive: its SES message id. */
  readonly mailId: string;
  /** Principal whose mailbox gets it. */
  readonly recipient: number;
  readonly tree: ObjectTree;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Longest id that tells mails apart; SES uses 40 characters. */
const MAIL_ID_BYTES = 200;

/**
 * Puts a message into the folder where its class arrives, once: message,
 * counters, the news of it and the note that this mail was delivered are one
 * transaction, so a repetition changes nothing.
 */
export async function deliver(platform: Platform, delivery: Delivery): Promise<'delivered' | 'already delivered'> {
  const database = platform.database.counted();
  const mailId = Buffer.from(delivery.mailId).subarray(0, MAIL_ID_BYTES);
  const place = await findPlace(database, mailId, delivery);
  if (place === 'already delivered') return place;
  const folder = await findTarget(database, { id: place });
  if (!folder) throw new KopanoError(KCERR_NOT_FOUND, 'the receive folder does not exist');

  const clock = { now: () => delivery.now };
  const actor = { platform: { ...platform, clock }, database, identity: SYSTEM };
  const entryId = entryIdOf(folder.store.guid, MAPI_MESSAGE);
  try {
    await saveNewMessage(actor, folder, saveTree(delivery.tree), {
      entryId,
      associated: false,
      syncId: 0,
      also: (transaction, objectId) => recordDelivery(transaction, mailId, delivery.recipient, objectId),
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
    });
  } catch (error) {
    // Somebody else delivered the same mail at the same time.
    if (error instanceof DuplicateKeyError && (await findPlace(database, mailId, delivery)) === 'already delivered')
      return 'already delivered';
    throw error;
  } finally {
    platform.log.debug({ statements: database.roundTrips }, 'delivery');
  }
  return 'delivered';
}

/** The folder where the message belongs, unless it is there already; one statement. */
async function findPlace(
  statements: Statements,
  mailId: Buffer,
  { recipient, tree }: Delivery,
): Promise<number | 'already delivered'> {
  const classes = sqlList('class', classAndBases(String(tree.properties.get(PR_MESSAGE_CLASS) ?? '')));
  const [row] = await statements.query<{ delivered: number; folder_id: number | null }>(
    `SELECT EXISTS (SELECT 1 FROM delivery d WHERE d.mail_id = :mailId AND d.principal_id = :recipient) AS delivered,
       r.folder_id
     FROM store st LEFT JOIN receive_folder r ON r.store_id = st.id AND r.message_class IN (${classes.sql})
     WHERE st.owner_id = :recipient AND st.type = ${STORE_PRIVATE} AND st.deleted = 0
     ORDER BY CHAR_LENGTH(r.message_class) DESC LIMIT 1`,
    { ...classes.parameters, mailId, recipient },
  );
  if (!row) throw new KopanoError(KCERR_NOT_FOUND, 'the recipient has no store');
  if (row.delivered) return 'already delivered';
  if (row.folder_id === null) throw new KopanoError(KCERR_NOT_FOUND, 'the store has no receive folder');
  return row.folder_id;
}

const recordDelivery = async (
  transaction: Statements,
  mailId: Buffer,
  principalId: number,
  objectId: number,
): Promise<void> => {
  await transaction.execute(
    'INSERT INTO delivery (mail_id, principal_id, object_id, at) VALUES (:mailId, :principalId, :objectId, UTC_TIMESTAMP(3))',
    { mailId, principalId, objectId },
  );
};

const saveTree = (tree: ObjectTree): SaveTree => ({
  clientId: 0,
  id: 0,
  kind: tree.kind,
  deleted: false,
  removed: [],
  properties: [...tree.properties].map(([tag, value]) => ({ tag, value })),
  children: tree.children.map(saveTree),
});
