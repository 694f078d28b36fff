import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { suite, test } from 'node:test';
import { FunctionEndedError, FunctionError, FunctionProcess } from '../../../local/functions/function-process.ts';
import { baseEnvironment } from '../../../local/instance/function-environment.ts';
import { RotatingFile } from '../../../local/instance/rotating-file.ts';
import { aFolder, silent, until } from '../a-cloud.ts';

/** A function whose handler has this body. */
function aFunction(body: string, options: { timeoutSeconds?: number; environment?: Record<string, string> } = {}) {
  const folder = aFolder();
  const handlerFile = path.join(folder.path, 'handler.mjs');
  writeFileSync(handlerFile, `export async function handler(event, context) { ${body} }`);
  const logFile = path.join(folder.path, 'function.log');
  const output = new RotatingFile(logFile);
  const lambda = new FunctionProcess({
    description: { name: 'monitor', memoryMB: 128, timeoutSeconds: options.timeoutSeconds ?? 30 },
    handlerFile,
    environment: { ...baseEnvironment(), ...options.environment },
    functionArn: 'arn:aws:lambda:local:000000000000:function:monitor',
    output,
    log: silent,
  });
  return {
    lambda,
    handlerFile,
    log: () => readFileSync(logFile, 'utf8'),
    async [Symbol.asyncDispose]() {
      await lambda.stop(1_000);
      output.close();
      folder[Symbol.dispose]();
    },
  };
}

suite('a function in its process', { concurrency: true }, () => {
  test('gets event, context and no environment but its own', async () => {
    process.env.KGC_TEST_SECRET = 'of the operator';
    await using setting = aFunction(
      'return { event, name: context.functionName, left: context.getRemainingTimeInMillis(), env: process.env };',
      { environment: { MAIL_BUCKET: 'mail' } },
    );
    const answer = (await setting.lambda.invoke({ a: [1] })) as {
      event: object;
      name: string;
      left: number;
      env: Record<string, string>;
    };
    assert.deepEqual(answer.event, { a: [1] });
    assert.equal(answer.name, 'monitor');
    assert.ok(answer.left > 20_000 && answer.left <= 30_000);
    assert.equal(answer.env.MAIL_BUCKET, 'mail');
    assert.equal(answer.env.TZ, 'UTC');
    assert.equal(answer.env.KGC_TEST_SECRET, undefined);
  });

  test('stays between invocations and takes several at a time', async () => {
    await using setting = aFunction('await new Promise((r) => setTimeout(r, 100)); return process.pid;');
    const pids = await Promise.all([1, 2, 3].map(() => setting.lambda.invoke({})));
    assert.equal(new Set([...pids, await setting.lambda.invoke({})]).size, 1);
  });

  test('that throws tells the caller, and lives on', async () => {
    await using setting = aFunction('if (event.bad) throw new TypeError("no good"); return 1;');
    const failure = setting.lambda.invoke({ bad: true });
    await assert.rejects(failure, (error) => error instanceof FunctionError && error.facts.name === 'TypeError');
    assert.equal(await setting.lambda.invoke({}), 1);
    await until(() => setting.log().includes('TypeError: no good'), 'its log has the stack');
  });

  test('that crashes fails its invocations only; the next one finds a new process', async () => {
    await using setting = aFunction('if (event.crash) process.exit(3); return process.pid;');
    const before = await setting.lambda.invoke({});
    await assert.rejects(setting.lambda.invoke({ crash: true }), FunctionEndedError);
    assert.notEqual(await setting.lambda.invoke({}), before);
  });

  test('that takes too long is ended', async () => {
    await using setting = aFunction('while (event.hang); return 1;', { timeoutSeconds: 1 });
    await setting.lambda.invoke({});
    await assert.rejects(setting.lambda.invoke({ hang: true }), FunctionEndedError);
    assert.equal(await setting.lambda.invoke({}), 1);
  });

  test('without a handler fails each invocation and says why in its log', async () => {
    await using setting = aFunction('');
    writeFileSync(setting.handlerFile, 'export const other = 1;');
    await assert.rejects(setting.lambda.invoke({}), FunctionEndedError);
    await until(() => setting.log().includes('exports no handler'), 'its log says why');
  });
});
