import { type OperationOutcome, operationOutcome } from '../../r4/errors/operation-outcome.js';
import type { WriteSummary } from './write-summary.js';

/** Answer to `Prefer: return=OperationOutcome`: the remarks of a write, or that it is done. */
export function outcomeOf(told: WriteSummary): OperationOutcome {
  const { type, id, versionId, created, deleted, isMatch, isAbsent, remarks } = told;
  if (remarks.length > 0) return operationOutcome(remarks);
  const done = isMatch ? 'there already' : created ? 'created' : deleted ? 'deleted' : 'updated';
  const diagnostics = isAbsent
    ? `${type}/${id} does not exist, so there was nothing to delete.`
    : `${type}/${id} is ${done} as version ${versionId}.`;
  return operationOutcome([{ severity: 'information', code: 'informational', diagnostics }]);
}
