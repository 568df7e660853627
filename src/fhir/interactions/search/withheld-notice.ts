import { denialReasonSystem } from '../../../refusal/denial-code-system.js';
import type { ReasonCode } from '../../../refusal/reasons.js';
import { withholdingReasons } from '../../../refusal/withholding-reasons.js';
import type { Access } from '../../../scope/access.js';
import type { RequestContext } from '../../../scope/request-context.js';
import type { Issue } from '../../../r4/errors/fhir-error.js';

const code = 'results-may-be-withheld' satisfies ReasonCode;

/**
 * Returns the notice that results may have been withheld, for callers who may break the glass, so that absence is not
 * mistaken for "none". It is the same whether anything was withheld or not.
 */
export function withheldNotice({ rules }: RequestContext, accesses: readonly Access[]): readonly Issue[] {
  if (!accesses.some(({ mayLiftConsent }) => mayLiftConsent)) return [];
  const { title, cure } = withholdingReasons[code];
  return [
    {
      severity: 'information',
      code: 'suppressed',
      details: { coding: [{ system: denialReasonSystem(rules.base), code }], text: `${title}.` },
      diagnostics: cure,
    },
  ];
}
