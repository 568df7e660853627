import type { StepUpAnswer, StepUpQuestion } from '../../auth/step-up.js';
import { Refused } from '../../refusal/refusal.js';
import type { ErrorAnswer } from './answer/error-answer.js';
import type { FhirRequest } from './fhir-request.js';

/** Returns the scopes to ask for, for a user's app of our own issuer; undefined if another token would not help. */
export function stepUpQuestion(error: unknown, { decision }: FhirRequest): StepUpQuestion | undefined {
  const principal = decision?.principal;
  if (!(error instanceof Refused) || error.status !== 403 || principal?.clientId === undefined) return undefined;
  if (!principal.local || principal.kind !== 'user') return undefined;
  // A reason that no scope cures would stand after the new token, too.
  if (!error.refusals.every(({ scopes }) => scopes !== undefined)) return undefined;
  const missing = [...new Set(error.refusals.flatMap(({ scopes = [] }) => scopes))];
  return { clientId: principal.clientId, subject: principal.subject, granted: principal.scopes, missing };
}

/** Browsers and proxies take headers of some kilobytes; the body has the URL whatever its length. */
const longestLink = 1_500;

export const stepUpExtension = (fhirBase: string): string => `${fhirBase}/StructureDefinition/step-up`;

/** The answer with the URL in its first issue and, while it is short, in a `Link` header; or with what stands in the way of one. */
export function withStepUp(answer: ErrorAnswer, found: StepUpAnswer, fhirBase: string): ErrorAnswer {
  const [first, ...others] = answer.outcome.issue;
  if (!first) return answer;
  if ('lacking' in found) {
    const diagnostics = `${first.diagnostics} The account of the user does not have ${found.lacking.join(', ')}: an administrator has to grant it first.`;
    return { ...answer, outcome: { ...answer.outcome, issue: [{ ...first, diagnostics }, ...others] } };
  }
  const { url } = found;
  const diagnostics = `${first.diagnostics} Or send the user to the URL in the extension step-up, with state and code_challenge (S256) of your own added.`;
  const extension = [{ url: stepUpExtension(fhirBase), valueUrl: url }];
  const outcome = { ...answer.outcome, issue: [{ ...first, extension, diagnostics }, ...others] };
  const link = { link: `<${url}>; rel="${stepUpExtension(fhirBase)}"` };
  return { ...answer, outcome, headers: { ...answer.headers, ...(url.length <= longestLink && link) } };
}
