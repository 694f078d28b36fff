/** Bytes in which a document has to say its character set (HTML Standard 4.2.5.4). */
const DECLARATION_BYTES = 1024;

/** The character set that an HTML document names in its meta elements, for mail that doesn't name it. */
export function htmlCharset(bytes: Uint8Array): string | undefined {
  const start = Buffer.from(bytes.subarray(0, DECLARATION_BYTES)).toString('latin1');
  for (const [element] of start.matchAll(/<meta\s[^>]{0,512}>/gi)) {
    const found = /\bcharset\s*=\s*["']?\s*([\w.:-]{2,40})/i.exec(element);
    if (found) return found[1];
  }
  return undefined;
}
