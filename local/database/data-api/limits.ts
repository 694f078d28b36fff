/**
 * The bounds of the RDS Data API, as its documentation states them
 * ("Limitations for Amazon RDS Data API", "Troubleshooting Amazon RDS Data
 * API" in the Aurora user guide; API reference of ExecuteStatement,
 * BeginTransaction and BatchExecuteStatement).
 */
export interface DataApiLimits {
  /** Bytes of the values of one result row. */
  readonly rowBytes: number;
  /** Bytes of one response. The real one may count less than the JSON around the values; we count all. */
  readonly responseBytes: number;
  /** Bytes of the string `formattedRecords`. */
  readonly formattedBytes: number;
  /** Bytes of one request: headers and body. */
  readonly requestBytes: number;
  /** A transaction without a call for so long is rolled back. */
  readonly transactionIdleMs: number;
  /** A transaction that is older is rolled back. */
  readonly transactionMs: number;
  /** A statement that runs longer is killed, unless `continueAfterTimeout` is set. */
  readonly statementMs: number;
}

export const REAL_LIMITS: DataApiLimits = {
  rowBytes: 64 * 1024,
  responseBytes: 1024 * 1024,
  formattedBytes: 10 * 1024 * 1024,
  requestBytes: 4 * 1024 * 1024,
  transactionIdleMs: 3 * 60_000,
  transactionMs: 24 * 3_600_000,
  statementMs: 45_000,
};
