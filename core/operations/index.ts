import type { Operations } from './context.ts';
import { folder } from './folder.ts';
import { namedProperty } from './named-property.ts';
import { notify } from './notify.ts';
import { object } from './object.ts';
import { receiveFolder } from './receive-folder.ts';
import { rights } from './rights.ts';
import { store } from './store.ts';

/** The operations that are there; the rest answers KCERR_NOT_IMPLEMENTED (see test/core/operations/missing.test.ts). */
export const operations: Partial<Operations> = {
  ...folder,
  ...namedProperty,
  ...notify,
  ...object,
  ...receiveFolder,
  ...rights,
  ...store,
};
