import type { ObjectTree } from '../mapi/object-tree.ts';
import { MAPI_DISTLIST } from '../mapi/object-types.ts';
import type { Properties, PropertyTag, ReadonlyProperties } from '../mapi/property.ts';
import { MAPI_CC, MAPI_TO } from '../mapi/recipient-types.ts';
import {
  PR_EC_CONTACT_ENTRYID,
  PR_EC_MESSAGE_BCC_ME,
  PR_ENTRYID,
  PR_MESSAGE_CC_ME,
  PR_MESSAGE_RECIP_ME,
  PR_MESSAGE_TO_ME,
  PR_RECEIVED_BY_ADDRTYPE,
  PR_RECEIVED_BY_EMAIL_ADDRESS,
  PR_RECEIVED_BY_ENTRYID,
  PR_RECEIVED_BY_NAME,
  PR_RECEIVED_BY_SEARCH_KEY,
  PR_RECIPIENT_TYPE,
} from '../mapi/tags.ts';
import { knownRole, type RoleTags } from './address-book.ts';

const RECEIVED_BY_TAGS: RoleTags = {
  name: PR_RECEIVED_BY_NAME,
  addressType: PR_RECEIVED_BY_ADDRTYPE,
  address: PR_RECEIVED_BY_EMAIL_ADDRESS,
  entryId: PR_RECEIVED_BY_ENTRYID,
  searchKey: PR_RECEIVED_BY_SEARCH_KEY,
};

/**
 * A message as one of its receivers gets it: with who received it, and how it
 * names them. The original is left as it is, for the next receiver.
 *
 * @param receiver row of the address book
 * @param throughGroup whether a group that the mail names, or that it was sent to, has the receiver as a member
 */
export function personalCopy(
  message: ObjectTree,
  receiver: ReadonlyProperties,
  throughGroup = message.children.some((child) => child.kind === MAPI_DISTLIST),
): ObjectTree {
  const properties: Properties = new Map([
    ...message.properties,
    ...knownRole(receiver, RECEIVED_BY_TAGS),
    ...namings(message, receiver, throughGroup),
  ]);
  return { ...message, properties };
}

/** Named in To, in Cc, or hidden; who is a member of a group that is named is neither. */
function namings(message: ObjectTree, receiver: ReadonlyProperties, throughGroup: boolean): Map<PropertyTag, boolean> {
  const entryId = receiver.get(PR_ENTRYID) as Buffer | undefined;
  const isReceiver = (row: ObjectTree): boolean => {
    const named = row.properties.get(PR_EC_CONTACT_ENTRYID);
    return entryId !== undefined && Buffer.isBuffer(named) && named.equals(entryId);
  };
  const types = new Set(message.children.filter(isReceiver).map((row) => row.properties.get(PR_RECIPIENT_TYPE)));
  const [toMe, ccMe] = [types.has(MAPI_TO), types.has(MAPI_CC)];
  const hidden = !toMe && !ccMe && !throughGroup;
  return new Map([
    [PR_MESSAGE_TO_ME, toMe],
    [PR_MESSAGE_CC_ME, ccMe],
    [PR_EC_MESSAGE_BCC_ME, hidden],
    [PR_MESSAGE_RECIP_ME, toMe || ccMe || hidden],
  ]);
}
