// @ts-check
import { buildConsole } from './build-console.mjs';
import { compile } from './compile.mjs';

process.exitCode = compile(...process.argv.slice(2)) || buildConsole();
