import type { Refusal } from '../../refusal/refusal.js';
import type { AuthOptions } from '../auth-options.js';
import type { TrustedIssuer } from '../../config/foreign/trusted-issuer.js';
import type { Claims } from './strict-json.js';

/** All that one check of a token may look at. Nothing stored is among it, so every finding can be told to the caller. */
export interface TokenCheck {
  readonly header: Claims;
  readonly payload: Claims;
  /** The rules of the issuer; of {@link unknownIssuer} when `iss` is not trusted, so that the other checks still run. */
  readonly issuer: TrustedIssuer;
  readonly isTrusted: boolean;
  /** True if the token claims to come from this server's own issuer, which is always strict. */
  readonly isOwn: boolean;
  readonly options: AuthOptions;
  /** True if a part of the application makes the context: its claims may have any form. */
  readonly hasOwnContext?: boolean;
  /** Seconds since 1970. */
  readonly now: number;
}

/** Looks at one thing and reports everything wrong with it. */
export type Check = (token: TokenCheck) => readonly Refusal[];

/** The value of a claim; never something every object inherits. */
export const claimOf = (claims: Claims, name: string): unknown =>
  Object.hasOwn(claims, name) ? claims[name] : undefined;
