import { pathsOf, testMatrix } from './matrix.js';
import { withheldLimits } from './withheld-limits.js';

testMatrix(withheldLimits, { only: pathsOf('withheld') });
