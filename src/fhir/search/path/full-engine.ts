import { createRequire } from 'node:module';
import type { Json, JsonObject } from '../../model/json.js';
import { referencedType } from './referenced-type.js';
import type { Evaluation } from './step.js';
import type { Focus } from './typed-path.js';

/** A value and its data type, as the engine tells it. */
export interface TypedValue {
  readonly type: string;
  readonly value: Json;
}

type FhirPath = typeof import('fhirpath');
type Model = Parameters<FhirPath['compile']>[1];

const require = createRequire(import.meta.url);

/**
 * Evaluates any FHIRPath expression with the `fhirpath` package: slow, for parameters of applications that need more than
 * we compile. The engine is loaded when first needed.
 */
export function compileFully(expression: string, focus: Focus): (node: Json, evaluation: Evaluation) => TypedValue[] {
  const fhirpath = require('fhirpath') as FhirPath;
  const model = require('fhirpath/fhir-context/r4') as Model;
  let resource: JsonObject = {};
  const resolve = (references: readonly Json[]): readonly string[] =>
    references.flatMap((reference) => referencedType(reference, resource) ?? []);
  const evaluate = fhirpath.compile({ base: focus.type, expression: forEngine(expression) }, model, {
    resolveInternalTypes: false,
    userInvocationTable: { resolve: { fn: resolve, arity: { 0: [] } } },
  });
  return (node, evaluation) => {
    resource = evaluation.resource;
    const found = evaluate(node, { resource }) as unknown[];
    const types = fhirpath.types(found);
    return found.map((value, at) => ({ type: typeName(types[at] ?? ''), value: valueOf(fhirpath, value) }));
  };
}

/**
 * The engine refuses `as` on several values, where search parameters mean `ofType`, does not know `hasExtension`, and
 * asks servers to `resolve()`: ours yields the name of the type, which is all that parameters ask about.
 */
const forEngine = (expression: string): string =>
  expression
    .replace(/([\w.]+) as (\w+)/g, '$1.ofType($2)')
    .replace(/\.as\(/g, '.ofType(')
    .replace(/resolve\(\) is (\w+)/g, "resolve() = '$1'")
    .replace(/hasExtension\(([^)]*)\)/g, 'extension($1).exists()');

/** `FHIR.Quantity` → `Quantity`, `System.Boolean` → `boolean`. */
function typeName(type: string): string {
  const [namespace, ...name] = type.split('.');
  const text = name.join('.');
  return namespace === 'System' ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}

const valueOf = (fhirpath: FhirPath, value: unknown): Json => {
  const data: unknown = fhirpath.util.valData(value);
  return (data === value ? fhirpath.resolveInternalTypes(value) : data) as Json;
};
