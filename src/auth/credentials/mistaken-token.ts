import type { Refusal } from '../../refusal/refusal.js';
import type { AuthOptions } from '../auth-options.js';
import { isRefreshToken } from '../login/session-tokens.js';
import { refusal } from '../refusals/token-refusal.js';
import { tokenSources } from '../refusals/token-sources.js';

/** Refusal for a value after Bearer that is no access token, if it shows the mistake; the value is never repeated. */
export function mistakenToken(value: string, options: AuthOptions): Refusal | undefined {
  if (isRefreshToken(value)) return refreshToken(options);
  if (/^<[\w ./-]+>$|^\$\{?\w+\}?$|^(?:null|undefined|none|nil|token|access_token)$/i.test(value))
    return noValue(options);
  if (/^[{[<]/.test(value)) return documentInstead(value);
  return /^["'].*["']$/.test(value) ? quoted : undefined;
}

const refreshToken = ({ resource, loginUrl, localIssuer }: AuthOptions): Refusal =>
  refusal(
    'typ-not-access-token',
    'The token is a refresh token of this server, not an access token.',
    loginUrl === undefined
      ? `Send the access_token of the token response. A refresh token only gets a new one${localIssuer === undefined ? '' : `, at ${localIssuer}/token`}.`
      : `Send the access_token of the answer of ${loginUrl}. To get a new one with the refresh token: POST ${resource}/refresh ` +
          'with Content-Type: application/json and {"refresh_token": "…"}. A refresh token that others may have seen is revoked by ' +
          `POST ${resource}/logout, with the same body.`,
  );

const noValue = (options: AuthOptions): Refusal =>
  refusal(
    'token-malformed',
    'The text after Bearer stands for a token and is none: a variable that was not filled in, or had no access_token to be filled with.',
    `Look at what the request for the token answered: it probably failed. ${tokenSources(options)}`,
  );

function documentInstead(value: string): Refusal {
  const kind = value.startsWith('<') ? 'an HTML or XML document' : 'a JSON document';
  if (value.includes('access_token')) {
    return refusal(
      'token-malformed',
      `The text after Bearer is ${kind}: the whole answer of a token request.`,
      'Send only the text of its access_token, without quotes: with jq, TOKEN=$(… | jq -r .access_token).',
    );
  }
  const what = value.includes('OperationOutcome') ? ', an OperationOutcome' : /"error"/.test(value) ? ', an error' : '';
  return refusal(
    'token-malformed',
    `The text after Bearer is ${kind}${what}, and no token: the request for a token before this one failed.`,
    'Cure what that answer says (print it: echo "$TOKEN"), then send the text of the access_token that you get alone.',
  );
}

const quoted = refusal(
  'token-malformed',
  'The token after Bearer stands in quotes.',
  'Send it without: with jq, take -r (jq -r .access_token).',
);
