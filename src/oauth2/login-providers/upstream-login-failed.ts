import { PageRefused } from '../pages/page-refused.js';
import type { Saying } from '../words/languages.js';

/** A login at an upstream provider came to nothing. The text is for the user in front of the browser. */
export class UpstreamLoginFailed extends PageRefused {
  constructor(fact: Saying, cure: Saying, status: 400 | 403 | 404 | 503 = 400) {
    super(status, (words) => [words.upstream.title, fact(words), cure(words)]);
  }
}

const startAgain: Saying = ({ upstream }) => upstream.startAgain;

export const unknownProvider = (): UpstreamLoginFailed =>
  new UpstreamLoginFailed(({ upstream }) => upstream.unknownProvider, startAgain, 404);

/** One text for a state that is unknown, used, expired, of another provider or of another browser: a guesser learns nothing. */
export const attemptUnknown = (): UpstreamLoginFailed =>
  new UpstreamLoginFailed(({ upstream }) => upstream.attemptUnknown, startAgain);

export const providerAway = (name: string): UpstreamLoginFailed =>
  new UpstreamLoginFailed(
    ({ upstream }) => upstream.away(name),
    ({ upstream }) => upstream.awayCure,
    503,
  );

export const providerRefused = (name: string, error: string): UpstreamLoginFailed =>
  new UpstreamLoginFailed(
    ({ upstream }) => upstream.refused(name, error),
    ({ upstream }) => upstream.refusedCure,
    403,
  );

export const answerInvalid = (name: string): UpstreamLoginFailed =>
  new UpstreamLoginFailed(
    ({ upstream }) => upstream.invalid(name),
    ({ upstream }) => upstream.invalidCure,
  );
