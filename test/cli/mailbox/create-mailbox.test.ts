import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, suite, test } from 'node:test';
import type { Session } from '../../../cli/connection/session.ts';
import { requireUser } from '../../../cli/directory/users.ts';
import {
  createMailbox,
  createPublicStore,
  findPublicStore,
  findUserStore,
  type MailboxOwner,
} from '../../../cli/mailbox/create-mailbox.ts';
import { NO_PROGRESS } from '../../../cli/terminal/progress.ts';
import type { OperationName } from '../../../core/soap/index.ts';
import { anInstance, asSystem } from '../an-instance.ts';
import { type DescribedStore, describeStore } from './described-store.ts';

const golden = JSON.parse(readFileSync(new URL('../../golden/cli/stores.json', import.meta.url), 'utf8')) as Record<
  'private' | 'public',
  DescribedStore
>;

/** Class of users who log on. */
const ACTIVE_USER = 0x10001;

/** The session dies at the so-manieth call, before or after the server has done it. */
function dyingAt(session: Session, call: number, done: boolean): Session {
  let calls = 0;
  const dying = {
    name: session.name,
    async call(operation: OperationName, args: object) {
      calls++;
      if (calls < call) return session.call(operation, args);
      if (calls === call && done) await session.call(operation, args);
      throw new Error('the line is dead');
    },
  };
  return dying as unknown as Session;
}

suite('a mailbox', () => {
  let instance: Awaited<ReturnType<typeof anInstance>>;
  let session: Session;
  before(async () => {
    instance = await anInstance();
    session = await asSystem(instance);
  });
  after(() => instance?.stop());

  async function aUser(name: string): Promise<MailboxOwner> {
    const lpsUser = {
      lpszUsername: name,
      lpszPassword: 'geheim',
      lpszMailAddress: `${name}@example.org`,
      lpszFullName: name,
      ulObjClass: ACTIVE_USER,
    };
    await session.call('createUser', { lpsUser });
    const { ulUserId, sUserId } = await requireUser(session, name);
    return { id: ulUserId, entryId: sUserId, name };
  }

  test('has the folders, classes, rights and special-folder properties that the genuine client makes', async () => {
    const owner = await aUser('anna');
    assert.equal((await createMailbox(session, owner, NO_PROGRESS)).changed, true);
    const store = (await findUserStore(session, 'anna'))!;
    assert.deepEqual(await describeStore(session, store, golden.private), golden.private);
  });

  test('that is complete is left alone', async () => {
    const owner = await aUser('berta');
    const first = await createMailbox(session, owner, NO_PROGRESS);
    const second = await createMailbox(session, owner, NO_PROGRESS);
    assert.deepEqual(second, { storeId: first.storeId, changed: false });
  });

  test('that was interrupted again and again, at any call, is complete in the end', async () => {
    const owner = await aUser('carla');
    let attempts = 0;
    for (let call = 1; ; call += 4) {
      const dying = dyingAt(session, call, attempts % 2 === 0);
      const finished = await createMailbox(dying, owner, NO_PROGRESS).catch(() => undefined);
      attempts++;
      if (finished) break;
    }
    assert.ok(attempts > 10, `${attempts} attempts`);
    const store = (await findUserStore(session, 'carla'))!;
    assert.deepEqual(await describeStore(session, store, golden.private), golden.private);
  });

  test('of everybody is as the genuine client makes it too', async () => {
    assert.equal(await findPublicStore(session), undefined);
    await createPublicStore(session, NO_PROGRESS);
    const store = (await findPublicStore(session))!;
    // Whatever name the client gives a store, the server answers one of its own.
    const { PR_DISPLAY_NAME: _, ...properties } = golden.public.store;
    const expected = { ...golden.public, store: properties };
    assert.deepEqual(await describeStore(session, store, expected), expected);
    assert.equal((await createPublicStore(session, NO_PROGRESS)).changed, false);
  });
});
