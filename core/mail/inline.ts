import type { MimePart } from './mime.ts';

/** Kinds of parts that an HTML body can show inside itself. */
const SHOWABLE = /^(?:image|text)\//;

/** Content id in a URL (RFC 2392); no id is longer than a header line. */
const CONTENT_ID_URL = /\bcid:([^"'\s<>()\\]{1,998})/g;

/** What an HTML body can refer to. */
export interface BodyReferences {
  /** Content ids, in lower case. */
  readonly contentIds: ReadonlySet<string>;
  /** Markup, in lower case. */
  readonly html: string;
}

/** The references of an HTML body; none without one. */
export function bodyReferences(html: string | undefined): BodyReferences {
  const text = (html ?? '').toLowerCase();
  const ids = Array.from(text.matchAll(CONTENT_ID_URL), ([, id]) => [id!, unescaped(id!)]);
  return { contentIds: new Set(ids.flat()), html: text };
}

/**
 * Whether a part is shown by the HTML body, so that lists of attachments hide it:
 * not meant as a file, and the body names its content id or location (RFC 2392,
 * RFC 2557; observed on 11.0.2).
 */
export function isInBody(
  part: MimePart,
  contentId: string | undefined,
  location: string | undefined,
  references: BodyReferences,
): boolean {
  if (references.html === '' || !SHOWABLE.test(part.contentType)) return false;
  if (part.disposition.value !== '' && part.disposition.value !== 'inline') return false;
  if (contentId !== undefined && references.contentIds.has(contentId.toLowerCase())) return true;
  return !!location && references.html.includes(location.toLowerCase());
}

/** URLs escape what ids may contain. */
function unescaped(id: string): string {
  try {
    return decodeURIComponent(id).toLowerCase();
  } catch {
    return id;
  }
}
