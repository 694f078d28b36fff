import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { candidates } from '../../../cli/completion/candidates.ts';
import { COMPLETION_SCRIPTS, SHELLS } from '../../../cli/completion/scripts.ts';
import { buildProgram } from '../../../cli/program.ts';
import { aPerson, kgc } from '../a-terminal.ts';

const program = buildProgram(aPerson());
const values = { '--profile': () => ['work', 'home'] };
const words = (...line: string[]): string[] => candidates(program, line, values).map(({ word }) => word);

test('every command of the help is offered, and nothing that help doesn’t show', () => {
  const shown = program.commands.map((command) => command.name()).filter((name) => !name.startsWith('__'));
  assert.deepEqual(words(''), shown);
  assert.deepEqual(words('us'), ['user']);
  assert.deepEqual(words('user', 'cr'), ['create']);
  assert.deepEqual(words('user', 'create', 'anna', ''), []);
});

test('options are those of the command and of all, but not after --', () => {
  assert.ok(words('user', 'create', '--').includes('--email'));
  assert.ok(words('user', 'create', '--').includes('--server'));
  assert.ok(!words('store', 'list', '--').includes('--email'));
  assert.deepEqual(words('user', 'list', '--js'), ['--json']);
  assert.deepEqual(words('user', 'list', '--', '--js'), []);
});

test('an option’s value is no command, and its own values are offered where they are known', () => {
  assert.deepEqual(words('--server', 'user', 'sto'), ['store']);
  assert.deepEqual(words('--profile', ''), ['work', 'home']);
  assert.deepEqual(words('--profile', 'w'), ['work']);
  assert.deepEqual(words('--profile=h'), ['--profile=home']);
  assert.deepEqual(words('--ca-file', ''), []);
});

test('an unknown word or option harms nothing', () => {
  assert.deepEqual(words('nonsense', '--what', 'x', 'us'), ['user']);
  assert.deepEqual(candidates(program, []), candidates(program, ['']));
});

test('scripts are printed for each shell, and others refused', async () => {
  for (const shell of SHELLS) assert.equal((await kgc(['completion', shell])).out, COMPLETION_SCRIPTS[shell]);
  assert.equal((await kgc(['completion', 'tcsh'])).code, 2);
});

test('bash completes by asking kgc', () => {
  const launcher = fileURLToPath(new URL('../../../cli/kgc.mjs', import.meta.url));
  const script = `
    kgc() { "${process.execPath}" "${launcher}" "$@"; }
    ${COMPLETION_SCRIPTS.bash}
    COMP_WORDS=(kgc user cre); COMP_CWORD=2; _kgc; echo "\${COMPREPLY[@]}"
    COMP_WORDS=(kgc ""); COMP_CWORD=1; _kgc; echo "\${COMPREPLY[0]}"`;
  const { stdout, stderr } = spawnSync('bash', ['-c', script], { encoding: 'utf8' });
  assert.equal(stderr, '');
  assert.equal(stdout, 'create\nuser\n');
});
