import { binaryPaths } from './binary-paths.js';
import { conditionalPaths } from './conditional-paths.js';
import { linkPaths } from './link-paths.js';
import type { Path } from './path.js';
import { readingPaths } from './reading-paths.js';
import { searchByParameters } from './search-path.js';
import { searchPlacePaths } from './search-place-paths.js';
import { validate } from './validate-path.js';
import { writingPaths } from './writing-paths.js';

/** Every path to data. One that `/metadata` declares and that is not here fails the matrix. */
export const paths: readonly Path[] = [
  ...readingPaths,
  searchByParameters,
  ...searchPlacePaths,
  ...binaryPaths,
  ...linkPaths,
  validate,
  ...writingPaths,
  ...conditionalPaths,
];
