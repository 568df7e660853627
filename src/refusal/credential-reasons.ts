import { reason, type Reason, unauthenticated } from './reason.js';

/** Faults in how credentials are sent, before any look at a token. */
export const credentialReasons = {
  'no-credentials': unauthenticated(
    'The request carries no credentials',
    'Everything but the public documents needs an access token, and this request has no Authorization header.',
    'Get an access token and send it as "Authorization: Bearer <token>".',
  ),
  'scheme-unsupported': unauthenticated(
    'The Authorization scheme is not accepted here',
    'The Authorization header uses a scheme other than Bearer. HTTP Basic works on FHIR addresses only where the operator switched it on (AUTH_BASIC).',
    'Exchange user name and password for a token at the login address, then send the token as Bearer.',
  ),
  'multiple-credentials': reason(400, 'invalid', [
    'More than one credential was sent',
    'The request has two Authorization headers, or a token in the header and another in the URL. Which one counts would be a guess.',
    'Send exactly one Authorization header, and no token anywhere else.',
  ]),
  'tls-required': reason(400, 'invalid', [
    'Credentials came over an unencrypted connection',
    'The public address of this server is https, and the trusted proxy in front of it says that this request came over http. Whoever was on the way could read the credential.',
    'Use the https address. Treat what was sent as leaked: revoke the token, change the password.',
  ]),
  'token-in-query': unauthenticated(
    'A token in the URL never authenticates',
    'URLs end up in logs, histories and Referer headers, so a token in the query is not read.',
    'Send the token in the Authorization header. Treat the token in the URL as leaked and revoke it.',
  ),
  'token-malformed': unauthenticated(
    'The token is not a well-formed JWT',
    'A JWT has three base64url parts separated by dots, the first two of them JSON objects. This token does not.',
    'Copy the whole value of access_token, without quotes, line breaks or blanks.',
  ),
  'token-too-large': unauthenticated(
    'The token is too large',
    'Tokens are limited to 8 KiB; larger ones are refused unread.',
    'Ask the authorization server for fewer scopes, or to leave groups and roles out of access tokens.',
  ),
  'token-opaque-unsupported': unauthenticated(
    'The token is opaque and no introspection is configured',
    'The token is no JWT, so only the server that issued it knows what it means, and this server has not been told to ask.',
    'Request a JWT: most authorization servers issue one when the request names this server as audience or resource.',
  ),
  'token-encrypted': unauthenticated(
    'The token is encrypted',
    'A token of five parts is a JWE. Nobody but the holder of the key can read it.',
    'Have the authorization server issue signed tokens (JWS) for this server.',
  ),
} as const satisfies Record<string, Reason>;
