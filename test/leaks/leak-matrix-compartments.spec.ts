import { compartmentLimits } from './compartment-limits.js';
import { testMatrix } from './matrix.js';

testMatrix(compartmentLimits);
