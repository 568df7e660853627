import { type OperationOutcome, operationOutcome } from '../r4/errors/operation-outcome.js';
import { denialReasonSystem } from './denial-code-system.js';
import { type ReasonCode, reasons } from './reasons.js';
import type { Refusal } from './refusal.js';

/** One issue for each failing check: code, fact and cure (docs/adr/0005). */
export function refusalOutcome(refusals: readonly Refusal[], fhirBase: string): OperationOutcome {
  const system = denialReasonSystem(fhirBase);
  return operationOutcome(
    refusals.map(({ code, fact, cure, expression }) => ({
      code: reasons[code].issue,
      details: { coding: [codingOf(code, system)], text: fact },
      diagnostics: cure,
      ...(expression && { expression }),
    })),
  );
}

const codingOf = (code: ReasonCode, system: string) => ({ system, code });
