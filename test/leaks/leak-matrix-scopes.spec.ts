import { pathsOf, testMatrix } from './matrix.js';
import { scopeLimits } from './scope-limits.js';

testMatrix(scopeLimits, { only: pathsOf('scopes') });
