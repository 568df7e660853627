import { isObject, type Json, type JsonObject } from '../../json/json.js';
import { inOperation, malformed, type OperationPlace } from '../operation-fault.js';
import { parseSelection } from './parse-selection.js';
import { MalformedPatch } from '../patch-errors.js';
import { checkOperationCount, type Effort } from '../patch-limits.js';
import { parsePatchValue, type PatchValue } from '../patch-value.js';
import type { Selection } from './selection.js';

/** One operation of a FHIRPath Patch (https://hl7.org/fhir/R4/fhirpatch.html). */
export type FhirPathOperation = { readonly place: OperationPlace; readonly path: Selection } & (
  | { readonly type: 'add'; readonly name: string; readonly value: PatchValue }
  | { readonly type: 'insert'; readonly index: number; readonly value: PatchValue }
  | { readonly type: 'delete' }
  | { readonly type: 'replace'; readonly value: PatchValue }
  | { readonly type: 'move'; readonly source: number; readonly destination: number }
);

const partsOf: Readonly<Record<FhirPathOperation['type'], readonly string[]>> = {
  add: ['name', 'value'],
  insert: ['index', 'value'],
  delete: [],
  replace: ['value'],
  move: ['source', 'destination'],
};
const partNames = new Set(['type', 'path', ...Object.values(partsOf).flat()]);

// Parsing takes about this long for each character, in the unit of Effort.
const costOfCharacter = 50;

export function parseFhirPathPatch(parameters: JsonObject, effort: Effort): readonly FhirPathOperation[] {
  const { resourceType, parameter = [] } = parameters;
  if (resourceType !== 'Parameters' || !Array.isArray(parameter)) {
    throw new MalformedPatch({
      code: 'structure',
      diagnostics: 'A FHIRPath Patch is a Parameters resource with one parameter "operation" for each operation.',
    });
  }
  checkOperationCount(parameter.length);
  return (parameter as readonly Json[]).map((operation, index) => parseAt(operation, index, effort));
}

function parseAt(operation: Json, index: number, effort: Effort): FhirPathOperation {
  const expression = `Parameters.parameter[${index}]`;
  const parts = inOperation({ index, expression }, () => readParts(operation));
  const label = ['type', 'path'].flatMap((name) => textOf(parts.get(name)) ?? []).join(' ');
  const place = { index, expression, ...(label !== '' && { label }) };
  return inOperation(place, () => parseOperation(parts, place, effort));
}

type Parts = ReadonlyMap<string, JsonObject>;

function readParts(operation: Json): Parts {
  if (!isObject(operation) || operation['name'] !== 'operation' || !Array.isArray(operation['part'])) {
    throw malformed('Each parameter must be named "operation" and have parts.', 'structure');
  }
  const parts = new Map<string, JsonObject>();
  for (const part of operation['part'] as readonly Json[]) {
    const name = isObject(part) ? part['name'] : undefined;
    if (!isObject(part) || typeof name !== 'string' || !partNames.has(name)) {
      throw malformed(`The parts of an operation are ${[...partNames].join(', ')}.`, 'structure');
    }
    if (parts.has(name)) throw malformed(`The part "${name}" is given twice.`, 'structure');
    parts.set(name, part);
  }
  return parts;
}

function parseOperation(parts: Parts, place: OperationPlace, effort: Effort): FhirPathOperation {
  const type = textOf(parts.get('type'));
  if (!isOperationType(type)) throw malformed('"type" must be one of add, insert, delete, replace, move.', 'value');
  const surplus = [...parts.keys()].find((name) => !['type', 'path', ...partsOf[type]].includes(name));
  if (surplus !== undefined) {
    throw malformed(`${type} has no part "${surplus}", only ${['type', 'path', ...partsOf[type]].join(', ')}.`);
  }
  const text = textIn(parts, 'path');
  effort.spend(text.length * costOfCharacter);
  const target = { place, path: parseSelection(text) };
  switch (type) {
    case 'add':
      return { ...target, type, name: textIn(parts, 'name'), value: valueIn(parts) };
    case 'insert':
      return { ...target, type, index: countIn(parts, 'index'), value: valueIn(parts) };
    case 'delete':
      return { ...target, type };
    case 'replace':
      return { ...target, type, value: valueIn(parts) };
    default:
      return { ...target, type, source: countIn(parts, 'source'), destination: countIn(parts, 'destination') };
  }
}

const isOperationType = (type: string | undefined): type is FhirPathOperation['type'] =>
  type !== undefined && Object.hasOwn(partsOf, type);

/** Many clients send the type as a string; it means the same. */
function textOf(part: JsonObject | undefined): string | undefined {
  const text = part?.['valueString'] ?? part?.['valueCode'];
  return typeof text === 'string' ? text : undefined;
}

function textIn(parts: Parts, name: string): string {
  const text = textOf(parts.get(name));
  if (text === undefined) throw malformed(`The part "${name}" must have a valueString.`, 'required');
  return text;
}

function countIn(parts: Parts, name: string): number {
  const count = parts.get(name)?.['valueInteger'];
  if (typeof count === 'number' && Number.isInteger(count) && count >= 0) return count;
  throw malformed(`The part "${name}" must have a valueInteger of 0 or more.`, 'required');
}

function valueIn(parts: Parts): PatchValue {
  const part = parts.get('value');
  if (!part) throw malformed('The part "value" is missing.', 'required');
  return parsePatchValue(part);
}
