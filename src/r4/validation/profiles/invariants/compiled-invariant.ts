import type { JsonObject } from '../../../json/json.js';
import { compilePath } from '../../../search/path/compile-path.js';
import { compileTest } from '../../../search/path/compile-test.js';
import { parsePath } from '../../../search/path/parse-path.js';
import { BeyondSubset, TooCostlyPath } from '../../../search/path/path-expression.js';

/** True if the invariant holds; undefined where the full engine has to say it. */
export type CompiledInvariant = (value: JsonObject) => boolean | undefined;

/** Steps that compiling one invariant may take. */
const mostSteps = 2000;
/** Variables, functions that look at other resources, and unions, which are sets: these are for the full engine. */
const beyond = /[%|]|\b(?:resolve|memberOf|conformsTo)\b/;

/**
 * Compiles what most invariants of guides say of an element of a type (`exists()`, `empty()`, equal texts, and their joints), without the
 * engine, which copies the whole resource and takes some 10 µs for each element. Undefined for an expression with anything else.
 */
export function compiledInvariant(expression: string, type: string): CompiledInvariant | undefined {
  if (beyond.test(expression)) return undefined;
  try {
    const focus = { type, resourceType: type, isInvariant: true, budget: { left: mostSteps } };
    const test = compileTest(parsePath(expression), focus, compilePath);
    return (value) => {
      const evaluation = { resource: value, isBeyond: false };
      const result = test(value, evaluation) === true;
      return evaluation.isBeyond ? undefined : result;
    };
  } catch (error) {
    if (error instanceof BeyondSubset || error instanceof TooCostlyPath) return undefined;
    throw error;
  }
}
