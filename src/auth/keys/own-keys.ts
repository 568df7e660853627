import { KeysUnreachable, type KeySource, type PublishedKeys } from './key-source.js';
import type { LocalIssuer } from '../accounts/local-issuer.js';

const freshSeconds = 60;

/** Keys of this server's own issuer, without HTTP to itself. */
export class OwnKeys implements KeySource {
  constructor(private readonly local: LocalIssuer) {}

  async load(): Promise<PublishedKeys> {
    try {
      return { jwks: await this.local.publicKeys(), maxAgeSeconds: freshSeconds };
    } catch {
      throw new KeysUnreachable('keys.database');
    }
  }
}
