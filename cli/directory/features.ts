/** Services that a user may be kept from using; the gateways ask (names observed on 11.0.2). */

import { withType } from '../../core/mapi/property.ts';
import { PT_MV_STRING8 } from '../../core/mapi/property-types.ts';
import { PR_EC_DISABLED_FEATURES, PR_EC_ENABLED_FEATURES } from '../../core/mapi/tags.ts';
import { mappedList, type User } from './users.ts';

export const FEATURES: readonly string[] = ['imap', 'pop3', 'mobile', 'outlook', 'webapp'];

export interface Features {
  readonly enabled: readonly string[];
  readonly disabled: readonly string[];
}

export const featuresOf = (user: User): Features => ({
  enabled: mappedList(user, PR_EC_ENABLED_FEATURES),
  disabled: mappedList(user, PR_EC_DISABLED_FEATURES),
});

/** Both lists with some features moved from one to the other, as they are sent. */
export function featureLists(user: User, enable: readonly string[], disable: readonly string[]): Map<number, string[]> {
  const { enabled, disabled } = featuresOf(user);
  const moved = (list: readonly string[], into: readonly string[], out: readonly string[]): string[] => [
    ...new Set([...list.filter((feature) => !out.includes(feature)), ...into]),
  ];
  const lists = new Map([
    [withType(PR_EC_ENABLED_FEATURES, PT_MV_STRING8), moved(enabled, enable, disable)],
    [withType(PR_EC_DISABLED_FEATURES, PT_MV_STRING8), moved(disabled, disable, enable)],
  ]);
  return lists;
}
