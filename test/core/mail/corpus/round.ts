import { mailToMessage } from '../../../../core/mail/mail-to-message.ts';
import { messageToMail } from '../../../../core/mail/message-to-mail.ts';
import {
  NAMED_PROPERTIES,
  type NamedPropertyName,
  namedProperties,
  namedTagsFromIds,
} from '../../../../core/mapi/named-properties.ts';
import type { ObjectTree } from '../../../../core/mapi/object-tree.ts';
import { MAPI_ATTACH } from '../../../../core/mapi/object-types.ts';
import { PR_ATTACH_DATA_BIN, PR_ATTACH_LONG_FILENAME } from '../../../../core/mapi/tags.ts';

export const NAMED_TAGS = namedTagsFromIds(namedProperties.map((_, index) => 0x8501 + index));
const NAMES = new Map(
  Object.entries(NAMED_TAGS).map(([name, tag]) => [tag, NAMED_PROPERTIES[name as NamedPropertyName]]),
);
const NOW = Date.UTC(2026, 10, 23);

/** The message of a mail. */
export const read = async (raw: Buffer): Promise<ObjectTree> =>
  (await mailToMessage(raw, { receivedAt: NOW, namedTags: NAMED_TAGS })).message;

/** The mail of a message, the same in every run. */
export const written = async (message: ObjectTree): Promise<Buffer> =>
  (await messageToMail(message, { purpose: 'keep', now: NOW, boundary: 'test', namesOf: async () => NAMES })).raw;

/** Name and bytes of every file in a message and in those within it. */
export const filesOf = (message: ObjectTree): { name: unknown; bytes: string }[] =>
  message.children.flatMap((child) => {
    const data = child.properties.get(PR_ATTACH_DATA_BIN);
    const own =
      child.kind === MAPI_ATTACH && Buffer.isBuffer(data)
        ? [{ name: child.properties.get(PR_ATTACH_LONG_FILENAME), bytes: data.toString('latin1') }]
        : [];
    return [...own, ...child.children.flatMap(filesOf)];
  });
