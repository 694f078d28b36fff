/** The exceptions of the service model (rds-data 2018-08-01) that this endpoint throws, with their HTTP status. */
const STATUS = {
  BadRequestException: 400,
  DatabaseErrorException: 400,
  DatabaseNotFoundException: 404,
  DatabaseUnavailableException: 504,
  InternalServerErrorException: 500,
  StatementTimeoutException: 400,
  TransactionNotFoundException: 404,
  UnsupportedResultException: 400,
  // Not in the model, but what the service answers where its front door refuses.
  ValidationException: 400,
  UnknownOperationException: 404,
} as const;

export type DataApiErrorName = keyof typeof STATUS;

/** An answer other than 200, under the name by which the SDK throws it. */
export class DataApiError extends Error {
  override readonly name: DataApiErrorName;
  /** Further members of the answer, such as `dbConnectionId`. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(name: DataApiErrorName, message: string, details: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.name = name;
    this.details = details;
  }

  get status(): number {
    return STATUS[this.name];
  }
}

/** An error as mysql2 reports it. */
export interface ServerError extends Error {
  readonly errno?: number | undefined;
  readonly sqlState?: string | undefined;
  readonly sqlMessage?: string | undefined;
  readonly code?: string | undefined;
}

/** MySQL's "Unknown database", which the service tells apart. */
const ER_BAD_DB_ERROR = 1049;

/** What the service makes of an error that the database reported, or of the lack of a database. */
export function fromServer(error: ServerError): DataApiError {
  if (error.errno === undefined || error.sqlState === undefined) {
    return error.code === 'ECONNREFUSED' || error.code === 'ENOENT' || isLost(error)
      ? new DataApiError('DatabaseUnavailableException', `The database isn't available: ${error.code}`)
      : new DataApiError('InternalServerErrorException', error.message);
  }
  const name = error.errno === ER_BAD_DB_ERROR ? 'DatabaseNotFoundException' : 'DatabaseErrorException';
  const message = error.sqlMessage ?? error.message;
  return new DataApiError(name, `${message}; Error code: ${error.errno}; SQLState: ${error.sqlState}`);
}

/** The connection broke under the statement. */
export function isLost(error: ServerError): boolean {
  return error.code === 'PROTOCOL_CONNECTION_LOST' || error.code === 'ECONNRESET' || error.code === 'EPIPE';
}
