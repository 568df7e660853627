import type { PageFailure } from './error-page.js';

type Words = Pick<PageFailure, 'title' | 'fact' | 'cure'>;

const appIsWrong = 'Tell those who run the app what stands below. You cannot put this right yourself.';

const words: Readonly<Record<string, Words>> = {
  invalid_client: {
    title: 'This app is not known here',
    fact: 'The app that sent you here is not registered at this server, or its registration has ended.',
    cure: appIsWrong,
  },
  invalid_redirect_uri: {
    title: 'The app is set up differently',
    fact: 'The app wants you to come back to an address that is not registered for it. So that nobody else gets your data, this ends here.',
    cure: appIsWrong,
  },
  invalid_request: {
    title: 'The app made a mistake',
    fact: 'The request that the app sent you with is incomplete or wrong.',
    cure: appIsWrong,
  },
  server_error: {
    title: 'Something went wrong',
    fact: 'The server failed to answer. Nothing was given to the app.',
    cure: 'Try again from the app. If it happens again, tell the operator of this server the request number below.',
  },
};

const others: Words = {
  title: 'This login cannot go on',
  fact: 'The app and this server could not agree. Nothing was given to the app.',
  cure: 'Go back to the app and start again. If it happens again, tell those who run the app what stands below.',
};

/** Explains an error of the authorization request to the person who was sent here. */
export const requestFault = (error: string): Words => words[error] ?? others;
