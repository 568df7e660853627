/** Injection token of the {@link LocalAuthOptions}. */
export const LOCAL_AUTH_OPTIONS = Symbol('LOCAL_AUTH_OPTIONS');

export interface LocalAuthOptions {
  /** The FHIR base as clients see it, without a trailing slash: the audience of the tokens. */
  readonly fhirBase: string;
  /** Path of that base in this process, such as `/fhir/r4`. */
  readonly basePath: string;
  /** The embedded issuer as clients see it, beside the FHIR base, such as `https://host/oauth2`. */
  readonly issuer: string;
  readonly realm: string;
  /** Seconds that an access token lives. */
  readonly tokenTtl: number;
  /** Seconds that any token lives which is signed with these keys, when others than those of `/login` are. */
  readonly longestTokenTtl?: number;
  /** Seconds that a session lives, however often it is refreshed. */
  readonly refreshTtl: number;
  readonly clockSkewSeconds: number;
  /** True if `/login` and `/refresh` answer. */
  readonly loginEnabled: boolean;
  /** Seals the private keys at rest. */
  readonly keySecrets?: (() => readonly string[]) | undefined;
  /** True if a scope permits nothing that the granted one does not; without it only equal scopes do. */
  readonly scopeWithin?: (asked: string, granted: string) => boolean;
}
