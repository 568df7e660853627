import { binaryPaths } from './binary-paths.js';
import { conditionalPaths } from './conditional-paths.js';
import { onData } from './data-paths.js';
import { documents } from './document-paths.js';
import { everything } from './everything-path.js';
import { exporting } from './export-path.js';
import { importing } from './import-path.js';
import { graph } from './graph-path.js';
import { graphql } from './graphql-path.js';
import { explainAccess } from './explain-access-path.js';
import { explained } from './explain-path.js';
import { indexPaths } from './index-paths.js';
import { linkPaths } from './link-paths.js';
import { ownSyntax } from './own-syntax-path.js';
import type { Path } from './path.js';
import { people } from './people-paths.js';
import { pointing } from './pointing-path.js';
import { readingPaths } from './reading-paths.js';
import { searchByParameters } from './search-path.js';
import { searchPlacePaths } from './search-place-paths.js';
import { questionsAboutCodes, searchByTerminology } from './terminology-path.js';
import { submittingFrom } from './submit-path.js';
import { validate } from './validate-path.js';
import { writingPaths } from './writing-paths.js';

/** Every path to data. One that `/metadata` declares and that is not here fails the matrix. */
export const paths: readonly Path[] = [
  ...readingPaths,
  searchByParameters,
  searchByTerminology,
  questionsAboutCodes,
  ownSyntax,
  ...searchPlacePaths,
  explained,
  everything,
  onData,
  documents,
  people,
  graph,
  graphql,
  exporting,
  explainAccess,
  ...binaryPaths,
  ...linkPaths,
  indexPaths,
  pointing,
  validate,
  ...writingPaths,
  ...conditionalPaths,
  importing,
  submittingFrom(),
];
