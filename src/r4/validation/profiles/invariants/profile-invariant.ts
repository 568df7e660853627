/** Invariants of profiles, by the `fhirpath` package (https://hl7.org/fhir/R4/conformance-rules.html#constraints). */
import { isObject } from '../../../json/json.js';
import { listOf } from '../../../json/items.js';
import { invariantDefinitions } from '../../invariants/invariant.js';
import { fhirpath, r4Model } from '../../../search/path/fhirpath-package.js';
import { copiesOf } from '../../invariants/engine.js';
import type { Item } from '../model/item.js';
import type { InvariantScope } from './invariant-scope.js';
import { type CompiledInvariant, compiledInvariant } from './compiled-invariant.js';
import { functionsOf } from './invariant-functions.js';
import type { ConstraintDefinition, ElementDefinition } from '../model/structure.js';
import { inTime, loopsOf } from './in-time.js';

/** `open`: it rests on something that is not at hand, such as a resource elsewhere; `unanswered`: on what another server did not say. */
export type Verdict = 'holds' | 'violated' | 'open' | 'unanswered';

export interface ProfileInvariant {
  readonly key: string;
  readonly severity: 'error' | 'warning';
  readonly human: string;
  /** Throws {@link InvariantNotEvaluated}. */
  readonly judge: (item: Item, run: InvariantScope, variables?: Readonly<Record<string, unknown>>) => Verdict;
}

/** The expression does not compile, fails on the data, or takes too long; `fact` is for the client. */
export class InvariantNotEvaluated extends Error {
  constructor(readonly fact: string) {
    super(fact);
  }
}

/** Constraints that the base rules do not cover. */
export const invariantsOf = (element: ElementDefinition): readonly ProfileInvariant[] =>
  (listOf(element.constraint as never) as unknown[])
    .filter((one): one is ConstraintDefinition & { expression: string } => isUsable(one) && !isOfBase(one))
    .map((constraint) => makeInvariant(element.path, constraint));

const isUsable = (one: unknown): one is ConstraintDefinition & { expression: string } =>
  isObject(one as never) &&
  typeof (one as ConstraintDefinition).key === 'string' &&
  typeof (one as ConstraintDefinition).expression === 'string';

let baseKeys: ReadonlySet<string> | undefined;

/** Snapshots repeat what R4 itself demands of the type. */
function isOfBase({ key, source }: ConstraintDefinition): boolean {
  baseKeys ??= new Set([...[...invariantDefinitions().values()].flatMap((all) => all.map((one) => one.key)), 'dom-1']);
  if (!baseKeys.has(key)) return false;
  return (
    source === undefined ||
    /^http:\/\/hl7\.org\/fhir\/StructureDefinition\/[A-Z][A-Za-z]*$/.test(source) ||
    !key.startsWith('inv-')
  );
}

export function makeInvariant(
  path: string,
  { key, severity, human, expression = '' }: ConstraintDefinition,
): ProfileInvariant {
  let program: Program | undefined;
  return {
    key,
    severity: severity === 'error' ? 'error' : 'warning',
    human: human ?? expression,
    judge: (item, run, variables) => (program ??= new Program(expression, path)).judge(item, run, variables),
  };
}

/** Steps that take less than a moment. */
const quick = 40_000;
/** A busy machine is slow at times; an expression that takes too long again and again is not tried for a while. */
const mostStrikes = 3;
/** Milliseconds. */
const rest = 60_000;
const tooLong = 'it takes too long';

type Evaluate = (value: unknown, environment: Record<string, unknown>) => unknown;

/** One expression; compiled for each type that it meets. */
class Program {
  private readonly quick = new Map<string, CompiledInvariant | undefined>();
  private readonly compiled = new Map<string, Evaluate>();
  private readonly loops: number;
  private strikes = 0;
  /** Why it does not compile. */
  private broken: string | undefined;
  /** Time until which it is not tried, for it took too long again and again. */
  private restsUntil = 0;
  private run: InvariantScope | undefined;

  constructor(
    private readonly expression: string,
    private readonly path: string,
  ) {
    this.loops = loopsOf(expression);
  }

  judge(item: Item, run: InvariantScope, variables?: Readonly<Record<string, unknown>>): Verdict {
    const holds = isObject(item.value) ? this.quickFor(item.type)?.(item.value) : undefined;
    return holds === undefined ? this.judgeByEngine(item, run, variables) : holds ? 'holds' : 'violated';
  }

  private quickFor(type: string): CompiledInvariant | undefined {
    if (!this.quick.has(type)) this.quick.set(type, compiledInvariant(this.expression, type));
    return this.quick.get(type);
  }

  private judgeByEngine(item: Item, run: InvariantScope, variables: Readonly<Record<string, unknown>> = {}): Verdict {
    if (this.broken !== undefined) throw new InvariantNotEvaluated(this.broken);
    if (performance.now() < this.restsUntil) throw new InvariantNotEvaluated(tooLong);
    const { resource, root } = run.context;
    const copies = copiesOf(root);
    const environment = { ...variables, resource: copies.of(resource), rootResource: copies.of(root.resource) };
    const evaluate = this.evaluateFor(item.type);
    const [outer, wasOpen, wasUnanswered] = [this.run, run.isOpen, run.isUnanswered];
    this.run = run;
    run.isOpen = false;
    run.isUnanswered = false;
    const focus = copies.of(item.value ?? item.extra ?? null);
    try {
      const isQuick = copies.size ** this.loops <= quick;
      const result = isQuick ? evaluate(focus, environment) : inTime(() => evaluate(focus, environment));
      this.strikes = 0;
      return verdictOf(result, run);
    } catch (error) {
      throw this.failed(error, run);
    } finally {
      this.run = outer;
      run.isOpen = wasOpen;
      run.isUnanswered = wasUnanswered;
    }
  }

  private failed(error: unknown, run: InvariantScope): InvariantNotEvaluated {
    if ((error as { code?: string }).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') {
      return new InvariantNotEvaluated(shortened((error as Error).message));
    }
    run.isHurried = true;
    if (++this.strikes >= mostStrikes) this.restsUntil = performance.now() + rest;
    return new InvariantNotEvaluated(tooLong);
  }

  private evaluateFor(type: string): Evaluate {
    let evaluate = this.compiled.get(type);
    if (evaluate) return evaluate;
    try {
      evaluate = fhirpath().compile({ base: type, expression: this.expression }, r4Model(), {
        resolveInternalTypes: true,
        userInvocationTable: functionsOf(() => this.run!),
      }) as Evaluate;
    } catch (error) {
      this.broken = `the expression of ${this.path} does not compile: ${shortened((error as Error).message)}`;
      throw new InvariantNotEvaluated(this.broken);
    }
    this.compiled.set(type, evaluate);
    return evaluate;
  }
}

function verdictOf(result: unknown, { isOpen, isUnanswered }: InvariantScope): Verdict {
  // Also where it holds: it may do so since nothing was answered.
  if (isUnanswered) return 'unanswered';
  if (isTrue(result)) return 'holds';
  return isOpen ? 'open' : 'violated';
}

/** Empty is not true; one value that is no boolean is (https://hl7.org/fhirpath/#singleton-evaluation-of-collections). */
const isTrue = (result: unknown): boolean =>
  Array.isArray(result) && result.length === 1 && result[0] !== false && result[0] !== null;

const shortened = (text: string): string => text.replaceAll(/\s+/g, ' ').slice(0, 200);
