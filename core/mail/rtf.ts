import { deEncapsulateSync } from 'rtf-stream-parser';
import { decompressRtf } from '../mapi/compressed-rtf.ts';
import { decodeText } from './charset.ts';
import { MAX_RTF_BYTES } from './limits.ts';

/** What an RTF body is a wrapping of (MS-OXRTFEX), or RTF by itself. */
export type RtfBody =
  | { readonly kind: 'html' | 'text'; readonly text: string }
  | { readonly kind: 'rtf'; readonly bytes: Buffer };

/** The body that PR_RTF_COMPRESSED holds; undefined where it can't be read. */
export function readRtf(compressed: Buffer): RtfBody | undefined {
  try {
    const bytes = decompressRtf(compressed);
    if (bytes.length === 0) return undefined;
    return unwrap(bytes) ?? { kind: 'rtf', bytes };
  } catch {
    return undefined;
  }
}

/** Marks of wrapped HTML and text stand at the beginning (MS-OXRTFEX 2.1.3.1). */
const MARK_BYTES = 4096;
const MARK = /\\from(?:html1|text)\b/;

function unwrap(rtf: Buffer): RtfBody | undefined {
  if (!MARK.test(rtf.toString('latin1', 0, MARK_BYTES)) || rtf.length > MAX_RTF_BYTES) return undefined;
  try {
    const { mode, text } = deEncapsulateSync(rtf, { decode, warn: () => {} });
    return { kind: mode, text: String(text) };
  } catch {
    return undefined;
  }
}

const decode = (bytes: Buffer, charset: string): string => decodeText(bytes, charset).text;
