import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyAddressBook } from '../../../../core/mail/address-book.ts';
import { calendarContent, itemMessage } from '../../../../core/mail/calendar/calendar-to-messages.ts';
import { calendarOfMessage } from '../../../../core/mail/calendar/message-to-calendar.ts';
import type { ObjectTree } from '../../../../core/mapi/object-tree.ts';
import { NAMED_TAGS } from '../named-tags.ts';
import { printTree } from '../printed-tree.ts';
import { corpus } from './corpus.ts';

const NOW = Date.UTC(2026, 10, 23, 20, 45, 40);
const surroundings = { tags: NAMED_TAGS, addressBook: emptyAddressBook, now: NOW };

/** The only item of a calendar. */
function messageOf(text: string): ObjectTree {
  const { items, left } = calendarContent(text, surroundings);
  assert.deepEqual(left, []);
  assert.equal(items.length, 1);
  return itemMessage(items[0]!, emptyAddressBook);
}

for (const { name, text } of corpus)
  test(`${name}: what MAPI has of it is written and read again as it was`, () => {
    const message = messageOf(text);
    const rendered = calendarOfMessage(message, { tags: NAMED_TAGS, now: NOW });
    assert.ok(rendered);
    const again = messageOf(rendered.text);
    assert.deepEqual(printTree(again), printTree(message), rendered.text);
    assert.equal(calendarOfMessage(again, { tags: NAMED_TAGS, now: NOW })?.text, rendered.text);
  });

test('the corpus has at least a hundred calendars, each another', () => {
  assert.ok(corpus.length >= 100, String(corpus.length));
  assert.equal(new Set(corpus.map(({ text }) => text)).size, corpus.length);
});
