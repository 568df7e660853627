/** The checks that are left with the level `none` (ADR 117). */
import { isObject, type Json, type JsonObject } from '../json/json.js';
import { checkElement } from './check-element.js';
import { findNarrativeProblem } from './narrative.js';
import { checkResource, typeCheck } from './type-check.js';
import type { ValidationRun } from './validation-run.js';

/** Types whose content the server reads to decide access: what it could not read would not limit anybody. */
const decidesAccess: ReadonlySet<Json | undefined> = new Set(['Consent']);

/** Checks `meta`, where labels stand, the narratives, which browsers show, and the whole of what decides access. */
export function checkStorable(resource: JsonObject, run: ValidationRun): void {
  const { resourceType, meta } = resource;
  if (decidesAccess.has(resourceType)) return checkResource(resource, run);
  if (meta !== undefined) at('meta', run, () => checkElement(meta, typeCheck('Meta'), run));
  checkNarratives(resource, run);
}

function checkNarratives(value: JsonObject, run: ValidationRun): void {
  for (const name in value) {
    if (run.full) return;
    const inner = value[name];
    if (typeof inner === 'object') at(name, run, () => checkInner(name, inner, run));
  }
}

function checkInner(name: string, value: Json, run: ValidationRun): void {
  if (Array.isArray(value)) {
    for (const [index, item] of (value as readonly Json[]).entries())
      if (typeof item === 'object') at(index, run, () => checkInner(name, item, run));
  } else if (isObject(value)) {
    if (name === 'text' && typeof value['div'] === 'string') checkDiv(value['div'], run);
    checkNarratives(value, run);
  }
}

/** The reader stops where a narrative is no XML: what comes after could be a script. */
function checkDiv(div: string, run: ValidationRun): void {
  const problem = findNarrativeProblem(div);
  if (problem && !run.full) run.reportAt('div', problem.code, [problem.expected, problem.found]);
}

function at(part: string | number, run: ValidationRun, check: () => void): void {
  run.path.push(part);
  check();
  run.path.pop();
}
