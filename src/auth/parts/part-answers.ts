import type { ReasonCode } from '../../refusal/reasons.js';
import type { Refusal } from '../../refusal/refusal.js';
import { cleaned, refusal } from '../refusals/token-refusal.js';

export const partRetrySeconds = 5;

/** Characters of a sentence that a part writes for callers. */
export const longestSentence = 300;

/** Refusal where a part of the application is needed and does not answer. */
export const unavailable = (code: ReasonCode, cause: string): Refusal =>
  refusal(
    code,
    `The token cannot be judged right now: ${cleaned(cause, longestSentence)}.`,
    `The token may well be good: repeat the request in ${partRetrySeconds} s. If it lasts, the operator finds the cause in the log.`,
  );
