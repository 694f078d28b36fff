import { isMultiValued, propertyId, propertyType, unicodeTag, withType } from '../mapi/property.ts';
import {
  PT_BINARY,
  PT_MV_BINARY,
  PT_MV_STRING8,
  PT_MV_UNICODE,
  PT_STRING8,
  PT_UNICODE,
} from '../mapi/property-types.ts';
import { PR_EC_DISABLED_FEATURES, PR_EC_ENABLED_FEATURES, PR_EMS_AB_PROXY_ADDRESSES } from '../mapi/tags.ts';
import { completeFeatures, explicitFeatures, type FeatureLists } from './features.ts';
import { isMailUser } from './object-class.ts';
import { isInternal, type Principal } from './principal.ts';
import { type PrincipalDetails, tagKey, tagOfKey } from './principal-details.ts';

/** The further properties of a principal, as they travel: by tag, binary values in base64. */
export interface PropertyMap {
  readonly properties: ReadonlyMap<number, string>;
  readonly lists: ReadonlyMap<number, readonly string[]>;
}

const SINGLE_TYPES: ReadonlySet<number> = new Set([PT_STRING8, PT_UNICODE, PT_BINARY]);
const LIST_TYPES: ReadonlySet<number> = new Set([PT_MV_STRING8, PT_MV_UNICODE, PT_MV_BINARY]);
const BINARY_TYPES: ReadonlySet<number> = new Set([PT_BINARY, PT_MV_BINARY]);

/** Feature lists travel with 8-bit string tags (observed on 11.0.2). */
const ENABLED = withType(PR_EC_ENABLED_FEATURES, PT_MV_STRING8);
const DISABLED = withType(PR_EC_DISABLED_FEATURES, PT_MV_STRING8);
const isFeatureList = (tag: number): boolean =>
  unicodeTag(tag) === PR_EC_ENABLED_FEATURES || unicodeTag(tag) === PR_EC_DISABLED_FEATURES;

/** What a user may use, and what not. */
export function featuresOf({ details }: Principal): FeatureLists {
  const list = (tag: number): readonly string[] => details.lists?.[tagKey(tag)] ?? [];
  return completeFeatures({ enabled: list(ENABLED), disabled: list(DISABLED) });
}

/** The further properties of a principal for a client, in the order of their tags; binary ones only for clients that understand them. */
export function propertyMapOf(principal: Principal, binary: boolean): PropertyMap {
  const { properties = {}, lists = {} } = principal.details;
  const wanted = ([tag]: readonly [number, unknown]): boolean => binary || !BINARY_TYPES.has(propertyType(tag));
  const entries = <T>(map: Readonly<Record<string, T>>): [number, T][] =>
    Object.entries(map).map(([key, value]) => [tagOfKey(key), value]);
  const byTag = <T>(map: ReadonlyMap<number, T>): Map<number, T> => new Map([...map].sort(([a], [b]) => a - b));
  const shown = new Map(entries(lists).filter(wanted));
  if (!isInternal(principal.id)) {
    // Groups and companies show empty lists.
    const features = isMailUser(principal.class) ? featuresOf(principal) : { enabled: [], disabled: [] };
    shown.set(ENABLED, features.enabled).set(DISABLED, features.disabled);
  }
  return { properties: byTag(new Map(entries(properties).filter(wanted))), lists: byTag(shown) };
}

/** The aliases among addresses as the address book lists them: `smtp:…`; the primary one, `SMTP:…`, is none. */
const aliasesIn = (addresses: readonly string[]): string[] => [
  ...new Set(
    addresses
      .filter((address) => !address.startsWith('SMTP:'))
      .map((address) => address.replace(/^smtp:/i, ''))
      .filter((address) => address !== ''),
  ),
];

/**
 * Details with the properties that a client sent: an empty value removes one,
 * those not sent stay. Types that the address book can't hold are ignored.
 * Proxy addresses are the principal's aliases (PidTagAddressBookProxyAddresses, MS-OXOABK 2.2.3.23).
 */
export function withPropertyMap(details: PrincipalDetails, sent: PropertyMap): PrincipalDetails {
  const properties = { ...details.properties };
  const lists = { ...details.lists };
  for (const [tag, value] of sent.properties) {
    if (!SINGLE_TYPES.has(propertyType(tag))) continue;
    if (value === '') delete properties[tagKey(tag)];
    else properties[tagKey(tag)] = value;
  }
  const stringTag = (tag: number): number => (isFeatureList(tag) ? withType(tag, PT_MV_STRING8) : tag);
  let aliases = details.aliases ?? [];
  for (const [tag, values] of sent.lists) {
    if (propertyId(tag) === propertyId(PR_EMS_AB_PROXY_ADDRESSES)) {
      aliases = aliasesIn(values);
      continue;
    }
    if (!isMultiValued(tag) || !LIST_TYPES.has(propertyType(tag))) continue;
    lists[tagKey(stringTag(tag))] = values.filter((value) => value !== '');
  }
  const explicit = explicitFeatures({
    enabled: lists[tagKey(ENABLED)] ?? [],
    disabled: lists[tagKey(DISABLED)] ?? [],
  });
  lists[tagKey(ENABLED)] = explicit.enabled;
  lists[tagKey(DISABLED)] = explicit.disabled;
  for (const [key, values] of Object.entries(lists)) if (values.length === 0) delete lists[key];
  const { properties: _old, lists: _oldLists, aliases: _oldAliases, ...rest } = details;
  return {
    ...rest,
    ...(aliases.length > 0 && { aliases }),
    ...(Object.keys(properties).length > 0 && { properties }),
    ...(Object.keys(lists).length > 0 && { lists }),
  };
}
