import type { Refusal } from '../../refusal/refusal.js';
import type { SignatureAlgorithm } from './signature-algorithms.js';
import { cleaned, refusal, unverified } from '../refusals/token-refusal.js';
import { misfit, type VerificationKey } from './verification-keys.js';

/** Facts about the key in the header of a token. */
export interface KeyHint {
  readonly kid?: string;
  readonly algorithm: SignatureAlgorithm;
}

export type KeyChoice =
  | { readonly keys: readonly [VerificationKey, ...VerificationKey[]] }
  | { readonly refusal: Refusal; readonly retryAfterSeconds?: number };

/** Keys worth trying for a token; undefined when the set has none that could be meant (RFC 7517, section 4). */
export function chooseKeys(
  published: readonly VerificationKey[],
  { kid, algorithm }: KeyHint,
  issuer: string,
): KeyChoice | undefined {
  if (kid === undefined) {
    const [first, ...others] = published.filter((key) => misfit(key, algorithm) === undefined);
    return first && { keys: [first, ...others] };
  }
  const named = published.filter((key) => key.kid === kid);
  const only = named[0];
  if (!only) return undefined;
  if (named.length > 1) return { refusal: ambiguousKid(kid, issuer) };
  const problem = misfit(only, algorithm);
  return problem === undefined ? { keys: [only] } : { refusal: mismatch(kid, algorithm, problem) };
}

const ambiguousKid = (kid: string, issuer: string): Refusal =>
  refusal(
    'kid-ambiguous',
    `Issuer '${cleaned(issuer)}' publishes several keys with kid ${unverified(kid)}.`,
    'The authorization server has to give each key of its JWKS a kid of its own.',
  );

const mismatch = (kid: string, algorithm: string, problem: string): Refusal =>
  refusal(
    'alg-key-mismatch',
    `The token is signed with ${algorithm}, which does not fit key ${unverified(kid)}: ${problem}.`,
    'Have the token signed with the algorithm and kid of one published key; RSA keys need 2048 bits or more.',
  );

export const unknownKid = (kid: string | undefined, issuer: string): Refusal =>
  kid === undefined
    ? refusal(
        'kid-unknown',
        `The token names no key (kid), and issuer '${cleaned(issuer)}' publishes none that fits its algorithm.`,
        'Send a token signed with a key of the JWKS of its issuer, and name that key by kid.',
      )
    : refusal(
        'kid-unknown',
        `Issuer '${cleaned(issuer)}' publishes no key with kid ${unverified(kid)}; its keys were just looked up.`,
        'Get a new token: the key may be retired. If it stays so, compare "jwksUri" of this issuer in TRUSTED_ISSUERS ' +
          'with the jwks_uri of its discovery document.',
      );

export const keysUnavailable = (issuer: string, cause: string, retryAfterSeconds: number): KeyChoice => ({
  refusal: refusal(
    'keys-unavailable',
    `The keys of issuer '${cleaned(issuer)}' cannot be had right now: ${cause}.`,
    `The token may well be good: repeat the request in ${retryAfterSeconds} s. If it lasts, an administrator checks that ` +
      'this server reaches the issuer, and its "issuer" and "jwksUri" in TRUSTED_ISSUERS.',
  ),
  retryAfterSeconds,
});
