import { CannotExpand } from '../cannot-expand.js';
import { InvalidExpression, parseExpression } from './parse-expression.js';
import type { Steps } from './expression-matcher.js';

const longestExpression = 200;

/** Attempts to match a part of the expression at a place of a text, for all texts together. */
const mostSteps = 200_000;

/**
 * Returns true for each text that the regular expression describes as a whole. The expression comes from a ValueSet
 * that a client stored, so it is matched without backtracking, in a bounded number of steps.
 */
export function matchExpression(pattern: string, texts: readonly string[]): readonly boolean[] {
  const quoted = `The regular expression "${pattern.slice(0, longestExpression)}"`;
  if (pattern.length > longestExpression) {
    throw new CannotExpand(`${quoted}… is longer than ${longestExpression} characters.`);
  }
  const steps: Steps = {
    left: mostSteps,
    exhausted: () => new CannotExpand(`${quoted} takes more than ${mostSteps} steps.`),
  };
  try {
    const match = parseExpression(pattern);
    return texts.map((text) => {
      const characters = Array.from(text);
      return match(characters, new Set([0]), steps).has(characters.length);
    });
  } catch (error) {
    if (!(error instanceof InvalidExpression)) throw error;
    throw new CannotExpand(`${quoted} cannot be read: ${error.message}.`);
  }
}
