import { testMatrix } from './matrix.js';
import { importing } from './import-path.js';
import { scopeLimits } from './scope-limits.js';

/** Machines under a limit: each line of an import is judged by it (docs/adr/0084). */
testMatrix(
  scopeLimits.filter(({ scope }) => scope.startsWith('system/')),
  { only: [importing], whole: true },
);
