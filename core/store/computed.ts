import { MAPI_FOLDER, MAPI_MESSAGE, MAPI_STORE } from '../mapi/object-types.ts';
import type { Property } from '../mapi/property.ts';
import {
  PR_ACCESS,
  PR_ACCESS_LEVEL,
  PR_PARENT_ENTRYID,
  PR_PARENT_SOURCE_KEY,
  PR_RECORD_KEY,
  PR_RIGHTS,
  PR_SOURCE_KEY,
} from '../mapi/tags.ts';
import { accessBits, accessLevel, type Grants } from './access.ts';
import { isFolderMessage, isRootFolder, type Target } from './object-row.ts';

/**
 * Properties of a store, folder or message that follow from where it is and who
 * asks; recipients, attachments and embedded messages have none of them.
 */
export function placeProperties(target: Target, grants: Grants): Property[] {
  const { object, parent } = target;
  const properties: Property[] = [];
  const add = (tag: number, value: Property['value'] | null | undefined): void => {
    if (value !== null && value !== undefined) properties.push({ tag, value });
  };

  if (object.kind === MAPI_FOLDER || isFolderMessage(target)) {
    add(PR_PARENT_SOURCE_KEY, parent?.sourceKey);
    add(PR_SOURCE_KEY, object.sourceKey);
  }
  add(PR_RECORD_KEY, object.entryId);
  // The root folder names itself as its parent (observed on 11.0.2).
  if (object.kind !== MAPI_STORE) add(PR_PARENT_ENTRYID, isRootFolder(target) ? object.entryId : parent?.entryId);
  if (object.kind === MAPI_FOLDER) add(PR_RIGHTS, grants.rights);
  if (object.kind === MAPI_FOLDER || object.kind === MAPI_MESSAGE) add(PR_ACCESS, accessBits(grants, target));
  add(PR_ACCESS_LEVEL, accessLevel(grants));
  return properties;
}

/** Properties of a message embedded in one that was opened: it may be treated as the whole may (observed on 11.0.2). */
export const embeddedProperties = (target: Target, grants: Grants): Property[] => [
  { tag: PR_ACCESS, value: accessBits(grants, target) },
  { tag: PR_ACCESS_LEVEL, value: accessLevel(grants) },
];
