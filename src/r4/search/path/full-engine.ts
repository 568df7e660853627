import type { Json, JsonObject } from '../../json/json.js';
import { type FhirPath, fhirpath, r4Model } from './fhirpath-package.js';
import { referencedType } from './referenced-type.js';
import type { Evaluation } from './step.js';
import type { Focus } from './typed-path.js';

/** A value and its data type, as the engine tells it. */
export interface TypedValue {
  readonly type: string;
  readonly value: Json;
}

/**
 * Evaluates any FHIRPath expression with the `fhirpath` package: slow, for parameters of applications that need more than
 * we compile. The engine is loaded when first needed.
 */
export function compileFully(expression: string, focus: Focus): (node: Json, evaluation: Evaluation) => TypedValue[] {
  const engine = fhirpath();
  let resource: JsonObject = {};
  const resolve = (references: readonly Json[]): readonly string[] =>
    references.flatMap((reference) => referencedType(reference, resource) ?? []);
  const evaluate = engine.compile({ base: focus.type, expression: forEngine(expression) }, r4Model(), {
    resolveInternalTypes: false,
    userInvocationTable: { resolve: { fn: resolve, arity: { 0: [] } } },
  });
  return (node, evaluation) => {
    resource = evaluation.resource;
    const found = evaluate(node, { resource }) as unknown[];
    const types = engine.types(found);
    return found.map((value, at) => ({ type: typeName(types[at] ?? ''), value: valueOf(engine, value) }));
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

const valueOf = (engine: FhirPath, value: unknown): Json => {
  const data: unknown = engine.util.valData(value);
  return (data === value ? engine.resolveInternalTypes(value) : data) as Json;
};
