// `npm test`: installs what is missing, then checks types, style and all tests
// on the same real parts that `npm start` runs. Arguments name test files.

import path from 'node:path';
import { bootstrap, main, ROOT, run } from './bootstrap.mjs';

main(async () => {
  const node = await bootstrap((line) => console.error(line));
  const bin = (name) => path.join(ROOT, 'node_modules', '.bin', name);
  // The tools are scripts of their own; they must find the project's Node and not an older one.
  const env = { ...process.env, PATH: `${path.dirname(node)}${path.delimiter}${process.env.PATH}` };
  const files = process.argv.slice(2);

  if (files.length === 0) {
    console.log('Checking types (tsc) …');
    if ((await run(bin('tsc'), ['--noEmit'], { env })) !== 0) return 1;
    console.log('Checking style (biome) …');
    if ((await run(bin('biome'), ['check', '--diagnostic-level=warn', '.'], { env })) !== 0) return 1;
  }
  console.log('Running the tests …');
  return run(node, [path.join(ROOT, 'scripts', 'run-tests.ts'), ...files], { env });
});
