import { test } from 'node:test';
import { aFolder } from '../a-cloud.ts';
import { assertSentOnce, submissionKillRun } from './submission-kill-run.ts';

test('kill -9 of the spooler and of everything in the middle of submissions loses no mail and sends none twice', async () => {
  using folder = aFolder();
  assertSentOnce(await submissionKillRun({ data: folder.path, messages: 40, victims: ['spooler', 'everything'] }));
});
