import { type OperationOutcome, operationOutcome } from '../model/operation-outcome.js';
import type { Written } from '../storage/change.js';

/** What `Prefer: return=OperationOutcome` asks for: what is to be told of a write, or that it is done. */
export function outcomeOf({ type, id, versionId, created, deleted, remarks }: Written): OperationOutcome {
  if (remarks.length > 0) return operationOutcome(remarks);
  const done = created ? 'created' : deleted ? 'deleted' : 'updated';
  const diagnostics = `${type}/${id} is ${done} as version ${versionId}.`;
  return operationOutcome([{ severity: 'information', code: 'informational', diagnostics }]);
}
