/**
 * What a server takes for what clients do all day: saving, listing, synchronising and deleting messages. Speaks SOAP
 * over HTTP as any client, so that it measures the genuine server and this one alike; run them in pairs, on one
 * machine, and compare ratios.
 *
 *     node bench/side-by-side.ts --url http://127.0.0.1:2236/ --user anna --password-file anna.txt
 *         [--clients 4] [--seconds 10] [--messages 2000] [--rounds 7]
 *
 * Prints saves in a second by several clients at once, and the median time in ms of opening the folder and reading 50
 * rows in three orders, of reading all rows as an IMAP client has it done, of listing all its changes (this client reads
 * 40,000 at most), and of deleting 100 messages.
 * Makes folders in the user's mailbox and deletes them at the end.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Session } from '../cli/connection/session.ts';
import { ICS_SYNC_CONTENTS } from '../core/mapi/change-types.ts';
import { entryIdOf, newGuid } from '../core/mapi/entry-id.ts';
import { MAPI_MAILUSER, MAPI_MESSAGE } from '../core/mapi/object-types.ts';
import { type PropertyTag, propertyTag } from '../core/mapi/property.ts';
import { PT_UNICODE } from '../core/mapi/property-types.ts';
import { BMR_EQZ, RES_BITMASK } from '../core/mapi/restriction.ts';
import { TABLE_SORT_ASCEND, TABLE_SORT_DESCEND } from '../core/mapi/sort-order.ts';
import { SYNC_NORMAL } from '../core/mapi/sync-flags.ts';
import * as tags from '../core/mapi/tags.ts';
import { type Draft, SoapClient, type Wire } from '../core/soap/index.ts';

const { values: options } = parseArgs({
  options: {
    url: { type: 'string', default: 'http://127.0.0.1:2236/' },
    user: { type: 'string', default: 'anna' },
    'password-file': { type: 'string' },
    clients: { type: 'string', default: '4' },
    seconds: { type: 'string', default: '10' },
    messages: { type: 'string', default: '2000' },
    rounds: { type: 'string', default: '7' },
  },
});
const password = options['password-file'] === undefined ? '' : readFileSync(options['password-file'], 'utf8').trim();
const credentials = { name: options.user, password };
const rounds = Number(options.rounds);

const soap = new SoapClient(options.url);
const clients = await Promise.all(
  Array.from({ length: Number(options.clients) }, () => Session.open(soap, credentials)),
);
const session = clients[0]!;
const { sStoreId, sRootId } = await session.call('getStore', {});
/** Entry ids are the client's to choose: of the store's GUID. */
const storeGuid = Buffer.from(sStoreId!).subarray(4, 20);
const folders: Buffer[] = [];

try {
  const saved = await newFolder('saves');
  print(`saves/s, ${clients.length} clients at once`, await savesPerSecond(saved));

  const listed = await newFolder('lists');
  const ids = await fill(listed, Number(options.messages));
  for (const [name, tag, order, restriction] of [
    ['received, newest first', tags.PR_MESSAGE_DELIVERY_TIME, TABLE_SORT_DESCEND],
    ['subject', tags.PR_SUBJECT, TABLE_SORT_ASCEND],
    ['received, only unread', tags.PR_MESSAGE_DELIVERY_TIME, TABLE_SORT_DESCEND, unread()],
  ] as const)
    print(`open, read 50 of ${ids.length}: ${name}`, await median(() => firstPage(listed, tag, order, restriction)));
  print(`read all ${ids.length} rows, as for IMAP`, await median(() => allRows(listed)));
  print(`list of ${ids.length} changes`, await median(() => allChanges(listed)));
  const batches = Array.from({ length: rounds }, (_, round) => ids.slice(round * 100, round * 100 + 100));
  print(
    'delete 100',
    await median((round) => session.call('deleteObjects', { aMessages: batches[round]!, ulFlags: 0, ulSyncId: 0 })),
  );
} finally {
  for (const sEntryId of folders) {
    // Messages, folders below, and for good.
    await session.call('deleteFolder', { sEntryId, ulFlags: 0x01 | 0x04 | 0x10, ulSyncId: 0 }).catch(() => {});
  }
  for (const client of clients) await client[Symbol.asyncDispose]();
  soap.close();
}

function print(what: string, figure: number): void {
  console.log(`${what.padEnd(48)}${figure.toFixed(1).padStart(10)}`);
}

async function median(once: (round: number) => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const started = performance.now();
    await once(round);
    times.push(performance.now() - started);
  }
  return times.sort((one, other) => one - other)[rounds >> 1]!;
}

async function newFolder(name: string): Promise<Buffer> {
  const { sEntryId } = await session.call('createFolder', {
    sParentId: Buffer.from(sRootId!),
    ulType: 1,
    szName: `bench ${name} ${newGuid().toString('hex').slice(0, 8)}`,
    fOpenIfExists: false,
    sOrigSourceKey: Buffer.alloc(0),
    ulSyncId: 0,
  });
  const folder = Buffer.from(sEntryId!);
  folders.push(folder);
  return folder;
}

/** As a mail client saves what it composes: 40 properties, 3 recipients. */
function message(number: number): Draft<'saveObject'> {
  const text = (ulPropTag: PropertyTag, value: string): Draft<'propVal'> => ({
    ulPropTag,
    Value: { name: 'lpszA', value },
  });
  const time = 133_000_000_000_000_000n + BigInt(number) * 600_000_000n;
  return {
    ulObjType: MAPI_MESSAGE,
    modProps: [
      text(tags.PR_SUBJECT, `Subject ${(number * 7919) % 100_003}`),
      text(tags.PR_MESSAGE_CLASS, 'IPM.Note'),
      text(tags.PR_BODY, 'The quick brown fox jumps over the lazy dog. '.repeat(20)),
      {
        ulPropTag: tags.PR_MESSAGE_DELIVERY_TIME,
        Value: { name: 'hilo', value: { hi: Number(time >> 32n), lo: Number(time & 0xffff_ffffn) } },
      },
      { ulPropTag: tags.PR_MESSAGE_FLAGS, Value: { name: 'ul', value: number % 10 === 0 ? 0 : 1 } },
      ...Array.from({ length: 35 }, (_, index) =>
        text(propertyTag(0x6600 + index, PT_UNICODE), `value ${index} of ${number}`),
      ),
    ],
    delProps: [],
    children: ['Ben', 'Clara', 'Dora'].map((name, index) => ({
      ulObjType: MAPI_MAILUSER,
      ulClientId: index,
      modProps: [
        text(tags.PR_DISPLAY_NAME, name),
        text(tags.PR_EMAIL_ADDRESS, `${name.toLowerCase()}@example.net`),
        text(tags.PR_ADDRTYPE, 'SMTP'),
        { ulPropTag: tags.PR_RECIPIENT_TYPE, Value: { name: 'ul', value: 1 } },
      ],
      delProps: [],
      children: [],
    })),
  };
}

async function save(client: Session, folder: Buffer, number: number): Promise<Buffer> {
  const sEntryId = entryIdOf(storeGuid, MAPI_MESSAGE);
  await client.call('saveObject', {
    sParentEntryId: folder,
    sEntryId,
    lpsSaveObj: message(number),
    ulFlags: 0,
    ulSyncId: 0,
  });
  return sEntryId;
}

async function savesPerSecond(folder: Buffer): Promise<number> {
  const started = performance.now();
  const end = started + Number(options.seconds) * 1000;
  let saves = 0;
  await Promise.all(
    clients.map(async (client) => {
      while (performance.now() < end) await save(client, folder, saves++);
    }),
  );
  return saves / ((performance.now() - started) / 1000);
}

async function fill(folder: Buffer, count: number): Promise<Buffer[]> {
  const ids: Buffer[] = [];
  let next = 0;
  await Promise.all(
    clients.map(async (client) => {
      while (next < count) ids.push(await save(client, folder, next++));
    }),
  );
  return ids;
}

function unread(): Wire<'restrictTable'> {
  return { ulType: RES_BITMASK, lpBitmask: { ulType: BMR_EQZ, ulPropTag: tags.PR_MESSAGE_FLAGS, ulMask: 1 } };
}

async function firstPage(
  sEntryId: Buffer,
  tag: PropertyTag,
  ulOrder: number,
  restriction?: Wire<'restrictTable'>,
): Promise<void> {
  const { ulTableId } = await session.call('tableOpen', { sEntryId, ulTableType: 1, ulType: MAPI_MESSAGE, ulFlags: 0 });
  const columns = [
    tags.PR_ENTRYID,
    tags.PR_SUBJECT,
    tags.PR_MESSAGE_DELIVERY_TIME,
    tags.PR_MESSAGE_FLAGS,
    tags.PR_MESSAGE_SIZE,
    tags.PR_MESSAGE_CLASS,
    tags.PR_DISPLAY_TO,
    tags.PR_BODY,
    ...Array.from({ length: 12 }, (_, index) => propertyTag(0x6600 + index, PT_UNICODE)),
  ];
  await session.call('tableMulti', {
    sRequest: {
      ulTableId: ulTableId!,
      ulFlags: 0,
      lpSetColumns: columns,
      ...(restriction && { lpRestrict: restriction }),
      lpSort: { sSortOrder: [{ ulPropTag: tag, ulOrder }], ulCategories: 0, ulExpanded: 0 },
      lpQueryRows: { ulCount: 50, ulFlags: 0 },
    },
  });
  await session.call('tableClose', { ulTableId: ulTableId! });
}

/** As kopano-gateway reads a folder that is selected. */
async function allRows(sEntryId: Buffer): Promise<void> {
  const { ulTableId } = await session.call('tableOpen', { sEntryId, ulTableType: 1, ulType: MAPI_MESSAGE, ulFlags: 0 });
  const first = {
    lpSetColumns: [
      tags.PR_ENTRYID,
      tags.PR_INSTANCE_KEY,
      tags.PR_EC_IMAP_ID,
      tags.PR_MESSAGE_FLAGS,
      tags.PR_FLAG_STATUS,
      tags.PR_MSG_STATUS,
      tags.PR_LAST_VERB_EXECUTED,
    ],
    lpSort: {
      sSortOrder: [{ ulPropTag: tags.PR_EC_IMAP_ID, ulOrder: TABLE_SORT_ASCEND }],
      ulCategories: 0,
      ulExpanded: 0,
    },
  };
  for (let isFirst = true; ; isFirst = false) {
    const { sRowSet } = await session.call('tableMulti', {
      sRequest: {
        ulTableId: ulTableId!,
        ulFlags: 0,
        ...(isFirst && first),
        lpQueryRows: { ulCount: 4_000, ulFlags: 0 },
      },
    });
    if (sRowSet.length === 0) break;
  }
  await session.call('tableClose', { ulTableId: ulTableId! });
}

async function allChanges(folder: Buffer): Promise<void> {
  const { sSaveObject } = await session.call('loadObject', { sEntryId: folder, ulFlags: 0 });
  const found = sSaveObject.modProps?.find(({ ulPropTag }) => ulPropTag === tags.PR_SOURCE_KEY)?.Value;
  const sourceKey = found?.name === 'bin' ? Buffer.from(found.value) : Buffer.alloc(0);
  const { ulSyncId } = await session.call('setSyncStatus', {
    sSourceKeyFolder: sourceKey,
    ulSyncId: 0,
    ulChangeId: 0,
    ulChangeType: ICS_SYNC_CONTENTS,
    ulFlags: SYNC_NORMAL,
  });
  await session.call('getChanges', {
    sSourceKeyFolder: sourceKey,
    ulSyncId,
    ulChangeId: 0,
    ulChangeType: ICS_SYNC_CONTENTS,
    ulFlags: SYNC_NORMAL,
  });
}
