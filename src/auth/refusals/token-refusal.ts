import { withoutCredentials } from '../../observability/without-credentials.js';
import type { ReasonCode } from '../../refusal/reasons.js';
import type { Refusal } from '../../refusal/refusal.js';

const longestShown = 120;
const unsafe = /[\p{C}\p{Zl}\p{Zp}'"`\\<>]/gu;

export const refusal = (code: ReasonCode, fact: string, cure: string): Refusal => ({ code, fact, cure });

/** Shows text from a token in a sentence: no credential, control characters, quotes or backslashes, and not long (docs/adr/0005). */
export function cleaned(text: string, longest = longestShown): string {
  const safe = withoutCredentials(text.slice(0, 4 * longest)).replace(unsafe, '');
  return safe.length > longest ? `${safe.slice(0, longest)}…` : safe;
}

/** Like {@link cleaned}, quoted and marked as an unverified claim. */
export const unverified = (value: unknown): string =>
  typeof value === 'string' ? `'${cleaned(value)}' (unverified)` : describeForm(value);

export function describeForm(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
