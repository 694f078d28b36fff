import assert from 'node:assert/strict';
import test from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import {
  ANY_STORE,
  hintChange,
  hintOrTime,
  hintsSoFar,
  inBundles,
  onHint,
  takeHint,
} from '../../../core/platform/change-hints.ts';

test('who waits for a store wakes when it changes, here or elsewhere, and not for another one', async () => {
  const mine = hintOrTime([1, 2], 5_000, hintsSoFar());
  const any = hintOrTime([ANY_STORE], 5_000, hintsSoFar());
  const other = hintOrTime([3], 20, hintsSoFar());
  takeHint([2]);
  assert.deepEqual(await Promise.all([mine, any, other]), [true, true, false]);
});

test('a change between a look and the wait is not slept through', async () => {
  const before = hintsSoFar();
  hintChange([7]);
  assert.equal(await hintOrTime([7], 5_000, before), true);
  assert.equal(await hintOrTime([7], 5, hintsSoFar()), false);
});

test('changes made here are passed on, those heard from elsewhere are not', () => {
  const heard: number[] = [];
  onHint((storeIds) => heard.push(...storeIds));
  hintChange([11]);
  takeHint([12]);
  assert.deepEqual(heard, [11]);
});

test('of many changes the first is told at once, the others together, each store once', async () => {
  const heard: (readonly number[])[] = [];
  const hear = inBundles(20, (storeIds) => heard.push(storeIds));
  for (const storeId of [1, 2, 3, 2, 1]) hear([storeId]);
  assert.deepEqual(heard, [[1]]);
  await pause(30);
  assert.deepEqual(heard, [[1], [2, 3, 1]]);
  await pause(40);
  hear([4]);
  assert.deepEqual(heard.slice(2), [[4]]);
});
