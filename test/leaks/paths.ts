import { binaryPaths } from './binary-paths.js';
import type { Path } from './path.js';
import { readingPaths } from './reading-paths.js';
import { validate } from './validate-path.js';
import { writingPaths } from './writing-paths.js';

/** Every path to data. One that `/metadata` declares and that is not here fails the matrix. */
export const paths: readonly Path[] = [...readingPaths, ...binaryPaths, validate, ...writingPaths];
