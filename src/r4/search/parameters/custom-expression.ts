import { compilePath } from '../path/compile-path.js';
import { parsePath } from '../path/parse-path.js';
import { BeyondSubset, type PathExpression, TooCostlyPath } from '../path/path-expression.js';
import type { TypedPath } from '../path/typed-path.js';

const longest = 2_000;
const deepest = 20;
/** Compiling takes so many steps and no more, so what it makes of each node of a resource is bounded too. */
const mostSteps = 5_000;

/**
 * The paths of an expression that somebody stored: only what we compile, since the full engine has functions without a
 * bound (regular expressions, recursion). A text says what is wrong.
 */
export function compileCustom(
  expression: string,
  type: string,
  resourceType: string = type,
): readonly TypedPath[] | string {
  if (expression.length > longest) return `is longer than ${longest} characters`;
  if (/[([]/.test(expression) && nesting(expression) > deepest) return `is nested deeper than ${deepest} levels`;
  try {
    const parsed = parsePath(expression);
    if (looksBack(parsed, false)) return 'names %resource inside of where()';
    return compilePath(parsed, { type, resourceType, budget: { left: mostSteps } });
  } catch (error) {
    if (error instanceof BeyondSubset) return `cannot be read for ${type}: ${error.message.replace(/\.$/, '')}`;
    if (error instanceof TooCostlyPath) return `is too costly: ${error.message}`;
    throw error;
  }
}

function nesting(expression: string): number {
  let depth = 0;
  let most = 0;
  for (const character of expression) {
    if (character === '(' || character === '[') most = Math.max(most, ++depth);
    if (character === ')' || character === ']') depth--;
  }
  return most;
}

/** A criterion that starts again at the resource would multiply the work by its size. */
function looksBack(expression: PathExpression, isCriterion: boolean): boolean {
  if (expression.kind === 'resource') return isCriterion;
  const inside = isCriterion || expression.kind === 'call';
  return partsOf(expression).some(({ part, isParameter }) => looksBack(part, isParameter ? inside : isCriterion));
}

interface Part {
  readonly part: PathExpression;
  readonly isParameter: boolean;
}

function partsOf(expression: PathExpression): readonly Part[] {
  const parts = 'left' in expression ? [expression.left, expression.right] : 'of' in expression ? [expression.of] : [];
  const parameters = expression.kind === 'call' ? expression.parameters : [];
  return [
    ...parts.map((part) => ({ part, isParameter: false })),
    ...parameters.map((part) => ({ part, isParameter: true })),
  ];
}
