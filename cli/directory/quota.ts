import type { Session } from '../connection/session.ts';
import { sizeText } from '../terminal/units.ts';

/** Limits in bytes; 0 is none. */
export interface QuotaLimits {
  readonly warn: number;
  readonly soft: number;
  readonly hard: number;
}

/** A quota as it applies. */
export interface Quota extends QuotaLimits {
  /** Where the limits come from: the user or company itself, what the company gives its users, or the server. */
  readonly from: 'own' | 'company' | 'server';
}

/** Whose quota: a user or a company. */
export interface QuotaOwner {
  readonly id: number;
  readonly entryId: Buffer;
}

/** Where a size stands, by the numbers of the wire. */
export const QUOTA_STATUS: readonly string[] = ['ok', 'warn', 'soft', 'hard'];

/** The quota that applies; with `userDefault` what a company gives its users. */
export async function readQuota(session: Session, owner: QuotaOwner, userDefault = false): Promise<Quota> {
  const { sQuota } = await session.call('GetQuota', {
    ulUserid: owner.id,
    sUserId: owner.entryId,
    bGetUserDefault: userDefault,
  });
  const inherited = sQuota.bIsUserDefaultQuota && !userDefault;
  return {
    warn: Number(sQuota.llWarnSize),
    soft: Number(sQuota.llSoftSize),
    hard: Number(sQuota.llHardSize),
    from: sQuota.bUseDefaultQuota ? 'server' : inherited ? 'company' : 'own',
  };
}

/** Sets limits; undefined goes back to what applies to all. */
export async function writeQuota(
  session: Session,
  owner: QuotaOwner,
  limits: QuotaLimits | undefined,
  userDefault = false,
): Promise<void> {
  const { warn, soft, hard } = limits ?? { warn: 0, soft: 0, hard: 0 };
  await session.call('SetQuota', {
    ulUserid: owner.id,
    sUserId: owner.entryId,
    lpsQuota: {
      bUseDefaultQuota: limits === undefined,
      bIsUserDefaultQuota: userDefault,
      llWarnSize: BigInt(warn),
      llSoftSize: BigInt(soft),
      llHardSize: BigInt(hard),
    },
  });
}

/** Size of a store and where it stands. */
export async function readQuotaStatus(
  session: Session,
  owner: QuotaOwner,
): Promise<{ readonly bytes: number; readonly status: string }> {
  const { llStoreSize, ulQuotaStatus } = await session.call('GetQuotaStatus', {
    ulUserid: owner.id,
    sUserId: owner.entryId,
  });
  return { bytes: Number(llStoreSize), status: QUOTA_STATUS[ulQuotaStatus] ?? String(ulQuotaStatus) };
}

export const limitText = (bytes: number): string => (bytes === 0 ? 'none' : sizeText(bytes));

/** `warn 900 MiB, soft 1.0 GiB, hard none (own)` */
export const quotaText = ({ warn, soft, hard, from }: Quota): string =>
  `warn ${limitText(warn)}, soft ${limitText(soft)}, hard ${limitText(hard)} (${FROM[from]})`;

const FROM: Readonly<Record<Quota['from'], string>> = {
  own: 'set here',
  company: 'default of the company',
  server: 'default of the server',
};
