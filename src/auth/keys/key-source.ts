import { keysProblems } from './keys-problems.js';
import { filled } from '../../r4/errors/filled.js';

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

type Values = Readonly<Record<string, string | number>>;

/** The keys could not be fetched: the reason, in words for administrators; made of configuration only. */
export class KeysUnreachable extends Error {
  constructor(
    readonly problem: keyof typeof keysProblems,
    readonly values: Values = {},
  ) {
    super(filled(keysProblems[problem], values));
  }
}
