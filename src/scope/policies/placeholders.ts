import type { Principal } from '../../auth/principal.js';
import type { Outcome } from '../grammar/scope-constraints.js';
import { escapeValue } from './policy.js';

const placeholder = /\{\{([^{}]*)\}\}/g;
const known = /^(?:patient|fhirUser|user\.[A-Za-z0-9_:./-]{1,100})$/;

/** Returns what is wrong with the placeholders of an expression for any caller. */
export function placeholderProblem(expression: string): string | undefined {
  const wrong = Array.from(expression.matchAll(placeholder), ([, name = '']) => name).find((name) => !known.test(name));
  if (wrong !== undefined)
    return `{{${wrong}}} is no placeholder. There are {{patient}}, {{fhirUser}} and {{user.<claim>}}.`;
  const outsideValues = expression.split('&').some((pair) => pair.split('=', 1)[0]!.includes('{{'));
  if (outsideValues) return 'a placeholder stands in a value, behind the =.';
  return /\{\{|\}\}/.test(expression.replaceAll(placeholder, '')) ? 'a placeholder is written {{patient}}.' : undefined;
}

/** Puts what is known of the caller in place, escaped, so that it is one value and nothing else; a list is an OR of its items. */
export function fillPlaceholders(expression: string, principal: Principal): Outcome<string> {
  const missing: string[] = [];
  const filled = expression.replaceAll(placeholder, (_whole, name: string) => {
    const values = valuesOf(name, principal);
    if (values.length === 0) missing.push(name);
    return values.map(escapeValue).join(',');
  });
  const [first] = missing;
  return first === undefined ? { ok: filled } : { why: `the token has no ${describe(first)}` };
}

/** True for a claim whose value a policy can put in place. */
export const isPlainClaim = (value: unknown): boolean => textsOf(value).length > 0;

/** Names of the claims that an expression puts in place. */
export const claimsIn = (expression: string): readonly string[] =>
  Array.from(expression.matchAll(placeholder), ([, name = '']) => name)
    .filter((name) => name.startsWith('user.'))
    .map((name) => name.slice('user.'.length));

/** Sample values of a caller: an expression is sound if one of them fits. */
export const samples = ['x', '2024-01-01', '1', 'Patient/x', 'http://x.example/x'];

/** The expression with stand-ins for what a caller may bring, to try it. */
export const samplesOf = (expression: string): readonly string[] =>
  hasPlaceholder(expression) ? samples.map((sample) => fillWith(expression, sample)) : [expression];

export const hasPlaceholder = (expression: string): boolean => expression.search(placeholder) !== -1;

const fillWith = (expression: string, sample: string): string =>
  expression.replaceAll(placeholder, (_whole, name: string) =>
    escapeValue(name === 'fhirUser' ? 'Practitioner/x' : name === 'patient' ? 'x' : sample),
  );

function valuesOf(name: string, { patient, fhirUser, claims }: Principal): readonly string[] {
  if (name === 'patient') return patient === undefined ? [] : [patient];
  if (name === 'fhirUser') return fhirUser ? [`${fhirUser.type}/${fhirUser.id}`] : [];
  const claim = name.slice('user.'.length);
  return textsOf(Object.hasOwn(claims, claim) ? claims[claim] : undefined);
}

/** Anything else than texts and numbers counts as missing. */
function textsOf(value: unknown): readonly string[] {
  const items: readonly unknown[] = Array.isArray(value) ? value : [value];
  const texts = items.map((item) => (typeof item === 'number' || typeof item === 'boolean' ? String(item) : item));
  return texts.every((item) => typeof item === 'string' && item !== '' && !/\p{Cc}/u.test(item))
    ? (texts as readonly string[])
    : [];
}

const describe = (name: string): string =>
  name === 'patient'
    ? 'patient'
    : name === 'fhirUser'
      ? 'FHIR user of this server'
      : `claim ${name.slice('user.'.length)}`;
