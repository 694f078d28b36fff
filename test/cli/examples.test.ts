import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Command } from 'commander';
import { examplesOf } from '../../cli/examples.ts';
import { buildProgram } from '../../cli/program.ts';
import { aPerson } from './a-terminal.ts';

/** All commands that do something, with their names from the top. */
function leavesOf(command: Command, words: readonly string[] = []): { path: string; command: Command }[] {
  return command.commands.flatMap((each) => {
    const path = [...words, each.name()];
    return each.commands.length > 0 ? leavesOf(each, path) : [{ path: path.join(' '), command: each }];
  });
}

/** A command line in words, as a shell parts it. */
const wordsOf = (line: string): string[] =>
  (line.match(/"[^"]*"|\S+/g) ?? []).map((word) => word.replace(/^"(.*)"$/, '$1'));

const program = buildProgram(aPerson());
const leaves = leavesOf(program).filter(({ path }) => path !== 'help' && !path.startsWith('__'));

test('every command says what it does and shows how', () => {
  assert.ok(leaves.length > 60, `there are ${leaves.length} commands`);
  for (const { path, command } of leaves) {
    assert.ok(command.description().length > 8, `${path} has a description`);
    assert.ok(examplesOf(command).length > 0, `${path} has examples`);
    for (const { name, description } of command.registeredArguments.map((argument) => ({
      name: argument.name(),
      description: argument.description,
    })))
      assert.ok(description, `${path} says what ${name} is`);
  }
});

test('every example is a command line that is understood, and of its command', async () => {
  for (const { path, command } of leaves) {
    for (const example of examplesOf(command)) {
      const fresh = buildProgram(aPerson());
      const reached: string[] = [];
      for (const leaf of leavesOf(fresh)) leaf.command.action(() => void reached.push(leaf.path));
      const [kgc, ...words] = wordsOf(example);
      assert.equal(kgc, 'kgc', example);
      await fresh.parseAsync(words, { from: 'user' });
      assert.deepEqual(reached, [path], example);
    }
  }
});
