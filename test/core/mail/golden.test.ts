import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { mailToMessage } from '../../../core/mail/mail-to-message.ts';
import { NAMED_TAGS } from './named-tags.ts';
import { printTree } from './printed-tree.ts';

const FOLDER = new URL('../../golden/mail/', import.meta.url);
const RECEIVED_AT = Date.UTC(2026, 10, 23, 20, 45, 40);

/** `node --test` with GOLDEN=write makes the expectations anew; read the difference before you commit it. */
for (const file of readdirSync(FOLDER).filter((name) => name.endsWith('.eml'))) {
  test(`${file} becomes the message beside it`, async () => {
    const mail = readFileSync(new URL(file, FOLDER));
    const { message, unreadable } = await mailToMessage(mail, {
      receivedAt: RECEIVED_AT,
      namedTags: NAMED_TAGS,
    });
    const expected = new URL(file.replace(/\.eml$/, '.json'), FOLDER);
    if (process.env.GOLDEN === 'write') {
      const { writeFileSync } = await import('node:fs');
      writeFileSync(expected, `${JSON.stringify(printTree(message), null, 1)}\n`);
    }
    assert.equal(unreadable, undefined);
    assert.deepEqual(printTree(message), JSON.parse(readFileSync(expected, 'utf8')));
  });
}
