/** Source of an issuer's keys. */
export interface KeySource {
  /** Rejects with {@link KeysUnreachable} when they cannot be had. */
  load(): Promise<PublishedKeys>;
}

export interface PublishedKeys {
  readonly jwks: readonly unknown[];
  /** Seconds that the keys stay fresh, as the publisher says. */
  readonly maxAgeSeconds?: number;
}

/** Why keys could not be fetched, in words an administrator can use; made of configuration only. */
export class KeysUnreachable extends Error {}
