import { PageRefused } from '../pages/page-refused.js';

/** A login at an upstream provider came to nothing. The text is for the user in front of the browser. */
export class UpstreamLoginFailed extends PageRefused {
  constructor(fact: string, cure: string, status: 400 | 403 | 404 | 503 = 400) {
    super(status, { title: 'The login did not work', fact, cure });
  }
}

const startAgain = 'Go back to the login page and start again.';

export const unknownProvider = (): UpstreamLoginFailed =>
  new UpstreamLoginFailed('There is no login provider at this address.', startAgain, 404);

/** One text for a state that is unknown, used, expired, of another provider or of another browser: a guesser learns nothing. */
export const attemptUnknown = (): UpstreamLoginFailed =>
  new UpstreamLoginFailed(
    'This login is not known here: it was completed already, took longer than ten minutes, or was begun in another browser.',
    startAgain,
  );

export const providerAway = (name: string): UpstreamLoginFailed =>
  new UpstreamLoginFailed(
    `${name} does not answer as an OpenID provider right now.`,
    'Try again in a minute. If it lasts, tell the administrator of this server; its log has the reason.',
    503,
  );

export const providerRefused = (name: string, error: string): UpstreamLoginFailed =>
  new UpstreamLoginFailed(`${name} did not log you in (${error}).`, 'Try again, or log in another way.', 403);

export const answerInvalid = (name: string): UpstreamLoginFailed =>
  new UpstreamLoginFailed(
    `What ${name} answered does not prove who you are, so it does not count.`,
    `${startAgain} If it happens each time, tell the administrator of this server; its log has the reason.`,
  );
