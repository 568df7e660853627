import { isObject, type Json, type JsonObject } from '../json/json.js';
import { parsePointer, type Tokens } from './json-pointer.js';
import { inOperation, malformed, type OperationPlace } from './operation-fault.js';
import { MalformedPatch } from './patch-errors.js';
import { checkOperationCount } from './patch-limits.js';

/** One operation of a JSON Patch (RFC 6902 section 4). */
export type JsonPatchOperation = { readonly place: OperationPlace; readonly path: Tokens } & (
  | { readonly op: 'add' | 'replace' | 'test'; readonly value: Json }
  | { readonly op: 'move' | 'copy'; readonly from: Tokens }
  | { readonly op: 'remove' }
);

export function parseJsonPatch(patch: Json): readonly JsonPatchOperation[] {
  if (!Array.isArray(patch)) {
    throw new MalformedPatch({
      code: 'structure',
      diagnostics:
        'A JSON Patch is an array of operations, such as [{"op": "replace", "path": "/active", "value": true}].',
    });
  }
  checkOperationCount(patch.length);
  return (patch as readonly Json[]).map((operation, index) => {
    const place = { index, ...(isObject(operation) && { label: labelOf(operation) }) };
    return inOperation(place, () => parseOperation(operation, place));
  });
}

const labelOf = ({ op, path }: JsonObject): string =>
  [op, path].flatMap((part) => (typeof part === 'string' && part !== '' ? [part] : [])).join(' ');

function parseOperation(operation: Json, place: OperationPlace): JsonPatchOperation {
  if (!isObject(operation)) throw malformed('An operation is a JSON object.', 'structure');
  const op = own(operation, 'op');
  const target = { place, path: pointerIn(operation, 'path') };
  switch (op) {
    case 'add':
    case 'replace':
    case 'test':
      return { ...target, op, value: valueIn(operation) };
    case 'move':
    case 'copy':
      return { ...target, op, from: fromIn(operation, target.path, op) };
    case 'remove':
      return { ...target, op };
    default:
      throw malformed('"op" must be one of add, remove, replace, move, copy, test.', 'value');
  }
}

const own = (operation: JsonObject, name: string): Json | undefined =>
  Object.hasOwn(operation, name) ? operation[name] : undefined;

function pointerIn(operation: JsonObject, name: 'path' | 'from'): Tokens {
  const pointer = own(operation, name);
  if (typeof pointer !== 'string') throw malformed(`"${name}" must be a JSON Pointer in a string.`, 'required');
  return parsePointer(pointer);
}

function valueIn(operation: JsonObject): Json {
  const value = own(operation, 'value');
  if (value === undefined) throw malformed('"value" is missing.', 'required');
  return value;
}

function fromIn(operation: JsonObject, path: Tokens, op: 'move' | 'copy'): Tokens {
  const from = pointerIn(operation, 'from');
  if (op === 'move' && from.length < path.length && from.every((token, at) => token === path[at])) {
    throw malformed('A value cannot be moved into itself.');
  }
  return from;
}
