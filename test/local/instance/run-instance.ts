/** Runs an instance with the tests' functions in a process of its own, which a test may kill. Argument: the data directory. */
import { fileURLToPath } from 'node:url';
import { startInstance } from '../../../local/instance/instance.ts';
import { EPHEMERAL } from '../../../local/instance/options.ts';

const functions = fileURLToPath(new URL('../handlers', import.meta.url));
const instance = await startInstance({ ...EPHEMERAL, data: process.argv[2], functions }, () => {});
process.send?.(instance.endpoints);
process.on('disconnect', () => void instance.stop().then(() => process.exit(0)));
