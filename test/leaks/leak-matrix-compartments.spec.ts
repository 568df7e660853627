import { compartmentLimits } from './compartment-limits.js';
import { pathsOf, testMatrix } from './matrix.js';

testMatrix(compartmentLimits, { only: pathsOf('compartments') });
