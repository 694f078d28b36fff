import type { QuotaMapping } from '../mapping.ts';

/** Attributes of the Kopano schema, for a mailbox and for what a company gives its users. */
export const KOPANO_QUOTA: QuotaMapping = {
  override: 'kopanoQuotaOverride',
  warn: 'kopanoQuotaWarn',
  soft: 'kopanoQuotaSoft',
  hard: 'kopanoQuotaHard',
};
export const KOPANO_USER_QUOTA: QuotaMapping = {
  override: 'kopanoUserDefaultQuotaOverride',
  warn: 'kopanoUserDefaultQuotaWarn',
  soft: 'kopanoUserDefaultQuotaSoft',
  hard: 'kopanoUserDefaultQuotaHard',
};
