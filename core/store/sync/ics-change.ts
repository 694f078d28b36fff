/** A change as a client is told of it. */
export interface IcsChange {
  /** Tells the change apart from others of the same object; 0 where no change is known. */
  readonly changeId: number;
  readonly sourceKey: Buffer;
  readonly parentSourceKey: Buffer;
  /** ICS_*. */
  readonly type: number;
  /** The read state (SYNC_READ), of a change of it. */
  readonly flags: number;
}

/** What a client is told. */
export interface IcsChanges {
  readonly changes: readonly IcsChange[];
  /** Where the client is when it has processed them. */
  readonly maxChangeId: number;
}
