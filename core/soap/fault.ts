/**
 * SOAP 1.1 faults: what the decoder throws and what goes out in place of an answer.
 */

/** `Client`: the message is wrong. `Server`: the message is fine, we failed. */
export type FaultCode = 'Client' | 'Server' | 'VersionMismatch' | 'MustUnderstand';

/**
 * A message that can't be answered with a result code.
 *
 * The status is 500 for every fault in a POST with a SOAP body, as SOAP 1.1 (6.2)
 * demands and the genuine server does; 4xx says that the request isn't SOAP at
 * all (no XML, wrong compression, wrong method).
 */
export class SoapFault extends Error {
  override readonly name = 'SoapFault';
  readonly code: FaultCode;
  readonly status: number;

  constructor(code: FaultCode, message: string, options: { status?: number; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.status = options.status ?? 500;
  }
}

/** The bytes aren't well-formed XML, MIME or gzip: HTTP 400, since there is no SOAP message to answer. */
export function malformed(what: string, cause?: unknown): SoapFault {
  return new SoapFault('Client', what, { status: 400, cause });
}

/** A limit of `limits.ts` is exceeded. */
export function tooLarge(what: string): SoapFault {
  return new SoapFault('Client', what, { status: 400 });
}

/** Well-formed SOAP whose content doesn't fit the catalogue. */
export function invalid(what: string): SoapFault {
  return new SoapFault('Client', what);
}
