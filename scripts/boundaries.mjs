// @ts-check
// The command line of dependency-cruiser refuses Node 20; the library behind it runs there.
import { createRequire } from 'node:module';
import { cruise } from 'dependency-cruiser';
import extractTSConfig from 'dependency-cruiser/config-utl/extract-ts-config';

/** @type {import('dependency-cruiser').IConfiguration} */
const { options, ...ruleSet } = createRequire(import.meta.url)('../.dependency-cruiser.cjs');
const { output, exitCode } = await cruise(
  ['src'],
  { ...options, ruleSet, validate: true, outputType: 'err' },
  undefined,
  { tsConfig: extractTSConfig('tsconfig.json') },
);
process.stdout.write(typeof output === 'string' ? output : JSON.stringify(output));
process.exitCode = exitCode === 0 ? 0 : 1;
