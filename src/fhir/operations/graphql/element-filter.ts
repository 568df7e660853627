import { type Json, isObject, writeJson } from '../../../r4/json/json.js';
import { each } from '../../../r4/json/items.js';
import { fhirpath, r4Model } from '../../../r4/search/path/fhirpath-package.js';
import { inTime } from '../../../r4/validation/profiles/invariants/in-time.js';
import { TooCostly } from '../../interactions/answer-budget.js';
import type { PlannedField } from './plan-query.js';
import { InvalidQuery } from './query-errors.js';

/** Characters of one expression. */
const mostCharacters = 1_000;
/** Evaluations of one answer, and the milliseconds that they may take together. */
const mostEvaluations = 5_000;
const mostTime = 1_000;
/** Milliseconds of one evaluation, the reading of the expression included. */
const longest = 100;

type Evaluate = (value: unknown) => readonly unknown[];

/** Selects items of lists by arguments (https://hl7.org/fhir/R4/graphql.html#list), within bounds of one answer. */
export class ElementFilter {
  private readonly compiled = new Map<string, Evaluate>();
  /** Results by expression and element: an answer is built once for each of its levels. */
  private readonly known = new Map<string, WeakMap<object, readonly unknown[]>>();
  private evaluations = 0;
  private time = 0;

  /** Yields after each item. `type`: that of the items. */
  *select(items: readonly Json[], type: string, { args, path }: PlannedField): Generator<void, readonly Json[]> {
    if (args.size === 0) return items;
    const expression = args.get('fhirpath');
    const kept: Json[] = [];
    for (const item of items) {
      yield;
      const hasValues = [...args].every(([name, value]) => notOfElements.has(name) || hasValue(item, name, value));
      if (hasValues && (expression === undefined || this.holds(String(expression), item, type, path))) kept.push(item);
    }
    const start = Number(args.get('_offset') ?? 0);
    const count = args.get('_count');
    return kept.slice(start, count === undefined ? undefined : start + Number(count));
  }

  /** As `where` of FHIRPath takes it. */
  holds(expression: string, item: Json, type: string, path: string): boolean {
    return this.evaluate(`where(${expression})`, expression, item, type, path).length > 0;
  }

  /** The suffix of `@slice`. */
  slice(expression: string, item: Json, type: string, path: string): string {
    const [first] = this.evaluate(expression, expression, item, type, path);
    return typeof first === 'string' || typeof first === 'number' || typeof first === 'boolean' ? String(first) : '';
  }

  // oxlint-disable-next-line max-params -- private; the expression is for the message
  private evaluate(run: string, expression: string, item: Json, type: string, path: string): readonly unknown[] {
    const key = `${type} ${run}`;
    const known = this.known.get(key) ?? new WeakMap<object, readonly unknown[]>();
    this.known.set(key, known);
    const before = isObject(item) ? known.get(item) : undefined;
    if (before) return before;
    const found = this.timed(key, expression, path, () => {
      const evaluate = this.compiled.get(key) ?? compile(run, type);
      this.compiled.set(key, evaluate);
      return evaluate(JSON.parse(writeJson(item)));
    });
    if (isObject(item)) known.set(item, found);
    return found;
  }

  private timed<T>(key: string, expression: string, path: string, work: () => T): T {
    if (expression.length > mostCharacters)
      throw new InvalidQuery(`${path}: an expression of FHIRPath may have ${mostCharacters} characters.`, 'too-costly');
    warmUp();
    if (++this.evaluations > mostEvaluations || this.time > mostTime)
      throw new TooCostly(
        'The expressions of FHIRPath of this query take too long. Ask for less, or in several queries.',
      );
    const start = performance.now();
    try {
      return inTime(work, longest);
    } catch (error) {
      const isSlow = (error as { code?: unknown }).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT';
      throw new InvalidQuery(
        `${path}: the expression of FHIRPath ${isSlow ? 'takes too long' : 'cannot be evaluated'} on values of ${key.split(' ', 1)[0]}.`,
        isSlow ? 'too-costly' : 'invalid',
      );
    } finally {
      this.time += performance.now() - start;
    }
  }
}

const notOfElements: ReadonlySet<string> = new Set(['fhirpath', '_count', '_offset']);

const hasValue = (item: Json, name: string, value: string | readonly string[]): boolean =>
  isObject(item) && each(item[name]).some((one) => [value].flat().includes(textOf(one)));

/** Text, or what a number or a boolean is written as. */
const textOf = (value: Json): string => (typeof value === 'string' ? value : writeJson(value));

let isWarm = false;

/** Loading the engine and its model takes longer than an expression may. */
function warmUp(): void {
  if (!isWarm) compile('where(true)', 'HumanName')({});
  isWarm = true;
}

function compile(expression: string, type: string): Evaluate {
  // `trace` writes into the log of the process otherwise.
  const options = { resolveInternalTypes: true, traceFn: () => undefined };
  const evaluate = fhirpath().compile({ base: type, expression }, r4Model(), options);
  return (value) => evaluate(value, {}) as readonly unknown[];
}
