import type { ReadonlyProperties } from '../../mapi/property.ts';
import { PR_TRANSPORT_MESSAGE_HEADERS } from '../../mapi/tags.ts';
import { type Header, type HeaderField, readHeader } from '../header.ts';
import { type Field, isFieldName, textField } from './field.ts';

/** The header with which a message once came, in PR_TRANSPORT_MESSAGE_HEADERS; empty for one that was written here. */
export function transportHeader(properties: ReadonlyProperties): Header {
  const text = properties.get(PR_TRANSPORT_MESSAGE_HEADERS);
  if (typeof text !== 'string' || text === '') return { fields: [], raw: Buffer.alloc(0) };
  try {
    return readHeader(Buffer.from(`${text}\r\n\r\n`));
  } catch {
    return { fields: [], raw: Buffer.alloc(0) };
  }
}

/** Which fields of the header with which a message came stay in a mail made of it. */
export type KeptFields = 'trace' | 'all';

/** Where mail has been, and lists it came through: loops are found by them (RFC 5322 3.6.7, RFC 2919). */
const TRACE = /^(?:received|list-|precedence$)/;
/** Of mail that is sent on, none of its former life: SES takes Return-Path for where bounces go. */
const PLACES = /^(?:received|return-path$|delivered-to$|x-original-to$)/;
/** Fields about the encoding of a mail that is made anew. */
const STRUCTURAL = /^(?:content-|mime-version$|bcc$|resent-bcc$)/;

/** Fields that are made from properties, or from nothing: never kept as they were. */
const MADE: ReadonlySet<string> = new Set([
  'from',
  'sender',
  'reply-to',
  'to',
  'cc',
  'subject',
  'date',
  'message-id',
  'in-reply-to',
  'references',
  'thread-index',
  'thread-topic',
  'x-priority',
  'importance',
  'priority',
  'sensitivity',
  'expiry-time',
  'disposition-notification-to',
]);

/** The fields that stay: those that tell of places stand before all others (RFC 5321 4.4). */
export function keptFields(header: Header, which: KeptFields): { readonly places: Field[]; readonly others: Field[] } {
  const kept = header.fields.filter(
    ({ name }) => isFieldName(name) && (which === 'all' ? isKept(name) : TRACE.test(name)),
  );
  const fields = (wanted: (name: string) => boolean): Field[] => kept.filter(({ name }) => wanted(name)).map(keptField);
  return { places: fields((name) => PLACES.test(name)), others: fields((name) => !PLACES.test(name)) };
}

const isKept = (name: string): boolean => !MADE.has(name) && !STRUCTURAL.test(name);

/** As it came, name and all, unless it has bytes that headers must not have. */
function keptField({ source, value }: HeaderField): Field {
  const name = source.slice(0, source.indexOf(':')).trim();
  return /^[\x20-\x7e\t]*$/.test(value) ? { name, value } : textField(name, value);
}
