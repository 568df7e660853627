import type { Principal } from '../principal.js';

/** Injection token of the {@link LocalIssuer}; absent where an application only trusts other issuers. */
export const LOCAL_ISSUER = Symbol('LOCAL_ISSUER');

/** Services of this server's own issuer for token checks: keys, revocation, passwords. */
export interface LocalIssuer {
  readonly issuer: string;
  /** Public keys as JWKs, retired ones included while tokens they signed may live; newest first. */
  publicKeys(): Promise<readonly PublicKey[]>;
  /**
   * True if a token (`jti`) or its session (`sid`) was revoked anywhere. Synchronous and `false` only while the local
   * list of revocations is fresh (5 s); otherwise it asks the database and rejects when that fails: callers fail
   * closed.
   */
  isRevoked(token: { readonly tokenId?: string; readonly sessionId?: string }): boolean | Promise<boolean>;
  /** For `AUTH_BASIC`: the principal `/login` would give, cached as a keyed hash for 60 s at most; throws Refused. */
  principalOfPassword(user: string, password: string, address: string): Promise<Principal>;
}

export interface PublicKey {
  readonly kid: string;
  readonly kty: string;
  readonly alg: string;
  readonly use: 'sig';
  readonly n?: string;
  readonly e?: string;
}
