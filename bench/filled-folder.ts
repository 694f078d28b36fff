import { entryIdOf } from '../core/mapi/entry-id.ts';
import { FOLDER_GENERIC, MAPI_FOLDER, MAPI_MESSAGE } from '../core/mapi/object-types.ts';
import { type PropertyTag, type PropertyValue, propertyTag } from '../core/mapi/property.ts';
import { PT_BINARY, PT_BOOLEAN, PT_LONG, PT_SYSTIME, PT_UNICODE } from '../core/mapi/property-types.ts';
import * as tags from '../core/mapi/tags.ts';
import type { Database } from '../core/platform/database.ts';
import { packProperties } from '../core/store/property-document.ts';

/** Makes a folder with messages like those that mail delivery makes, in a few statements; every other one is unread. */
export async function fillFolder(database: Database, id: number, size: number): Promise<Buffer> {
  const [store] = await database.query<{ id: number; root_id: number; guid: Buffer }>(
    'SELECT id, root_id, guid FROM store LIMIT 1',
  );
  const entryId = entryIdOf(store!.guid, MAPI_FOLDER);
  await database.execute(
    `INSERT INTO object (id, store_id, parent_id, kind, entry_id, props) VALUES (:id, :storeId, :rootId, ${MAPI_FOLDER}, :entryId, '{}')`,
    { id, storeId: store!.id, rootId: store!.root_id, entryId },
  );
  await database.execute(
    `INSERT INTO folder (id, store_id, parent_id, type, name, content_count) VALUES (:id, :storeId, :rootId, ${FOLDER_GENERIC}, :name, :size)`,
    { id, storeId: store!.id, rootId: store!.root_id, name: `folder ${size}`, size },
  );
  for (let start = 0; start < size; start += 5_000) {
    await database.execute(
      `INSERT INTO object (id, store_id, parent_id, kind, entry_id, source_key, change_key, message_flags, size, imap_id, has_attach,
        importance, received, sent, modified, subject, sender, representing, message_class, props, overflow)
      WITH RECURSIVE digit (d) AS (SELECT 0 UNION ALL SELECT d + 1 FROM digit WHERE d < 99),
      number (n) AS (SELECT :start + 100 * a.d + b.d FROM digit a JOIN digit b WHERE a.d < 50)
      SELECT :id + 1 + n, :storeId, :id, ${MAPI_MESSAGE}, UNHEX(LPAD(HEX(:id + n), 96, '0')), UNHEX(LPAD(HEX(:id + n), 44, '0')),
        UNHEX(LPAD(HEX(n), 40, '0')), n % 2, 2000 + n * 7919 % 50000, n + 1, n % 4 = 0, IF(n % 20 = 0, 2, 1),
        UNHEX(LPAD(HEX(133000000000000000 + n * 600000000), 16, '0')), UNHEX(LPAD(HEX(132999000000000000 + n * 600000000), 16, '0')),
        UNHEX(LPAD(HEX(133000000000000000 + n * 600000000), 16, '0')), CONCAT('Subject ', n * 7919 % 100003), CONCAT('Sender ', n % 500),
        CONCAT('Sender ', n % 500), 'IPM.Note', REPLACE(:props, '§', n), REPLACE(:overflow, '§', n)
      FROM number WHERE n < :size`,
      { id, storeId: store!.id, start, size, ...template() },
    );
  }
  return entryId;
}

/** The properties of a delivered mail of usual size. */
function template(): { readonly props: string; readonly overflow: string | null } {
  const text = (id: number): PropertyTag => propertyTag(id, PT_UNICODE);
  const values = new Map<PropertyTag, PropertyValue>([
    [tags.PR_SUBJECT, 'Subject §'],
    [tags.PR_SENDER_NAME, 'Sender §'],
    [tags.PR_SENT_REPRESENTING_NAME, 'Sender §'],
    [tags.PR_SENT_REPRESENTING_EMAIL_ADDRESS, 'sender-§@example.net'],
    [tags.PR_DISPLAY_TO, 'Alice Archer; Carol Carpenter'],
    [tags.PR_MESSAGE_CLASS, 'IPM.Note'],
    [tags.PR_MESSAGE_DELIVERY_TIME, 133_000_000_000_000_000n],
    [tags.PR_CLIENT_SUBMIT_TIME, 132_999_000_000_000_000n],
    [tags.PR_IMPORTANCE, 1],
    [tags.PR_FLAG_STATUS, 0],
    [tags.PR_BODY, 'The quick brown fox jumps over the lazy dog. '.repeat(40)],
    [tags.PR_TRANSPORT_MESSAGE_HEADERS, 'Received: from mx.example.net by inbound.example.org\r\n'.repeat(20)],
  ]);
  for (let id = 0x8100; id < 0x8108; id++) {
    values.set(text(id), `something of § with ${id}`);
    values.set(propertyTag(id + 0x10, PT_BINARY), Buffer.alloc(60, id));
    values.set(propertyTag(id + 0x20, PT_LONG), id);
    values.set(propertyTag(id + 0x30, PT_BOOLEAN), true);
    values.set(propertyTag(id + 0x40, PT_SYSTIME), 133_000_000_000_000_000n);
  }
  const { props, overflow } = packProperties(values);
  return { props, overflow };
}
