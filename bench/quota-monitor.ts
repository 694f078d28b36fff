/**
 * What a run of the quota monitor costs at a site of many users.
 *
 *     node bench/quota-monitor.ts [--users 20000] [--over 20]
 */
import { parseArgs } from 'node:util';
import { monitorQuotas } from '../core/mail/quota-monitor.ts';
import { DEFAULT_TEMPLATES } from '../core/mail/quota-template.ts';
import { setReceiveFolder } from '../core/store/receive-folders.ts';
import { aServer, open } from '../test/core/store/a-server.ts';

const { values } = parseArgs({
  options: {
    users: { type: 'string', default: '20000' },
    over: { type: 'string', default: '20' },
  },
});
const [users, over] = [Number(values.users), Number(values.over)];
const settings = { postmaster: 'postmaster@example.com', templates: DEFAULT_TEMPLATES, resendHours: 24 };

await using server = await aServer();
const { database } = server.platform;
const quota = (hard: number): string => JSON.stringify({ quota: { useDefault: false, warn: 0, soft: 0, hard } });

for (let index = 0; index < over; index++) {
  const { actor, storeEntryId, inbox, principalId } = await server.mailbox(`full${index}`);
  await setReceiveFolder(actor, await open(actor, storeEntryId), inbox, 'IPM');
  await database.execute('UPDATE principal SET details = :details WHERE id = :id', {
    id: principalId,
    details: quota(1),
  });
  await database.execute('UPDATE store SET size = 1000 WHERE owner_id = :id', { id: principalId });
}
const ROWS = 500;
for (let first = 0; first < users - over; first += ROWS) {
  const numbers = Array.from({ length: Math.min(ROWS, users - over - first) }, (_, index) => 1_000_000 + first + index);
  await database.execute(
    `INSERT INTO principal (id, class, external_id, name, name_key, full_name, email, details) VALUES ${numbers
      .map((n) => `(${n}, 65537, 'x${n}', 'user${n}', '1:0:user${n}', 'User ${n}', 'user${n}@example.com', :details)`)
      .join(', ')}`,
    { details: quota(2_000_000) },
  );
  await database.execute(
    `INSERT INTO store (id, guid, root_id, type, owner_id, owner_name, size) VALUES ${numbers
      .map((n) => `(${n}, UNHEX(MD5('${n}')), ${n}, 0, ${n}, 'user${n}', ${n})`)
      .join(', ')}`,
  );
}

async function measure(what: string): Promise<void> {
  const { roundTrips } = database;
  const start = performance.now();
  const report = await monitorQuotas(server.platform, settings);
  const milliseconds = Math.round(performance.now() - start);
  console.log(`${what}: ${JSON.stringify(report)}, ${database.roundTrips - roundTrips} statements, ${milliseconds} ms`);
}

await measure(`${users} users, ${over} over and never told`);
await measure(`${users} users, ${over} over and told already`);
