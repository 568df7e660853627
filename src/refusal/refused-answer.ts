import type { OperationOutcome } from '../r4/errors/operation-outcome.js';
import { challenge, type RefusalLinks } from './challenge.js';
import type { Refused } from './refusal.js';
import { refusalOutcome } from './refusal-outcome.js';

export interface RefusedAnswer {
  readonly status: number;
  /** Names in lower case; content type and request id are set by the caller of this function. */
  readonly headers: Readonly<Record<string, string>>;
  readonly outcome: OperationOutcome;
}

/** The whole HTTP answer to a refused request, whatever platform sends it. */
export function answerOf(refused: Refused, links: RefusalLinks): RefusedAnswer {
  const header = challenge(refused.status, refused.refusals, links);
  return {
    status: refused.status,
    headers: {
      ...refused.headers,
      'cache-control': 'no-store',
      ...(header !== undefined && { 'www-authenticate': header }),
    },
    outcome: refusalOutcome(refused.refusals, links.fhirBase),
  };
}
