import { createContext, Script } from 'node:vm';

/** Milliseconds that one evaluation of an expression of others may take, unless the caller says. */
const usualTime = 40;
const context = createContext({ work: undefined as (() => unknown) | undefined });
const script = new Script('work()');

/** Returns what the work returns; throws ERR_SCRIPT_EXECUTION_TIMEOUT when it takes too long. It must not wait. */
export function inTime<T>(work: () => T, milliseconds = usualTime): T {
  const outer: unknown = context['work'];
  context['work'] = work;
  try {
    return script.runInContext(context, { timeout: milliseconds }) as T;
  } finally {
    context['work'] = outer;
  }
}

/** Functions that look at each item, and at an argument for each. */
const iterating = /(?:where|select|all|exists|any|subsetOf|supersetOf|intersect|exclude|descendants|children)$/;
/** Recursion takes as long as it pleases. */
const recursive = /\b(?:repeat|aggregate)\s*\(/;
/** A repetition in a repetition, in a regular expression. */
const nestedRepetition = /\)[*+{]/;
const literal = /'(?:[^'\\]|\\.)*'/g;

/** Depth of loops in loops of an expression: it takes as many times the number of elements. Infinite where nobody can say. */
export function loopsOf(expression: string): number {
  const plain = expression.replaceAll(literal, "''");
  const texts = expression.match(literal) ?? [];
  if (expression.length > 5000 || recursive.test(plain) || texts.some((text) => nestedRepetition.test(text))) {
    return Number.POSITIVE_INFINITY;
  }
  const open: boolean[] = [];
  let deepest = 0;
  for (let at = 0; at < plain.length; at++) {
    if (plain[at] === '(') {
      open.push(plain[at + 1] !== ')' && iterating.test(plain.slice(Math.max(0, at - 20), at)));
      deepest = Math.max(deepest, open.filter(Boolean).length);
    } else if (plain[at] === ')') open.pop();
  }
  return deepest;
}
