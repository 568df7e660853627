import { dataTypes } from '../../model/elements.js';
import type { Json } from '../../json/json.js';
import { compilePath } from './compile-path.js';
import { compileFully, type TypedValue } from './full-engine.js';
import { parsePath } from './parse-path.js';
import { BeyondSubset } from './path-expression.js';
import type { Evaluation, Step } from './step.js';
import type { Focus, TypedPath } from './typed-path.js';

/** The paths of an expression: compiled when we can, else through the full engine with a path for each data type. */
export function findPaths(expression: string, focus: Focus): readonly TypedPath[] {
  try {
    return compilePath(parsePath(expression), focus);
  } catch (error) {
    if (!(error instanceof BeyondSubset)) throw error;
    return fullPaths(expression, focus);
  }
}

function fullPaths(expression: string, focus: Focus): readonly TypedPath[] {
  const evaluate = evaluatedOnce(withoutErrors(compileFully(expression, focus)));
  return dataTypes().map((type) => ({ type, steps: [ofType(evaluate, type)] }));
}

type Evaluate = (node: Json, evaluation: Evaluation) => readonly TypedValue[];

const ofType =
  (evaluate: Evaluate, type: string): Step =>
  (next) =>
  (node, evaluation) => {
    for (const found of evaluate(node, evaluation)) if (found.type === type) next(found.value, evaluation);
  };

/** An expression that fails on a resource finds nothing in it; that is no reason to refuse the resource. */
function withoutErrors(evaluate: Evaluate): Evaluate {
  return (node, evaluation) => {
    try {
      return evaluate(node, evaluation);
    } catch {
      return [];
    }
  };
}

/** The paths of one expression ask in turn about the same node. */
function evaluatedOnce(evaluate: Evaluate): Evaluate {
  let last: { readonly node: Json; readonly evaluation: Evaluation; readonly found: readonly TypedValue[] } | undefined;
  return (node, evaluation) => {
    if (last?.node !== node || last.evaluation !== evaluation) {
      last = { node, evaluation, found: evaluate(node, evaluation) };
    }
    return last.found;
  };
}
