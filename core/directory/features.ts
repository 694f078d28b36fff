/** Services that a user may be kept from using; the gateways ask (names observed on 11.0.2). */
export const FEATURES: readonly string[] = ['imap', 'mobile', 'outlook', 'pop3', 'webapp'];

/** Which features a user has, and which not; each feature in exactly one list, both sorted. */
export interface FeatureLists {
  readonly enabled: readonly string[];
  readonly disabled: readonly string[];
}

/** The whole lists: everything is enabled but for what is explicitly disabled. */
export function completeFeatures(explicit: FeatureLists): FeatureLists {
  const disabled = new Set(explicit.disabled);
  const enabled = new Set([...FEATURES, ...explicit.enabled].filter((feature) => !disabled.has(feature)));
  return { enabled: [...enabled].sort(), disabled: [...disabled].sort() };
}

/** What of whole lists isn't the default, so that a changed default reaches users. */
export const explicitFeatures = ({ enabled, disabled }: FeatureLists): FeatureLists => ({
  enabled: enabled.filter((feature) => !FEATURES.includes(feature)),
  disabled: [...disabled],
});
