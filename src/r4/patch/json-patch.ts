import { immutableJSONPatch } from 'immutable-json-patch';
import type { Json, JsonObject } from '../json/json.js';
import { applyOperations } from './apply-operations.js';
import { jsonEqual } from './json-equal.js';
import { type JsonPatchOperation, parseJsonPatch } from './json-patch-operation.js';
import { checkPlace, type Tokens, valueAt, writePointer } from './json-pointer.js';
import { inapplicable } from './operation-fault.js';
import { CopyAllowance } from './patch-limits.js';

/**
 * Applies a JSON Patch (RFC 6902, https://hl7.org/fhir/R4/http.html#patch) and returns the patched resource; what the
 * patch does not touch is shared with the given one, which stays as it is. Throws `MalformedPatch` (400) before
 * anything is applied, `PatchNotApplicable` (422) at the first operation that fails. The result is not validated.
 */
export function applyJsonPatch(resource: JsonObject, patch: Json): JsonObject {
  const copies = new CopyAllowance();
  return applyOperations(resource, parseJsonPatch(patch), (document, operation) => apply(document, operation, copies));
}

function apply(document: Json, operation: JsonPatchOperation, copies: CopyAllowance): Json {
  switch (operation.op) {
    case 'add':
      return add(document, operation.path, operation.value);
    case 'remove':
      return remove(document, operation.path);
    case 'replace':
      return replace(document, operation.path, operation.value);
    case 'copy': {
      const copied = valueAt(document, operation.from);
      copies.take(copied);
      return add(document, operation.path, copied);
    }
    case 'move':
      // Removed first, so that indexes count without it (RFC 6902 section 4.4).
      return add(remove(document, operation.from), operation.path, valueAt(document, operation.from));
    default:
      test(valueAt(document, operation.path), operation.value);
      return document;
  }
}

function test(value: Json, expected: Json): void {
  if (!jsonEqual(value, expected)) {
    throw inapplicable('conflict', 'The test failed: the resource has another value there.');
  }
}

// The library edits and shares what it does not touch, but is silent about places that do not exist: we look first.

function add(document: Json, path: Tokens, value: Json): Json {
  checkPlace(document, path);
  return immutableJSONPatch<Json>(document, [{ op: 'add', path: writePointer(path), value }]);
}

function remove(document: Json, path: Tokens): Json {
  if (path.length === 0) throw inapplicable('structure', 'The whole resource cannot be removed.');
  valueAt(document, path);
  return immutableJSONPatch<Json>(document, [{ op: 'remove', path: writePointer(path) }]);
}

function replace(document: Json, path: Tokens, value: Json): Json {
  valueAt(document, path);
  return immutableJSONPatch<Json>(document, [{ op: 'replace', path: writePointer(path), value }]);
}
