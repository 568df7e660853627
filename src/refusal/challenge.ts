import { type ReasonCode, reasons } from './reasons.js';
import type { Refusal } from './refusal.js';

/** Public addresses that refusals point to. */
export interface RefusalLinks {
  /** FHIR base URL without trailing slash. */
  readonly fhirBase: string;
  /** The RFC 9728 document of this resource server. */
  readonly resourceMetadataUrl: string;
  /** The page of reasons and cures, such as `https://host/docs/access`. */
  readonly docsUrl: string;
}

/** RFC 6750 3.1: without a usable credential the challenge says nothing about an error. */
const beforeAnyToken: ReadonlySet<ReasonCode> = new Set([
  'no-credentials',
  'scheme-unsupported',
  'token-in-query',
  'login-failed',
  'second-factor-needed',
  'refresh-token-invalid',
  'registration-token-invalid',
]);
const errorOfStatus: Readonly<Record<number, string>> = {
  400: 'invalid_request',
  401: 'invalid_token',
  403: 'insufficient_scope',
};
const longestDescription = 800;
const longestScope = 2_400;

/** The value of `WWW-Authenticate` (RFC 6750 3, RFC 9728 5.1); undefined for answers that no credential would change. */
export function challenge(status: number, refusals: readonly Refusal[], links: RefusalLinks): string | undefined {
  const error = errorOfStatus[status];
  if (error === undefined) return undefined;
  const hasToken = refusals.some(({ code }) => !beforeAnyToken.has(code));
  const parameters = [
    ['realm', 'fhir'],
    ...(hasToken
      ? [
          ['error', error],
          ['error_description', descriptionOf(refusals)],
        ]
      : []),
    ['scope', scopesOf(refusals)],
    ...(hasToken ? [['error_uri', `${links.docsUrl}#${refusals[0]?.code ?? ''}`]] : []),
    ['resource_metadata', links.resourceMetadataUrl],
  ] as const;
  const written = parameters.filter(([, value]) => value !== '').map(([name, value]) => `${name}="${quotable(value)}"`);
  return `Bearer ${written.join(', ')}`;
}

/** RFC 7617 section 2.1; a header of its own, since browsers read one challenge in each. */
export const basicChallenge = 'Basic realm="fhir", charset="UTF-8"';

/** Codes and titles of the vocabulary only: nothing of a token or a request reaches the header. */
function descriptionOf(refusals: readonly Refusal[]): string {
  const texts = [...new Set(refusals.map(({ code }) => code))].map((code) => `${code}: ${reasons[code].title}`);
  return fitting(texts, '; ', longestDescription);
}

function scopesOf(refusals: readonly Refusal[]): string {
  const scopes = new Set(refusals.flatMap((refusal) => refusal.scopes ?? []));
  // RFC 6749 3.3: a scope is visible ASCII without quote and backslash.
  return fitting(
    [...scopes].filter((scope) => /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(scope)),
    ' ',
    longestScope,
  );
}

/** As many whole texts as fit. */
function fitting(texts: readonly string[], separator: string, longest: number): string {
  let joined = '';
  for (const text of texts) {
    const next = joined === '' ? text : joined + separator + text;
    if (next.length > longest) break;
    joined = next;
  }
  return joined;
}

const quotable = (text: string): string => text.replace(/[^\x20\x21\x23-\x5b\x5d-\x7e]/g, '?');
