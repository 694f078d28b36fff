import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type MimePart, parseMime } from '../../../core/mail/mime.ts';
import { decodeTransfer } from '../../../core/mail/transfer-encoding.ts';
import type { ObjectTree } from '../../../core/mapi/object-tree.ts';
import {
  PR_BODY,
  PR_CLIENT_SUBMIT_TIME,
  PR_DISPLAY_CC,
  PR_DISPLAY_TO,
  PR_INTERNET_MESSAGE_ID,
  PR_MESSAGE_CLASS,
  PR_SUBJECT,
} from '../../../core/mapi/tags.ts';
import { corpus } from './corpus/corpus.ts';
import { filesOf, read, written } from './corpus/round.ts';
import { printTree } from './printed-tree.ts';

const MAILS = corpus();

test('the corpus has more than five hundred mails, no two alike', () => {
  assert.ok(new Set(MAILS.map(({ raw }) => raw.toString('latin1'))).size > 500);
});

/** Wrappings that are opened, and meetings that become items (held to their promises in calendar tests). */
const OPENED: ReadonlySet<string> = new Set(['application/ms-tnef', 'text/calendar']);

/** Leaves of a mail that are no texts to read, and no wrappings that are opened. */
function fileParts(part: MimePart): MimePart[] {
  if (part.parts.length > 0) return part.parts.flatMap(fileParts);
  if (part.message) return fileParts(part.message.root);
  const text =
    /^text\/(?:plain|html|enriched|richtext)$/.test(part.contentType) && part.disposition.value !== 'attachment';
  return text || OPENED.has(part.contentType) || part.body.length === 0 ? [] : [part];
}

/** What everybody looks at first. A last line end is no difference: mail ends with one. */
const essence = (message: ObjectTree): unknown[] => [
  ...[PR_SUBJECT, PR_MESSAGE_CLASS, PR_CLIENT_SUBMIT_TIME, PR_INTERNET_MESSAGE_ID, PR_DISPLAY_TO, PR_DISPLAY_CC].map(
    (tag) => message.properties.get(tag),
  ),
  String(message.properties.get(PR_BODY) ?? '').replace(/\r\n$/, ''),
];

/** Mail arrives with CRLF; what was signed and kept otherwise is put right then, and would differ from the parts beside it. */
function asArrived(raw: Buffer): Buffer {
  const text = raw.toString('latin1');
  return /multipart\/signed/i.test(text) ? Buffer.from(text.replace(/\r?\n/g, '\r\n'), 'latin1') : raw;
}

for (const { name, raw: kept } of MAILS)
  test(`${name}: nothing is lost on the way in, out and in again, and then it stays as it is`, async () => {
    const raw = asArrived(kept);
    const first = await read(raw);
    const { root } = await parseMime(raw);
    const bytes = filesOf(first).map((file) => file.bytes);
    // Of signed mail the whole is one file.
    const whole = bytes.find((file) => /^content-type:\s*multipart\/signed/i.test(file));
    for (const part of fileParts(root)) {
      const content = (decodeTransfer(part.body, part.encoding) ?? part.body).toString('latin1');
      assert.ok(
        bytes.includes(content) || whole?.includes(part.body.toString('latin1')),
        `a part of ${part.contentType}`,
      );
    }
    const once = await written(first);
    const second = await read(once);
    assert.deepEqual(filesOf(second), filesOf(first));
    assert.deepEqual(essence(second), essence(first));
    const third = await read(await written(second));
    assert.deepEqual(printTree(third), printTree(second));
    assert.ok(!/[^\r]\n/.test(once.toString('latin1')), 'lines end with CRLF');
  });
