import { compartmentLimits } from './compartment-limits.js';
import { exporting } from './export-path.js';
import { testMatrix } from './matrix.js';
import { policyLimits } from './policy-limits.js';
import { scopeLimits } from './scope-limits.js';
import { withheldLimits } from './withheld-limits.js';

/** One limit of each kind: all that an export hands out is judged by it (docs/adr/0078). */
const kinds: ReadonlySet<string> = new Set([
  'compartment: a member',
  'derived: Provenance',
  'granular: a code within the record',
  'granular: a string',
  'a policy that constrains',
  'a policy with a chain',
  'a decision point that constrains',
  'a mask within the record',
  'a hook that takes elements out',
  'label above the clearance',
  'consent that denies',
]);

const limits = [...compartmentLimits, ...scopeLimits, ...policyLimits, ...withheldLimits];

testMatrix(
  limits.filter(({ name }) => kinds.has(name)),
  { only: [exporting], whole: true },
);
