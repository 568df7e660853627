import { ExactNumber, type Json, type JsonObject } from '../../json/json.js';
import { fhirpath, r4Model } from '../../search/path/fhirpath-package.js';
import type { ResourceContext, RootContext } from '../validation-run.js';

/** True if the expression is true; undefined when the engine refuses to evaluate it. */
export type Evaluate = (element: Json, context: ResourceContext) => boolean | undefined;

const copies = new WeakMap<RootContext, Copies>();

/** An invariant by the `fhirpath` package, which is loaded and compiles the expression when first needed. */
export function compileInvariant(path: string, expression: string): Evaluate {
  let compiled: ((element: unknown, environment: Record<string, unknown>) => unknown) | undefined;
  return (element, { resource, root }) => {
    compiled ??= compile(path, expression);
    try {
      const copied = copiesOf(root);
      const environment = { resource: copied.of(resource), rootResource: copied.of(root.resource) };
      const result = compiled(copied.of(element), environment);
      return Array.isArray(result) && result.length === 1 && result[0] === true;
    } catch {
      return undefined;
    }
  };
}

function compile(
  path: string,
  expression: string,
): (element: unknown, environment: Record<string, unknown>) => unknown {
  return fhirpath().compile({ base: path, expression }, r4Model(), { resolveInternalTypes: true });
}

export function copiesOf(root: RootContext): Copies {
  let found = copies.get(root);
  if (!found) {
    found = new Copies(root.resource);
    copies.set(root, found);
  }
  return found;
}

/** The engine writes type information into what it reads and does not know our Decimal: it gets a copy of its own. */
class Copies {
  private readonly made = new Map<Json, unknown>();
  private readonly originals = new Map<unknown, Json>();

  constructor(root: JsonObject) {
    this.copy(root);
  }

  of(original: Json): unknown {
    return this.made.get(original) ?? this.copy(original);
  }

  /** Objects and arrays that were copied. */
  get size(): number {
    return this.made.size;
  }

  /** Origin of a copy; the value itself when it is none. */
  originalOf(copy: unknown): Json {
    return this.originals.get(copy) ?? (copy as Json);
  }

  private copy(value: Json): unknown {
    if (typeof value !== 'object' || value === null) return value;
    if (value instanceof ExactNumber) return fhirpath().FP_Decimal.getDecimal(value.text);
    const copy = Array.isArray(value)
      ? (value as readonly Json[]).map((item) => this.copy(item))
      : Object.fromEntries(Object.entries(value).map(([name, item]) => [name, this.copy(item as Json)]));
    this.made.set(value, copy);
    this.originals.set(copy, value);
    return copy;
  }
}
