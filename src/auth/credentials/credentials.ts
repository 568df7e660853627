import type { Refusal } from '../../refusal/refusal.js';
import type { AuthOptions } from '../auth-options.js';
import { mistakenToken } from './mistaken-token.js';
import { cleaned, refusal } from '../refusals/token-refusal.js';
import { tokenSources } from '../refusals/token-sources.js';

/** Parts of a request that authentication reads; the same on every HTTP adapter. */
export interface CredentialSource {
  /** As Node received them: `headers` joins or drops repeated ones. */
  readonly rawHeaders: readonly string[];
  readonly url: string;
  readonly remoteAddress: string;
  readonly method: string;
}

export type Credentials =
  | { readonly kind: 'bearer'; readonly token: string }
  | { readonly kind: 'basic'; readonly user: string; readonly password: string }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

const refused = (found: Refusal): Credentials => ({ kind: 'refused', refusal: found });

/** Finds the one credential of a request (RFC 6750 section 2, RFC 9110 section 11); never repeats it in a text. */
export function readCredentials(source: CredentialSource, options: AuthOptions): Credentials {
  const headers = authorizationHeaders(source.rawHeaders);
  const inQuery = tokensInQuery(source.url);
  if (headers.length + inQuery > 1) return refused(several(headers.length, inQuery));
  if (inQuery === 1) return refused(tokenInQuery(options));
  const header = headers[0];
  if (header === undefined) {
    return refused(refusal('no-credentials', 'The request has no Authorization header.', sendBearer(options)));
  }
  return readHeader(header.trim(), options);
}

function authorizationHeaders(rawHeaders: readonly string[]): readonly string[] {
  const found: string[] = [];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]!;
    if (name.length === 13 && name.toLowerCase() === 'authorization') found.push(rawHeaders[at + 1] ?? '');
  }
  return found;
}

/** Counts `access_token` parameters, percent-encoded names included. */
function tokensInQuery(url: string): number {
  const start = url.indexOf('?');
  if (start === -1) return 0;
  const query = url.slice(start + 1);
  if (!query.includes('%') && !query.includes('access_token')) return 0;
  return new URLSearchParams(query).getAll('access_token').length;
}

function readHeader(header: string, options: AuthOptions): Credentials {
  const space = header.indexOf(' ');
  const scheme = space === -1 ? header : header.slice(0, space);
  const value = space === -1 ? '' : header.slice(space + 1).trim();
  switch (scheme.toLowerCase()) {
    case 'bearer':
      return readBearer(value, options);
    case 'basic':
      return options.basic ? readBasic(value, options) : refused(basicIsOff(options));
    default:
      return refused(space === -1 && looksLikeToken(header) ? schemeMissing : unknownScheme(scheme, options));
  }
}

/** A scheme is a short word. */
const looksLikeToken = (text: string): boolean => text.length >= 24 || text.startsWith('eyJ') || text.includes('.');

const schemeMissing = refusal(
  'scheme-unsupported',
  'The Authorization header holds a token without a scheme before it.',
  'Send Authorization: Bearer <token>, with the word Bearer and one space before the token.',
);

const unknownScheme = (scheme: string, options: AuthOptions): Refusal =>
  refusal(
    'scheme-unsupported',
    `The Authorization scheme '${cleaned(scheme)}' is not accepted here.`,
    sendBearer(options),
  );

function readBearer(token: string, options: AuthOptions): Credentials {
  if (token === '') {
    return refused(refusal('token-malformed', 'Authorization: Bearer is followed by no token.', sendBearer(options)));
  }
  const mistaken = mistakenToken(token, options);
  if (mistaken) return refused(mistaken);
  // A proxy or Node itself may have joined repeated headers with a comma, which no token contains.
  if (token.includes(',')) return refused(several(2, 0));
  if (token.includes(' ')) {
    return refused(
      refusal(
        'token-malformed',
        'The text after Bearer contains a space, so it is not one token.',
        'Send exactly one token after Bearer, without quotes, spaces or line breaks.',
      ),
    );
  }
  return { kind: 'bearer', token };
}

/** RFC 7617: base64 of `user:password` in UTF-8, without control characters. */
function readBasic(value: string, options: AuthOptions): Credentials {
  if (value.includes(',')) return refused(several(2, 0));
  const bytes = Buffer.from(value, 'base64');
  const text = bytes.toString('utf8');
  const colon = text.indexOf(':');
  const isExact = bytes.toString('base64').replace(/=+$/, '') === value.replace(/=+$/, '');
  if (!isExact || colon < 1 || /\p{Cc}/u.test(text)) {
    return refused(
      refusal(
        'login-failed',
        'The text after Basic is not the base64 form of user:password.',
        `Encode user:password as UTF-8 and base64 (RFC 7617), as curl -u does; or get a token: ${tokenSources(options)}`,
      ),
    );
  }
  return { kind: 'basic', user: text.slice(0, colon), password: text.slice(colon + 1) };
}

function basicIsOff(options: AuthOptions): Refusal {
  const setting = 'An administrator can allow HTTP Basic here with AUTH_BASIC=on.';
  return refusal(
    'scheme-unsupported',
    'HTTP Basic (user name and password) is not accepted on the FHIR base: AUTH_BASIC is off.',
    `${tokenSources(options)} Send the access_token of the answer as Authorization: Bearer <token>.` +
      (options.localIssuer === undefined ? '' : ` ${setting}`),
  );
}

const several = (headers: number, inQuery: number): Refusal =>
  refusal(
    'multiple-credentials',
    inQuery === 0
      ? 'The request carries more than one credential in its Authorization header.'
      : headers === 0
        ? 'The request repeats the access_token parameter in its URL.'
        : 'The request carries an Authorization header and an access_token in its URL.',
    'Send exactly one Authorization header with one token, and no access_token in the URL (RFC 6750 section 2).',
  );

const tokenInQuery = (options: AuthOptions): Refusal =>
  refusal(
    'token-in-query',
    'The token is in the URL (access_token), where logs and histories keep it; there it never authenticates.',
    `Send it in a header: Authorization: Bearer <token>. Treat this token as disclosed and get a new one: ${tokenSources(options)}`,
  );

const sendBearer = (options: AuthOptions): string =>
  `Send Authorization: Bearer <access token>. To get one: ${tokenSources(options)}`;
