import assert from 'node:assert/strict';
import test from 'node:test';
import { KCERR_INVALID_PARAMETER, KCERR_NONE } from '../../../core/mapi/error-codes.ts';
import { FOLDER_GENERIC } from '../../../core/mapi/object-types.ts';
import { PR_FOLDER_TYPE } from '../../../core/mapi/tags.ts';
import { codeOf, openSite } from './site.ts';

test('a folder of no type is an ordinary one, and others than search folders there are not', async () => {
  await using site = await openSite();
  const system = await site.client();
  const { sRootId } = await system.call('getStore');
  const create = (szName: string, ulType: number) =>
    system.call('createFolder', {
      sParentId: Buffer.from(sRootId!),
      ulType,
      szName,
      fOpenIfExists: false,
      sOrigSourceKey: Buffer.alloc(0),
    });
  const created = await create('Plain', 0);
  assert.equal(codeOf(created), KCERR_NONE);
  const { sSaveObject } = await system.call('loadObject', { sEntryId: Buffer.from(created.sEntryId!) });
  const type = sSaveObject!.modProps?.find(({ ulPropTag }) => ulPropTag === PR_FOLDER_TYPE)?.Value;
  assert.deepEqual(type, { name: 'ul', value: FOLDER_GENERIC });
  assert.equal(codeOf(await create('Strange', 7)), KCERR_INVALID_PARAMETER);
});
