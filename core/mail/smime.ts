import type { Header } from './header.ts';
import type { MimePart } from './mime.ts';

/** Encrypted or opaquely signed: one part that only the recipient's client can open (RFC 8551). */
const ENVELOPES: ReadonlySet<string> = new Set(['application/pkcs7-mime', 'application/x-pkcs7-mime']);
const SIGNATURES: ReadonlySet<string> = new Set(['application/pkcs7-signature', 'application/x-pkcs7-signature']);

/** Message classes that tell clients to verify or decrypt (MS-OXOSMIME 2.1.1). */
export const CLASS_SIGNED = 'IPM.Note.SMIME.MultipartSigned';
export const CLASS_ENVELOPED = 'IPM.Note.SMIME';

/** Whether a part is an envelope; a whole mail that is one is decrypted by the client. */
export const isEnveloped = (part: MimePart): boolean => ENVELOPES.has(part.contentType);
/** Whether a part is the signature over its sibling. */
export const isSignature = (part: MimePart): boolean => SIGNATURES.has(part.contentType);

/** Whether the whole mail is signed, readably, by S/MIME. */
export const isSigned = (root: MimePart): boolean =>
  root.contentType === 'multipart/signed' && root.parts.some(isSignature);

/** Whether the whole mail is signed by OpenPGP (RFC 3156 5). */
export const isPgpSigned = (root: MimePart): boolean =>
  root.contentType === 'multipart/signed' &&
  root.parts.some(({ contentType }) => contentType === 'application/pgp-signature');

/**
 * What a client verifies: the content type and all that follows the header, byte by byte
 * as it came (MS-OXOSMIME 2.1.3.1). Lines end with CRLF, as what is signed does (RFC 8551 3.1.1),
 * though a mail was kept with other line ends meanwhile.
 */
export function signedBytes(raw: Buffer, header: Header): Buffer {
  const field = header.fields.find(({ name }) => name === 'content-type')!;
  const body = raw.subarray(header.raw.length);
  return Buffer.concat([
    Buffer.from(`${lines(field.source)}\r\n\r\n`, 'latin1'),
    hasBareLineFeed(body) ? canonical(body) : body,
  ]);
}

const lines = (text: string): string => text.replace(/\r?\n/g, '\r\n');
const canonical = (bytes: Buffer): Buffer => Buffer.from(lines(bytes.toString('latin1')), 'latin1');

function hasBareLineFeed(bytes: Buffer): boolean {
  for (let at = bytes.indexOf(LINE_FEED); at >= 0; at = bytes.indexOf(LINE_FEED, at + 1))
    if (bytes[at - 1] !== CARRIAGE_RETURN) return true;
  return false;
}

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** The name that S/MIME envelopes have when the sender gives none. */
export const ENVELOPE_FILE_NAME = 'smime.p7m';
