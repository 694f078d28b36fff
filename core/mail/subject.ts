import type { Properties } from '../mapi/property.ts';
import { PR_CONVERSATION_TOPIC, PR_SUBJECT, PR_SUBJECT_PREFIX } from '../mapi/tags.ts';

/** Up to three characters that are no number, a colon and a space: `Re: `, `AW:`, `Fwd: ` (observed on 11.0.2). */
const PREFIX = /^(?!\s*[+-]?\d+:)[^:]{1,3}: ?/;

/** What stands before the subject proper; empty mostly. */
export const subjectPrefix = (subject: string): string => PREFIX.exec(subject)?.[0] ?? '';

/** The properties of a subject; clients compute PR_NORMALIZED_SUBJECT from them. */
export function subjectProperties(subject: string, threadTopic: string | undefined): Properties {
  const prefix = subjectPrefix(subject);
  return new Map([
    [PR_SUBJECT, subject],
    [PR_SUBJECT_PREFIX, prefix],
    [PR_CONVERSATION_TOPIC, threadTopic ?? subject.slice(prefix.length)],
  ]);
}
