import { ExactNumber, isObject, type Json, type JsonObject } from '../../json/json.js';
import { parseDecimal } from '../../search/values/decimal.js';
import { compilePath } from '../../search/path/compile-path.js';
import { compileTest } from '../../search/path/compile-test.js';
import { fhirpath, r4Model } from '../../search/path/fhirpath-package.js';
import { parsePath } from '../../search/path/parse-path.js';
import { BeyondSubset } from '../../search/path/path-expression.js';
import { rootLocation } from './element-location.js';
import { inapplicable } from '../operation-fault.js';
import type { Effort } from '../patch-limits.js';

/** True if an element meets the criteria. */
export type MeetsCriteria = (element: Json) => boolean;

const costOfCompilation = 2_000;
const costOfCall = 200;
const costOfNode = 20;

/** Compiles the criteria of `where` for elements of one type: simple ones by ourselves, the others by the full engine. */
export function compileCriteria(criteria: string, type: string, resource: JsonObject, effort: Effort): MeetsCriteria {
  const full = compileFully(criteria, type, effort);
  const simple = compileSimply(criteria, type, resource);
  return simple ? (element) => (hasSibling(element, effort) ? full : simple)(element) : full;
}

function compileSimply(criteria: string, type: string, resource: JsonObject): MeetsCriteria | undefined {
  try {
    const test = compileTest(parsePath(criteria), { type, resourceType: rootLocation(resource).type }, compilePath);
    return (element) => test(element, { resource }) === true;
  } catch (error) {
    if (error instanceof BeyondSubset) return undefined;
    throw error;
  }
}

/** Search expressions, which the simple way was made for, do not ask about ids and extensions of primitives. */
function hasSibling(value: Json, effort: Effort): boolean {
  effort.spend(1);
  if (Array.isArray(value)) return (value as readonly Json[]).some((item) => hasSibling(item, effort));
  return (
    isObject(value) &&
    Object.keys(value).some((name) => name.startsWith('_') || hasSibling(value[name] as Json, effort))
  );
}

function compileFully(criteria: string, type: string, effort: Effort): MeetsCriteria {
  let evaluate: ReturnType<typeof compileExpression> | undefined;
  return (element) => {
    effort.spend(evaluate ? costOfCall : costOfCompilation);
    const view = viewOf(element, effort);
    return failing(
      () => ((evaluate ??= compileExpression(`where(${criteria})`, type))(view, {}) as readonly unknown[]).length > 0,
    );
  };
}

const compileExpression = (expression: string, type: string) =>
  fhirpath().compile({ base: type, expression }, r4Model(), { resolveInternalTypes: false });

/** Runs the engine; whatever it throws is about the criteria and the values they meet. */
function failing<T>(run: () => T): T {
  try {
    return run();
  } catch {
    throw inapplicable('processing', 'The criteria of where() cannot be evaluated on this resource.');
  }
}

/** The engine has its own exact numbers. */
function viewOf(value: Json, effort: Effort): unknown {
  effort.spend(costOfNode);
  if (value instanceof ExactNumber) return exactNumber(value);
  if (Array.isArray(value)) return (value as readonly Json[]).map((item) => viewOf(item, effort));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, child]) => [name, viewOf(child as Json, effort)]));
}

/** A number of absurd size stays text: it exists, but compares with nothing. */
const exactNumber = ({ text }: ExactNumber): unknown =>
  parseDecimal(text) ? fhirpath().FP_Decimal.getDecimal(text) : text;
