import * as codes from '../../core/mapi/error-codes.ts';
import type { OperationName } from '../../core/soap/index.ts';

/** The server answered an operation with a result code that isn't success. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
  readonly operation: OperationName;
  readonly code: number;

  constructor(operation: OperationName, code: number) {
    super(`The server refused '${operation}' with ${codeName(code)}`);
    this.operation = operation;
    this.code = code;
  }
}

/** Whether an error is the server's answer of this code. */
export const isRefused = (error: unknown, ...expected: readonly number[]): error is RefusedError =>
  error instanceof RefusedError && expected.includes(error.code);

const NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(codes).flatMap(([name, code]) => (typeof code === 'number' ? [[code, name]] : [])),
);

/** Name of a result code, or its number in hexadecimal. */
export const codeName = (code: number): string => NAMES.get(code) ?? `0x${code.toString(16).padStart(8, '0')}`;
