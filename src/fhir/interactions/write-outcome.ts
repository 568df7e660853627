import { type OperationOutcome, operationOutcome } from '../../r4/errors/operation-outcome.js';
import type { WriteSummary } from './write-summary.js';

/** Answer to `Prefer: return=OperationOutcome`: the remarks of a write, or that it is done. */
export function outcomeOf({ type, id, versionId, created, deleted, isMatch, remarks }: WriteSummary): OperationOutcome {
  if (remarks.length > 0) return operationOutcome(remarks);
  const done = isMatch ? 'there already' : created ? 'created' : deleted ? 'deleted' : 'updated';
  const diagnostics = `${type}/${id} is ${done} as version ${versionId}.`;
  return operationOutcome([{ severity: 'information', code: 'informational', diagnostics }]);
}
