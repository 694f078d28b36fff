import {
  PR_ATTACH_DATA_BIN,
  PR_ATTACH_FILENAME,
  PR_BODY,
  PR_OWNER_APPT_ID,
  PR_RESPONSE_REQUESTED,
  PR_SUBJECT,
} from '../tags.ts';
import { readProperties, type TnefProperty } from './properties.ts';
import { NotTnefError, TnefReader } from './reader.ts';

/** What a TNEF stream, mostly called winmail.dat, holds (MS-OXTNEF): a message, or what mail can't say of one. */
export interface Tnef {
  readonly messageClass?: string;
  readonly properties: readonly TnefProperty[];
  readonly recipients: readonly (readonly TnefProperty[])[];
  readonly attachments: readonly TnefAttachment[];
}

export interface TnefAttachment {
  readonly properties: readonly TnefProperty[];
  /** An OLE object, not a file. */
  readonly ole: boolean;
  /** PR_RENDERING_POSITION. */
  readonly position: number;
}

const SIGNATURE = 0x223e9f78;

/** Attributes (MS-OXTNEF 2.1.3.2). */
const SUBJECT = 0x00018004;
const BODY = 0x0002800c;
const REQUEST_RESPONSE = 0x00040009;
const OWNER_APPOINTMENT = 0x00050008;
const MESSAGE_PROPERTIES = 0x00069003;
const RECIPIENTS = 0x00069004;
const CODE_PAGE = 0x00069007;
const MESSAGE_CLASS = 0x00078008;
const ATTACHMENT_BEGIN = 0x00069002;
const ATTACHMENT_TITLE = 0x00018010;
const ATTACHMENT_DATA = 0x0006800f;
const ATTACHMENT_PROPERTIES = 0x00069005;

/** Attachments of a stream, as many as a mail may have parts. */
const MAX_ATTACHMENTS = 2_000;
const MAX_RECIPIENTS = 2_000;
const OLE = 2;
const DEFAULT_CODE_PAGE = 1252;

/** Decodes bytes of a Windows code page. */
export type DecodeCodePage = (bytes: Buffer, codePage: number) => string;

/** Classes that older programs have other names for (MS-OXTNEF 2.1.3.3.2). */
const CLASSES: ReadonlyMap<string, string> = new Map([
  ['ipm.microsoft mail.note', 'IPM.Note'],
  ['ipm.microsoft mail.read receipt', 'REPORT.IPM.Note.IPNRN'],
  ['ipm.microsoft mail.non-delivery', 'REPORT.IPM.Note.NDR'],
  ['ipm.microsoft schedule.mtgreq', 'IPM.Schedule.Meeting.Request'],
  ['ipm.microsoft schedule.mtgrespp', 'IPM.Schedule.Meeting.Resp.Pos'],
  ['ipm.microsoft schedule.mtgrespn', 'IPM.Schedule.Meeting.Resp.Neg'],
  ['ipm.microsoft schedule.mtgrespa', 'IPM.Schedule.Meeting.Resp.Tent'],
  ['ipm.microsoft schedule.mtgcncl', 'IPM.Schedule.Meeting.Canceled'],
]);

/** Reads a TNEF stream. Throws {@link NotTnefError}; what follows an unreadable attribute is not read. */
export function readTnef(bytes: Buffer, decodeCodePage: DecodeCodePage): Tnef {
  const reader = new TnefReader(bytes);
  if (reader.uint32() !== SIGNATURE) throw new NotTnefError('the signature is missing');
  reader.uint16();
  const parser = new TnefParser(decodeCodePage);
  while (reader.left > 0) {
    reader.uint8();
    const attribute = reader.uint32();
    const value = reader.take(reader.uint32());
    // The check sum is only a sum; senders that got it wrong were read all the same (observed on 11.0.2).
    reader.take(Math.min(2, reader.left));
    parser.take(attribute, value);
  }
  return parser.tnef();
}

interface AttachmentDraft {
  readonly properties: TnefProperty[];
  readonly ole: boolean;
  readonly position: number;
}

class TnefParser {
  readonly #decodeCodePage: DecodeCodePage;
  #codePage = DEFAULT_CODE_PAGE;
  #messageClass: string | undefined;
  readonly #properties: TnefProperty[] = [];
  readonly #recipients: TnefProperty[][] = [];
  readonly #attachments: AttachmentDraft[] = [];

  constructor(decodeCodePage: DecodeCodePage) {
    this.#decodeCodePage = decodeCodePage;
  }

  tnef(): Tnef {
    return {
      ...(this.#messageClass !== undefined && { messageClass: this.#messageClass }),
      properties: this.#properties,
      recipients: this.#recipients,
      attachments: this.#attachments,
    };
  }

  take(attribute: number, value: Buffer): void {
    switch (attribute) {
      case CODE_PAGE:
        if (value.length >= 4) this.#codePage = value.readUInt32LE(0);
        break;
      case MESSAGE_CLASS: {
        const name = this.#text(value);
        this.#messageClass = CLASSES.get(name.toLowerCase()) ?? name;
        break;
      }
      case SUBJECT:
        this.#properties.push({ tag: PR_SUBJECT, value: this.#text(value) });
        break;
      case BODY:
        this.#properties.push({ tag: PR_BODY, value: this.#text(value) });
        break;
      case OWNER_APPOINTMENT:
        if (value.length >= 4) this.#properties.push({ tag: PR_OWNER_APPT_ID, value: value.readUInt32LE(0) });
        break;
      case REQUEST_RESPONSE:
        if (value.length >= 2)
          this.#properties.push({ tag: PR_RESPONSE_REQUESTED, value: value.readUInt16LE(0) !== 0 });
        break;
      case MESSAGE_PROPERTIES:
        this.#properties.push(...this.#read(new TnefReader(value)));
        break;
      case RECIPIENTS:
        this.#takeRecipients(new TnefReader(value));
        break;
      default:
        this.#takeOfAttachment(attribute, value);
    }
  }

  #takeRecipients(reader: TnefReader): void {
    const count = Math.min(reader.uint32(), MAX_RECIPIENTS);
    for (let row = 0; row < count; row++) this.#recipients.push(this.#read(reader));
  }

  #takeOfAttachment(attribute: number, value: Buffer): void {
    if (attribute === ATTACHMENT_BEGIN) {
      if (this.#attachments.length >= MAX_ATTACHMENTS) throw new NotTnefError('too many attachments');
      const [type, position] = value.length >= 6 ? [value.readUInt16LE(0), value.readUInt32LE(2)] : [1, 0xffffffff];
      this.#attachments.push({ properties: [], ole: type === OLE, position });
      return;
    }
    const attachment = this.#attachments.at(-1);
    if (!attachment) return;
    if (attribute === ATTACHMENT_TITLE)
      attachment.properties.push({ tag: PR_ATTACH_FILENAME, value: this.#text(value) });
    if (attribute === ATTACHMENT_DATA) attachment.properties.push({ tag: PR_ATTACH_DATA_BIN, value });
    if (attribute === ATTACHMENT_PROPERTIES) attachment.properties.push(...this.#read(new TnefReader(value)));
  }

  #read(reader: TnefReader): TnefProperty[] {
    return readProperties(reader, (bytes) => this.#decodeCodePage(bytes, this.#codePage));
  }

  #text(value: Buffer): string {
    const end = value.indexOf(0);
    return this.#decodeCodePage(end < 0 ? value : value.subarray(0, end), this.#codePage);
  }
}
