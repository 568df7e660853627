import type { Json, JsonObject } from '../json/json.js';
import { inOperation, type OperationPlace } from './operation-fault.js';
import { checkDepth } from './patch-limits.js';
import { checkProtected } from './protected-elements.js';

/** Applies one operation after the other; a fault names its operation, and what only the server sets stays as it is. */
export function applyOperations<O extends { readonly place: OperationPlace }>(
  resource: JsonObject,
  operations: readonly O[],
  apply: (document: JsonObject, operation: O) => Json,
): JsonObject {
  let patched = resource;
  for (const operation of operations) {
    patched = inOperation(operation.place, () => {
      const result = apply(patched, operation);
      checkProtected(resource, result);
      return result;
    });
  }
  checkDepth(patched);
  return patched;
}
