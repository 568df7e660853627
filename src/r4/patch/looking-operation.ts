import type { Json, JsonObject } from '../json/json.js';
import { printable } from '../errors/request-errors.js';
import { parseFhirPathPatch } from './fhirpath/fhirpath-patch-operation.js';
import { parseJsonPatch } from './json-patch-operation.js';
import type { OperationPlace } from './operation-fault.js';
import { Effort } from './patch-limits.js';

// Operations that compare stored content, or copy it to where a finding would tell it (ADR 35).
const lookingOps: ReadonlySet<string> = new Set(['test', 'copy', 'move']);
const lookingSteps: ReadonlySet<string> = new Set(['where', 'extension']);

/** The first operation of a JSON Patch whose outcome depends on stored values, in words. */
export function lookingJson(patch: Json): string | undefined {
  const found = parseJsonPatch(patch).find(({ op }) => lookingOps.has(op));
  return found && inWords(found.place);
}

/** The first operation of a FHIRPath Patch whose path selects by stored values, in words. */
export function lookingFhirPath(parameters: JsonObject): string | undefined {
  const found = parseFhirPathPatch(parameters, new Effort()).find(({ path }) =>
    path.steps.some(({ kind }) => lookingSteps.has(kind)),
  );
  return found && inWords(found.place);
}

const inWords = ({ index, label = '' }: OperationPlace): string =>
  `Operation [${index}]${label === '' ? '' : ` (${printable(label)})`}`;
