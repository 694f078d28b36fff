import { namedProperties, namedTagsFromIds } from '../../../core/mapi/named-properties.ts';

/** Tags as some server might have given them, where no server is needed. */
export const NAMED_TAGS = namedTagsFromIds(namedProperties.map((_, index) => 0x8501 + index));
