import type { Organisation } from '../config/organisation/organisation.js';

/** Injection token of the {@link Oauth2Options}. */
export const OAUTH2_OPTIONS = Symbol('OAUTH2_OPTIONS');

export interface Oauth2Options {
  /** As clients see it, such as `https://host/oauth2`. */
  readonly issuer: string;
  /** Mount path in this process, such as `/oauth2`: a proxy may take a part of the issuer's path off. */
  readonly basePath: string;
  readonly fhirBase: string;
  /** Seconds. */
  readonly accessTokenTtl: number;
  /** Seconds, from the last use on. */
  readonly refreshTokenTtl: number;
  /** Seconds. */
  readonly clockSkew: number;
  /** Login and consent are decided without a page, as this account. Automation only. */
  readonly autopilot?: string;
  /** Hosts from which clients' keys are fetched although they are inside the network. */
  readonly jwksPrivateHosts: readonly string[];
  /** Origins that browsers may call from besides those of the clients; `*`: any. */
  readonly corsOrigins: readonly string[];
  /** Callers who may register a client: those with an initial access token, anybody, or nobody. */
  readonly registration: 'token' | 'open' | 'off';
  /** True if the console is a client. */
  readonly console: boolean;
  /** Whose server the pages say that this is. */
  readonly organisation?: Organisation;
  /** Requests a second that a network address may send to what is open to everybody; 0: any. */
  readonly signInRate: number;
}
