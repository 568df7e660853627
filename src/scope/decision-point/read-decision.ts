import { FhirError } from '../../r4/errors/fhir-error.js';
import { readMaskPath } from '../../r4/model/mask-path.js';
import type { AccessDecision, AccessQuery } from '../policies/policy.js';
import type { PolicyExpressions } from '../policies/policy-expressions.js';

const longestSentence = 300;

type Reading = Pick<PolicyExpressions, 'parse'>;

/** Reads one answer of a decision point; throws for what is none, since nothing of it may be skipped. */
export function readDecision(answer: AccessDecision, query: AccessQuery, expressions: Reading): AccessDecision {
  switch (answer.verdict) {
    case 'abstain':
      return { verdict: 'abstain' };
    case 'deny': {
      const { code, text, cure } = answer;
      const denied = { verdict: 'deny', code: sentence(code), text: sentence(text) } as const;
      return cure === undefined ? denied : { ...denied, cure: sentence(cure) };
    }
    case 'constrain': {
      const { expression, because } = answer;
      requireReadable(expression, query, expressions);
      return { verdict: 'constrain', expression, because: sentence(because) };
    }
    case 'mask': {
      const { elements, because } = answer;
      if (!Array.isArray(elements) || elements.length === 0) throw new Error('a mask names no elements');
      elements.forEach(requireMaskable);
      return { verdict: 'mask', elements: [...elements], because: sentence(because) };
    }
    default:
      throw new Error(`the decision about ${query.type} has no verdict that there is`);
  }
}

function sentence(text: unknown): string {
  if (typeof text !== 'string' || text === '') throw new Error('a decision lacks its reason');
  return text.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, ' ').slice(0, longestSentence);
}

function requireReadable(expression: unknown, { type }: AccessQuery, expressions: Reading): void {
  if (typeof expression !== 'string') throw new Error('a constraint has no expression');
  try {
    const read = expressions.parse(type, expression);
    if ('why' in read) throw new Error(`a constraint on ${type} is no search expression: ${read.why}`);
  } catch (error) {
    // It may be read later, while an index is being built; until then what it limits is refused.
    if (!(error instanceof FhirError)) throw error;
  }
}

function requireMaskable(path: unknown): void {
  const read = typeof path === 'string' ? readMaskPath(path) : { why: 'it is no text' };
  if ('why' in read) throw new Error(`a mask names what cannot be masked: ${read.why}`);
}
