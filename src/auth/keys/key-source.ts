/** Where the keys of an issuer come from. */
export interface KeySource {
  /** Rejects with {@link KeysUnreachable} when they cannot be had. */
  load(): Promise<PublishedKeys>;
}

export interface PublishedKeys {
  readonly jwks: readonly unknown[];
  /** How long the publisher says they stay fresh. */
  readonly maxAgeSeconds?: number;
}

/** Why keys could not be fetched, in words an administrator can use; made of configuration only. */
export class KeysUnreachable extends Error {}
