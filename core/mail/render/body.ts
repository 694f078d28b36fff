import type { ReadonlyProperties } from '../../mapi/property.ts';
import { PR_BODY, PR_HTML, PR_INTERNET_CPID, PR_RTF_COMPRESSED } from '../../mapi/tags.ts';
import { decodeText } from '../charset.ts';
import { CP_UTF8, charsetOf } from '../code-page.ts';
import { htmlToText } from '../html-text.ts';
import { readRtf } from '../rtf.ts';

/** The bodies of a message that travel. */
export interface Bodies {
  readonly text?: string;
  readonly html?: { readonly bytes: Buffer; readonly codePage: number };
  /** RTF that wraps neither HTML nor text: no mail program shows it inside a mail. */
  readonly rtf?: Buffer;
  readonly codePage: number;
}

/**
 * The bodies of a message: HTML where it has any, also inside RTF; with a plain
 * text for those who read no HTML.
 */
export function bodiesOf(properties: ReadonlyProperties): Bodies {
  const codePage = numberOf(properties, PR_INTERNET_CPID) ?? CP_UTF8;
  const text = properties.get(PR_BODY);
  const plain = typeof text === 'string' && text !== '' ? { text } : {};
  const html = properties.get(PR_HTML);
  if (Buffer.isBuffer(html) && html.length > 0)
    return {
      ...textBeside(plain, () => decodeText(html, charsetOf(codePage)).text),
      html: { bytes: html, codePage },
      codePage,
    };
  const compressed = properties.get(PR_RTF_COMPRESSED);
  const rtf = Buffer.isBuffer(compressed) ? readRtf(compressed) : undefined;
  if (rtf?.kind === 'html')
    return {
      ...textBeside(plain, () => rtf.text),
      html: { bytes: Buffer.from(rtf.text), codePage: CP_UTF8 },
      codePage,
    };
  if (rtf?.kind === 'text') return { text: plain.text ?? rtf.text, codePage };
  if (rtf?.kind === 'rtf') return { ...plain, rtf: rtf.bytes, codePage };
  return { ...plain, codePage };
}

const textBeside = (plain: { text?: string }, html: () => string): { text?: string } => {
  if (plain.text !== undefined) return plain;
  const text = htmlToText(html());
  return text === '' ? {} : { text };
};

const numberOf = (properties: ReadonlyProperties, tag: number): number | undefined => {
  const value = properties.get(tag);
  return typeof value === 'number' ? value : undefined;
};
