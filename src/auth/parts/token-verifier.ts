import type { TrustedIssuer } from '../../config/foreign/trusted-issuer.js';

/** Injection token of the {@link TokenVerifier} of an application; none is needed. */
export const TOKEN_VERIFIER = Symbol('TOKEN_VERIFIER');

/** The FHIR base of the server, and the issuers of TRUSTED_ISSUERS: their tokens count for that base. */
export interface Trust {
  /** The FHIR base URL without trailing slash: the audience of tokens for this server. */
  readonly resource: string;
  readonly issuers: readonly TrustedIssuer[];
}

/** Answer of a {@link TokenVerifier} about one token. */
export type TokenFinding =
  /** Another format: the server goes on as if there were no verifier. */
  | { readonly kind: 'not-mine' }
  | AcceptedToken
  /** Sentences for the caller, 300 characters each at most. */
  | { readonly kind: 'refused'; readonly fact: string; readonly cure: string }
  /** Nobody knows now: 503. `cause` is told to the caller. */
  | { readonly kind: 'unavailable'; readonly cause: string };

/** Verified claims of a token. */
export interface AcceptedToken {
  readonly kind: 'accepted';
  /** An issuer of TRUSTED_ISSUERS, by whose rules the claims are judged; never this server's own. */
  readonly issuer: string;
  /** In the form of a JWT (RFC 9068, section 2.2), `aud` and `exp` included. */
  readonly claims: Readonly<Record<string, unknown>>;
  /** Seconds for which the finding counts, 60 at most and never beyond `exp`; 30 unless said. */
  readonly cacheSeconds?: number;
}

/**
 * Reads tokens that are no JWTs of a trusted issuer: a provider's own format, or opaque ones by a call. It vouches for the
 * claims and for nothing else: the server judges issuer, audience, times, forms, binding and scopes of every finding as it
 * does those of a JWT. It is asked before the server's own ways, but never about a token of this server (docs/adr/0065).
 */
export interface TokenVerifier {
  /** For the log, such as `acme-tokens`. */
  readonly name: string;
  /** Milliseconds for one call; 5000 unless said, 30000 at most. */
  readonly timeout?: number;
  /** Takes any text; throwing counts as unavailable. */
  verify(token: string, trust: Trust): TokenFinding | Promise<TokenFinding>;
}
