import { pathsOf, testMatrix } from './matrix.js';
import { policyLimits } from './policy-limits.js';

testMatrix(policyLimits, { only: pathsOf('policies') });
