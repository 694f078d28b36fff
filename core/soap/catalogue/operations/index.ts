import { companyOperations } from './company.ts';
import { directoryOperations } from './directory.ts';
import { folderOperations } from './folder.ts';
import { groupOperations } from './group.ts';
import { icsOperations } from './ics.ts';
import { notifyOperations } from './notify.ts';
import { objectOperations } from './object.ts';
import { quotaOperations } from './quota.ts';
import { rightsOperations } from './rights.ts';
import { serverOperations } from './server.ts';
import { sessionOperations } from './session.ts';
import { storeOperations } from './store.ts';
import { streamOperations } from './stream.ts';
import { submitOperations } from './submit.ts';
import { tableOperations } from './table.ts';
import { userOperations } from './user.ts';

/**
 * Every operation of the service `urn:zarafa` (Kopano 11), by the name it has on the wire.
 * The frame, the decoder and the encoder are driven by these rows.
 */
export const operations = {
  ...sessionOperations,
  ...storeOperations,
  ...objectOperations,
  ...folderOperations,
  ...rightsOperations,
  ...tableOperations,
  ...notifyOperations,
  ...submitOperations,
  ...userOperations,
  ...groupOperations,
  ...companyOperations,
  ...quotaOperations,
  ...directoryOperations,
  ...icsOperations,
  ...streamOperations,
  ...serverOperations,
};
