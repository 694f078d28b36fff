import assert from 'node:assert/strict';
import test from 'node:test';
import { NONACTIVE_CONTACT, NONACTIVE_ROOM } from '../../../core/directory/object-class.ts';
import { PR_DISPLAY_NAME, PR_EC_STATS_SYSTEM_VALUE } from '../../../core/mapi/tags.ts';
import { createUser, openSite } from './site.ts';

const TABLETYPE_STATS_SYSTEM = 5;

test('the statistics count users by class, under the names that kopano-admin --user-count reads', async () => {
  await using site = await openSite();
  const system = await site.client();
  await createUser(system, 'user1', { lpszPassword: '' });
  await createUser(system, 'room1', { lpszPassword: '', ulObjClass: NONACTIVE_ROOM });
  await createUser(system, 'Somebody else', { lpszPassword: '', ulObjClass: NONACTIVE_CONTACT });
  const { sRowSet = [] } = await system.call('tableMulti', {
    sRequest: {
      lpOpen: { ulTableType: TABLETYPE_STATS_SYSTEM },
      lpSetColumns: [PR_DISPLAY_NAME, PR_EC_STATS_SYSTEM_VALUE],
      lpQueryRows: { ulCount: 100 },
    },
  });
  const figures = new Map(sRowSet.map((row) => row.map(({ Value }) => String(Value?.value)) as [string, string]));
  assert.match(figures.get('server_start_date') ?? '', /^\w{3} \w{3} \d{2} [\d:]{8} \d{4}$/);
  assert.match(figures.get('server_guid') ?? '', /^[0-9a-f]{32}$/);
  const counts = [...figures].filter(([name]) => name.startsWith('usercnt_'));
  // SYSTEM is nobody, and contacts have no mailbox.
  assert.deepEqual(Object.fromEntries(counts), {
    usercnt_active: '1',
    usercnt_nonactive: '1',
    usercnt_na_user: '0',
    usercnt_room: '1',
    usercnt_equipment: '0',
    usercnt_contact: '1',
  });
});
