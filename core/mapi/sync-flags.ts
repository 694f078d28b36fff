/** Flags of getChanges and exportMessageChangesAsStream (MS-OXCFXICS 2.2.3.2.1.1.1 SynchronizationFlags, as numbered in the clients). */
export const SYNC_NO_DELETIONS = 0x0002;
export const SYNC_NO_SOFT_DELETIONS = 0x0004;
/** Changes of the read state too. */
export const SYNC_READ_STATE = 0x0008;
/** Associated messages too. */
export const SYNC_ASSOCIATED = 0x0010;
/** Messages that aren't associated. */
export const SYNC_NORMAL = 0x0020;
/** Streams without formatted bodies. */
export const SYNC_LIMITED_IMESSAGE = 0x0200;
/**
 * The client only wants to know where it stands: what there is so far counts as told. Of the messages of a folder, all
 * the same is told (observed on 11.0.2).
 */
export const SYNC_CATCHUP = 0x0400;
/** Streams with only the best of the formatted bodies. */
export const SYNC_BEST_BODY = 0x2000;
/** Nothing is remembered of what is told. */
export const SYNC_NO_DB_CHANGES = 0x80000;
