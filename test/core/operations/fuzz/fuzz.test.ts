import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { aServer } from '../../store/a-server.ts';
import { type FuzzReport, fuzz } from './fuzz-run.ts';

/** `node bench/fuzz-operations.ts` sends as many as one likes. */
const COUNT = 2_000;
const SEED = 3;

describe(`${COUNT} hostile requests of an ordinary user`, () => {
  let report: FuzzReport;

  before(async () => {
    await using server = await aServer();
    report = await fuzz(server, { seed: SEED, count: COUNT, concurrency: 4, digestEvery: 1000 });
  });
  it('none crashes, hangs, fails unforeseen or changes what is not theirs', () => {
    assert.deepEqual([...report.findings], []);
  });

  it('reach far: some succeed, some are refused, some can not be decoded', () => {
    assert.ok((report.answers.get('ok') ?? 0) > COUNT / 50);
    assert.ok((report.answers.get('fault') ?? 0) > COUNT / 50);
    assert.ok(report.answers.size > 8);
  });

  it('every word of every statement stands in the source code; values are bound', () => {
    assert.deepEqual([...report.vocabulary.strange], []);
    assert.ok(report.vocabulary.numbers.size < 100, [...report.vocabulary.numbers].join(' '));
  });
});
