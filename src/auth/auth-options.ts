import type { AuthorizationServerOffer } from './issuers/authorization-server-offer.js';
import { completeIssuers, type IssuerSettings, type TrustedIssuer } from '../config/foreign/trusted-issuer.js';

/** Options of `AuthModule`, complete. */
export interface AuthOptions {
  /** The FHIR base URL without trailing slash: the audience of tokens for this server. */
  readonly resource: string;
  readonly issuers: readonly TrustedIssuer[];
  readonly clockSkewSeconds: number;
  /** True if HTTP Basic counts on the FHIR base (`AUTH_BASIC`). */
  readonly basic: boolean;
  /** Failed authentications a second for each network address, beyond which they are 429; absent or 0: any number. */
  readonly failuresPerSecond?: number;
  /** The URL of this server's own issuer, when it has local accounts. */
  readonly localIssuer?: string;
  /** Address where users of this server log in, while that is switched on (`LOGIN`). */
  readonly loginUrl?: string;
  /** The authorization server of this server, if it has one. */
  readonly authorizationServer?: AuthorizationServerOffer;
}

/** Options of `AuthModule`; no environment is read here. */
export interface AuthModuleOptions extends Omit<AuthOptions, 'issuers' | 'clockSkewSeconds' | 'basic'> {
  readonly issuers: readonly IssuerSettings[];
  /** Seconds that clocks may differ; 60 when absent. */
  readonly clockSkewSeconds?: number;
  /** True if HTTP Basic counts too, for users of this server (`AUTH_BASIC`). */
  readonly basic?: boolean;
}

/** Throws `StartRefused` for issuers that could not be trusted safely. */
export const completeOptions = (options: AuthModuleOptions): AuthOptions => ({
  clockSkewSeconds: 60,
  basic: false,
  ...options,
  issuers: completeIssuers(options.issuers, options.resource),
});

/** Injection token of {@link AuthOptions}. */
export const AUTH_OPTIONS = Symbol('AUTH_OPTIONS');
