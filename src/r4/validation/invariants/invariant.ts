import { readDefinitions } from '../../model/definitions.js';
import type { Json, JsonObject } from '../../json/json.js';
import type { Severity } from '../finding.js';
import type { ResourceContext, ValidationRun } from '../validation-run.js';
import { clinicalRules } from './clinical.rules.js';
import { conformanceRules, hasComputableName, isMaximum } from './conformance.rules.js';
import { dataTypeRules } from './data-type.rules.js';
import { compileInvariant, type Evaluate } from './engine.js';
import type { Rule } from './rule.js';
import { structureDefinitionRules } from './structure-definition.rules.js';
import { workflowRules } from './workflow.rules.js';

/** An invariant as R4 publishes it (https://hl7.org/fhir/R4/conformance-rules.html#constraints). */
export interface InvariantDefinition {
  readonly key: string;
  readonly severity: Severity;
  readonly human: string;
  readonly expression: string;
}

export interface Invariant extends InvariantDefinition {
  /** Undefined when it cannot be evaluated. */
  readonly holds: (element: Json, context: ResourceContext) => boolean | undefined;
}

/** Invariants that the structure check and the narrative check cover. */
export const structuralKeys: ReadonlySet<string> = new Set([
  'ele-1',
  'dom-2',
  'dom-3',
  'dom-4',
  'dom-5',
  'txt-1',
  'txt-2',
]);

const ruleTables = [dataTypeRules, clinicalRules, workflowRules, conformanceRules, structureDefinitionRules];
const computableNameKey = /^[a-z]+-0$/;

let definitions: ReadonlyMap<string, readonly InvariantDefinition[]> | undefined;
const cache = new Map<string, readonly Invariant[]>();

/** Path of a type or element → its invariants, as the committed definitions have them. */
export const invariantDefinitions = (): ReadonlyMap<string, readonly InvariantDefinition[]> =>
  (definitions ??= new Map(
    Object.entries(readDefinitions('invariants.json') as Record<string, readonly InvariantDefinition[]>),
  ));

/** The invariants declared at a path such as `Patient.contact`, without those of its type. */
export function invariantsAt(path: string): readonly Invariant[] {
  let invariants = cache.get(path);
  if (!invariants) {
    invariants = (invariantDefinitions().get(path) ?? [])
      .filter(({ key }) => !structuralKeys.has(key))
      .map((definition) => ({ ...definition, holds: evaluatorOf(path, definition) }));
    cache.set(path, invariants);
  }
  return invariants;
}

/** The hand-written rule of an invariant, where there is one. */
export function ruleOf(path: string, key: string): Rule | undefined {
  if (computableNameKey.test(key)) return hasComputableName;
  return ruleTables.find((table) => table[path]?.[key])?.[path]?.[key];
}

function evaluatorOf(path: string, { key, expression }: InvariantDefinition): Evaluate {
  if (key === 'eld-3') return isMaximum;
  const rule = ruleOf(path, key);
  return rule ? (element, context) => rule(element as JsonObject, context) : compileInvariant(path, expression);
}

export function checkInvariants(invariants: readonly Invariant[], element: Json, run: ValidationRun): void {
  for (const invariant of invariants) {
    const holds = invariant.holds(element, run.context);
    if (holds === undefined)
      run.report('invariant-not-evaluated', `that "${invariant.human}"`, 'nothing that can be compared');
    else if (!holds) run.violate(invariant);
  }
}
