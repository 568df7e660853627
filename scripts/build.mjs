// @ts-check
import { compile } from './compile.mjs';

process.exitCode = compile(...process.argv.slice(2));
