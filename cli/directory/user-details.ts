import { storeGuidOf } from '../../core/mapi/entry-id.ts';
import { KCERR_INVALID_TYPE, KCERR_NO_ACCESS, KCERR_NO_SUPPORT, KCERR_NOT_FOUND } from '../../core/mapi/error-codes.ts';
import {
  PR_EC_OUTOFOFFICE,
  PR_LANGUAGE,
  PR_LAST_LOGOFF_TIME,
  PR_LAST_LOGON_TIME,
  PR_MESSAGE_SIZE_EXTENDED,
} from '../../core/mapi/tags.ts';
import { isRefused } from '../connection/refused-error.ts';
import type { Session } from '../connection/session.ts';
import { findUserStore } from '../mailbox/create-mailbox.ts';
import { loadObject } from '../mailbox/objects.ts';
import { numberOf, timeOf } from '../wire-properties.ts';
import { readAliases } from './aliases.ts';
import { type Features, featuresOf } from './features.ts';
import { groupName } from './groups.ts';
import { type Quota, readQuota } from './quota.ts';
import { mappedText, type User } from './users.ts';

/** The store of a user, as far as the session may look at it. */
export interface StoreDetails {
  readonly guid: string;
  readonly bytes: number | undefined;
  readonly lastLogon: Date | undefined;
  readonly lastLogoff: Date | undefined;
  readonly outOfOffice: boolean;
}

/** All that administrators know of a user. */
export interface UserDetails {
  readonly aliases: readonly string[];
  readonly features: Features;
  readonly language: string | undefined;
  readonly groups: readonly string[];
  /** Who may send in the user's name. */
  readonly sendAs: readonly string[];
  readonly quota: Quota | undefined;
  readonly store: StoreDetails | undefined;
}

export async function readUserDetails(session: Session, user: User): Promise<UserDetails> {
  const name = { ulUserId: user.ulUserId, sUserId: user.sUserId };
  const [aliases, groups, senders, quota, store] = await Promise.all([
    readAliases(session, user),
    allowed(session.call('getGroupListOfUser', name)),
    allowed(session.call('getSendAsList', name)),
    allowed(readQuota(session, { id: user.ulUserId, entryId: user.sUserId })),
    readStore(session, user),
  ]);
  return {
    aliases,
    features: featuresOf(user),
    language: mappedText(user, PR_LANGUAGE),
    groups: groups?.sGroupArray.map(groupName) ?? [],
    sendAs: senders?.sUserArray.map((sender) => sender.lpszUsername ?? '') ?? [],
    quota,
    store,
  };
}

async function readStore(session: Session, user: User): Promise<StoreDetails | undefined> {
  const found = await allowed(findUserStore(session, user.lpszUsername ?? ''));
  if (!found) return undefined;
  const loaded = await allowed(loadObject(session, found.storeId));
  return {
    guid: storeGuidOf(found.storeId).toString('hex'),
    bytes: loaded && numberOf(loaded.properties, PR_MESSAGE_SIZE_EXTENDED),
    lastLogon: loaded && timeOf(loaded.properties, PR_LAST_LOGON_TIME),
    lastLogoff: loaded && timeOf(loaded.properties, PR_LAST_LOGOFF_TIME),
    outOfOffice: loaded?.properties.get(PR_EC_OUTOFOFFICE) === true,
  };
}

/** What is answered, or undefined for what the session may not see or the user hasn't got. */
async function allowed<T>(asking: Promise<T>): Promise<T | undefined> {
  try {
    return await asking;
  } catch (error) {
    if (isRefused(error, KCERR_NO_ACCESS, KCERR_NOT_FOUND, KCERR_NO_SUPPORT, KCERR_INVALID_TYPE)) return undefined;
    throw error;
  }
}
