import type { Explained, Words } from '../words/en.js';

const failures = {
  invalid_client: 'clientUnknown',
  invalid_redirect_uri: 'redirectUnknown',
  invalid_request: 'requestWrong',
  server_error: 'broken',
} as const;

/** Explains an error of the authorization request to the person who was sent here. */
export const requestFault =
  (error: string) =>
  ({ failures: words }: Words): Explained =>
    words[Object.hasOwn(failures, error) ? failures[error as keyof typeof failures] : 'disagreed'];
