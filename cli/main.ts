/** `kgc`: see `kgc help`. */
import { EXIT_OK } from './errors.ts';
import { run } from './program.ts';

// `kgc … | head` is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT_OK);
  throw error;
});

const { stdin, stdout, stderr, env } = process;
process.exitCode = await run(process.argv.slice(2), { stdin, stdout, stderr, env });
