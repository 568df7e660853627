import { HttpException } from '@nestjs/common';
import { basicChallenge, type RefusalLinks } from '../../../refusal/challenge.js';
import { Refused } from '../../../refusal/refusal.js';
import { answerOf } from '../../../refusal/refused-answer.js';
import { FhirError, type Issue } from '../../../r4/errors/fhir-error.js';
import type { FhirOptions } from '../../fhir-options.js';
import { type OperationOutcome, operationOutcome } from '../../../r4/errors/operation-outcome.js';

/** Answer to an error of any kind: never a stack, SQL, or a framework page. */
export interface ErrorAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly outcome: OperationOutcome;
  /** True when the error is a defect of ours: it is logged whole. */
  readonly unexpected: boolean;
}

export function errorAnswer(error: unknown, options: FhirOptions): ErrorAnswer {
  if (error instanceof Refused) return refusedAnswer(error, options);
  if (error instanceof FhirError) {
    const { status, headers, issues } = error;
    return { status, headers, outcome: operationOutcome(issues), unexpected: false };
  }
  const status = statusOf(error);
  if (status < 500) return { status, headers: {}, outcome: operationOutcome([issueOf(status)]), unexpected: false };
  const issue = {
    code: 'exception',
    diagnostics: 'The server failed to answer this request. Its log has the X-Request-Id.',
  };
  return { status: 500, headers: {}, outcome: operationOutcome([issue]), unexpected: true };
}

/** With `AUTH_BASIC` the challenge offers that, too. */
function refusedAnswer(error: Refused, options: FhirOptions): ErrorAnswer {
  const { status, headers, outcome } = answerOf(error, linksOf(options));
  const bearer = headers['www-authenticate'];
  const offersBasic = options.basic && status === 401 && bearer !== undefined;
  const both = offersBasic ? { ...headers, 'www-authenticate': [bearer, basicChallenge] } : headers;
  return { status, headers: both, outcome, unexpected: false };
}

export const linksOf = ({ base, docsUrl, resourceMetadataUrl }: FhirOptions): RefusalLinks => ({
  fhirBase: base,
  docsUrl,
  resourceMetadataUrl,
});

/** Nest's and Fastify's own errors carry a status; their texts are not shown. */
function statusOf(error: unknown): number {
  if (error instanceof HttpException) return error.getStatus();
  const status = (error as { statusCode?: unknown }).statusCode;
  return typeof status === 'number' && status >= 400 ? status : 500;
}

const facts: Readonly<Record<number, Issue>> = {
  404: { code: 'not-found', diagnostics: 'Nothing is at this address. The FHIR API is listed at metadata.' },
  405: { code: 'not-supported', diagnostics: 'This method is not offered here.' },
  413: { code: 'too-long', diagnostics: 'The body is too large.' },
  414: { code: 'too-long', diagnostics: 'The URL is too long.' },
  415: { code: 'not-supported', diagnostics: 'Send a body with Content-Type: application/fhir+json.' },
  429: { code: 'throttled', diagnostics: 'Too many requests. Wait, then repeat.' },
};

const issueOf = (status: number): Issue =>
  facts[status] ?? { code: 'invalid', diagnostics: 'The request is not well-formed HTTP for this address.' };
