import assert from 'node:assert/strict';
import { test } from 'node:test';
import { corpus } from './corpus/corpus.ts';
import { mutant } from './corpus/mutant.ts';
import { read, written } from './corpus/round.ts';

/** `node bench/mutated-mails.ts` tries more. */
const MUTANTS = 2_000;
const MAILS = corpus().map(({ raw }) => raw);

test(`${MUTANTS} damaged mails are all delivered, and can be sent on`, async () => {
  for (let seed = 1; seed <= MUTANTS; seed++) {
    try {
      const message = await read(mutant(MAILS, seed));
      assert.ok(message.properties.size > 0);
      const again = await read(await written(message));
      assert.ok(again.properties.size > 0);
    } catch (error) {
      assert.fail(`mutant ${seed} failed: ${(error as Error).stack}`);
    }
  }
});
