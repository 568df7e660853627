import type { Json, JsonObject } from '../../json/json.js';

/** Data that steps need beyond the node they stand on. */
export interface Evaluation {
  readonly resource: JsonObject;
  /** Set where the result rests on extensions of primitive values, which steps do not see. */
  isBeyond?: boolean;
}

export type Visit<E extends Evaluation = Evaluation> = (node: Json, evaluation: E) => void;
/** Given what happens to each value, what happens to the node the value is found at. */
export type Step = <E extends Evaluation>(next: Visit<E>) => Visit<E>;
/** True, false, or undefined for FHIRPath's empty collection. */
export type Test = (node: Json, evaluation: Evaluation) => boolean | undefined;

/** Each value of a property, whether it repeats or not. */
export const property =
  (name: string): Step =>
  (next) =>
  (node, evaluation) => {
    if (typeof node !== 'object' || node === null) return;
    const value = (node as JsonObject)[name];
    if (value === undefined || value === null) return;
    if (!Array.isArray(value)) return next(value, evaluation);
    // A null stands for a primitive that has only extensions.
    for (const entry of value as Json[]) if (entry !== null) next(entry, evaluation);
  };

/** As {@link property}, for results that extensions of primitive values (`_birthDate`) may change. */
export const guardedProperty =
  (name: string): Step =>
  (next) => {
    const visit = property(name)(next);
    const extra = `_${name}`;
    return (node, evaluation) => {
      if (typeof node === 'object' && node !== null && (node as JsonObject)[extra] !== undefined)
        evaluation.isBeyond = true;
      visit(node, evaluation);
    };
  };

/** Starts again at the resource: `%resource`. */
export const fromResource: Step = (next) => (_node, evaluation) => next(evaluation.resource, evaluation);

export const filtered =
  (test: Test): Step =>
  (next) =>
  (node, evaluation) => {
    if (test(node, evaluation) === true) next(node, evaluation);
  };

/** The item at an index of all that `steps` find. */
export const item =
  (steps: readonly Step[], index: number): Step =>
  (next) => {
    const find = collect(steps);
    return (node, evaluation) => {
      const found = find(node, evaluation)[index];
      if (found !== undefined) next(found, evaluation);
    };
  };

export const follow = <E extends Evaluation>(steps: readonly Step[], visit: Visit<E>): Visit<E> =>
  steps.reduceRight((next, step) => step(next), visit);

/** All values that steps find. */
export function collect(steps: readonly Step[]): (node: Json, evaluation: Evaluation) => readonly Json[] {
  let found: Json[] = [];
  const visit = follow(steps, (node) => found.push(node));
  return (node, evaluation) => {
    found = [];
    visit(node, evaluation);
    return found;
  };
}
