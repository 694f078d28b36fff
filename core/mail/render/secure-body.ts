import type { ObjectTree } from '../../mapi/object-tree.ts';
import type { PropertyTag } from '../../mapi/property.ts';
import * as tags from '../../mapi/tags.ts';
import type { Header } from '../header.ts';
import { firstField, parameterField } from '../header.ts';
import { CLASS_ENVELOPED, CLASS_SIGNED, ENVELOPE_FILE_NAME } from '../smime.ts';
import { attachmentsOf } from './attachment-part.ts';
import type { Part } from './part.ts';

/*
 * Signed and encrypted messages keep their bytes in an attachment (MS-OXOSMIME
 * 2.1.3), and travel as these very bytes: a single changed one breaks the signature.
 */

/** The body of a signed or encrypted message, byte by byte; undefined for all others. */
export function secureBody(message: ObjectTree, cameWith: Header): Part | { readonly verbatim: Buffer } | undefined {
  const messageClass = String(message.properties.get(tags.PR_MESSAGE_CLASS) ?? '').toLowerCase();
  const attachments = attachmentsOf(message);
  if (messageClass === CLASS_SIGNED.toLowerCase()) return signedBody(attachments);
  if (messageClass === CLASS_ENVELOPED.toLowerCase()) return envelopedBody(attachments, cameWith);
  return pgpSignedBody(attachments, cameWith) ?? pgpEncryptedBody(attachments, cameWith);
}

/** A mail signed by OpenPGP keeps its bytes in a hidden attachment; one that answers or forwards it came with nothing. */
function pgpSignedBody(
  attachments: readonly ObjectTree[],
  cameWith: Header,
): { readonly verbatim: Buffer } | undefined {
  if (parameterField(cameWith, 'content-type').value !== MULTIPART_SIGNED) return undefined;
  const original = attachments.find(
    (attachment) =>
      textOf(attachment, tags.PR_ATTACH_MIME_TAG) === MULTIPART_SIGNED &&
      attachment.properties.get(tags.PR_ATTACHMENT_HIDDEN) === true,
  );
  return original && signedBody([original]);
}

const MULTIPART_SIGNED = 'multipart/signed';

/** The data begins with the content type, and goes on with what was signed. */
function signedBody(attachments: readonly ObjectTree[]): { readonly verbatim: Buffer } | undefined {
  const data = attachments.length === 1 ? dataOf(attachments[0]!) : undefined;
  return data && /^content-type:/i.test(data.toString('latin1', 0, 13)) ? { verbatim: data } : undefined;
}

function envelopedBody(attachments: readonly ObjectTree[], cameWith: Header): Part | undefined {
  const data = attachments.length === 1 ? dataOf(attachments[0]!) : undefined;
  if (!data) return undefined;
  const { value, parameters } = parameterField(cameWith, 'content-type');
  const type = /^application\/(?:x-)?pkcs7-mime$/.test(value) ? value : 'application/pkcs7-mime';
  const kind = /^[\w-]{1,40}$/.exec(parameters.get('smime-type') ?? '')?.[0] ?? kindOf(data);
  return {
    type: `${type}; smime-type=${kind}`,
    encoding: 'base64',
    disposition: 'attachment',
    fileName: ENVELOPE_FILE_NAME,
    content: data,
  };
}

/** Object identifier of signed data (RFC 5652 5.1); it stands at the beginning of the envelope. */
const SIGNED_DATA = Buffer.from('06092a864886f70d010702', 'hex');
const IDENTIFIER_WITHIN = 32;
const kindOf = (envelope: Buffer): string =>
  envelope.subarray(0, IDENTIFIER_WITHIN).includes(SIGNED_DATA) ? 'signed-data' : 'enveloped-data';

const PGP_VERSION = 'application/pgp-encrypted';

/** Mail encrypted by OpenPGP (RFC 3156 4): a version part and the encrypted one, which clients know as two files. */
function pgpEncryptedBody(attachments: readonly ObjectTree[], cameWith: Header): Part | undefined {
  const [version, encrypted] = attachments;
  if (attachments.length !== 2 || textOf(version!, tags.PR_ATTACH_MIME_TAG) !== PGP_VERSION) return undefined;
  if (cameWith.fields.length > 0 && parameterField(cameWith, 'content-type').value !== 'multipart/encrypted')
    return undefined;
  const [versionData, data] = [dataOf(version!), dataOf(encrypted!)];
  if (!versionData || !data || firstField(cameWith, 'content-type') === undefined) return undefined;
  return {
    type: `multipart/encrypted; protocol="${PGP_VERSION}"`,
    parts: [
      { type: PGP_VERSION, encoding: 'base64', content: versionData },
      {
        type: 'application/octet-stream',
        encoding: 'base64',
        disposition: 'inline',
        fileName: textOf(encrypted!, tags.PR_ATTACH_LONG_FILENAME) ?? 'encrypted.asc',
        content: data,
      },
    ],
  };
}

const dataOf = ({ properties }: ObjectTree): Buffer | undefined => {
  const data = properties.get(tags.PR_ATTACH_DATA_BIN);
  return Buffer.isBuffer(data) ? data : undefined;
};

const textOf = ({ properties }: ObjectTree, tag: PropertyTag): string | undefined => {
  const value = properties.get(tag);
  return typeof value === 'string' ? value : undefined;
};
