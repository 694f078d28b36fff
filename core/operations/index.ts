import { addressbook } from './addressbook.ts';
import { company } from './company.ts';
import type { Operations } from './context.ts';
import { copy } from './copy.ts';
import { directorySync } from './directory-sync.ts';
import { folder } from './folder.ts';
import { group } from './group.ts';
import { ics } from './ics.ts';
import { maintenance } from './maintenance.ts';
import { messageStatus } from './message-status.ts';
import { namedProperty } from './named-property.ts';
import { notify } from './notify.ts';
import { object } from './object.ts';
import { quota } from './quota.ts';
import { receiveFolder } from './receive-folder.ts';
import { rights } from './rights.ts';
import { search } from './search.ts';
import { server } from './server.ts';
import { session } from './session.ts';
import { store } from './store.ts';
import { stream } from './stream.ts';
import { submission } from './submission.ts';
import { table } from './table.ts';
import { user } from './user.ts';

/** The operations that are there; the rest answers KCERR_NOT_IMPLEMENTED (see test/core/operations/missing.test.ts). */
export const operations: Partial<Operations> = {
  ...addressbook,
  ...company,
  ...copy,
  ...directorySync,
  ...folder,
  ...group,
  ...ics,
  ...maintenance,
  ...messageStatus,
  ...namedProperty,
  ...notify,
  ...object,
  ...quota,
  ...receiveFolder,
  ...rights,
  ...search,
  ...server,
  ...session,
  ...store,
  ...stream,
  ...submission,
  ...table,
  ...user,
};
