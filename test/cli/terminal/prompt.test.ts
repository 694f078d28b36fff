import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CommandError, InterruptedError, UsageError } from '../../../cli/errors.ts';
import { promptNewPassword, promptPassword } from '../../../cli/terminal/prompt.ts';
import { aPerson } from '../a-terminal.ts';

/** Types a line as soon as something is asked. */
async function answering(
  person: ReturnType<typeof aPerson>,
  asked: Promise<string>,
  ...lines: string[]
): Promise<string> {
  for (const line of lines) {
    await new Promise((resolve) => setImmediate(resolve));
    person.keyboard.write(line);
  }
  return asked;
}

test('what is typed is taken and not shown', async () => {
  const person = aPerson();
  const password = await answering(person, promptPassword(person, 'Password of anna', '--x'), 'geheim\r');
  assert.equal(password, 'geheim');
  assert.equal(person.shown(), 'Password of anna: \n');
});

test('a new password is asked for twice', async () => {
  const person = aPerson();
  assert.equal(await answering(person, promptNewPassword(person, 'Password', '--x'), 'geheim\r', 'geheim\r'), 'geheim');
  const asked = promptNewPassword(person, 'Password', '--x');
  await assert.rejects(answering(person, asked, 'geheim\r', 'geheimer\r'), /differ/);
});

test('an empty password is not accepted', async () => {
  const person = aPerson();
  await assert.rejects(answering(person, promptPassword(person, 'Password', '--x'), '\r'), CommandError);
});

test('Ctrl-C ends it', async () => {
  const person = aPerson();
  await assert.rejects(answering(person, promptPassword(person, 'Password', '--x'), '\x03'), InterruptedError);
});

test('where nobody can be asked, the option is named', async () => {
  const person = aPerson();
  const nobody = { ...person, stdin: Object.assign(person.keyboard, { isTTY: false }) };
  await assert.rejects(promptPassword(nobody, 'Password', '--password-file'), (error: unknown) => {
    assert.ok(error instanceof UsageError);
    assert.match(error.hint!, /--password-file/);
    return true;
  });
});
