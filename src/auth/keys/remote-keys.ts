import { isSecureUrl } from '../../config/secure-url.js';
import { fetchDeadline, fetchDocument, type Fetching } from './bounded-fetch.js';
import { fetchIssuerMetadata } from './issuer-metadata.js';
import { KeysUnreachable, type KeySource, type PublishedKeys } from './key-source.js';

/** Keys of an issuer by HTTP; their address is discovered when none is configured (OpenID Connect Discovery, RFC 8414). */
export class RemoteKeys implements KeySource {
  private discovered: string | undefined;

  constructor(
    private readonly issuer: string,
    private readonly jwksUri: string | undefined,
    private readonly fetching?: Fetching,
  ) {}

  async load(): Promise<PublishedKeys> {
    const signal = fetchDeadline();
    const url = this.jwksUri ?? this.discovered ?? (await discoverJwksUri(this.issuer, signal));
    try {
      const fetched = await fetchDocument(url, signal, undefined, this.fetching);
      const { keys } = fetched.document;
      if (!Array.isArray(keys)) throw new KeysUnreachable('keys.no-set', { url });
      this.discovered = url;
      return { jwks: keys, ...maxAge(fetched.headers) };
    } catch (error) {
      // The issuer may have moved its keys: ask again where they are.
      this.discovered = undefined;
      throw error;
    }
  }
}

async function discoverJwksUri(issuer: string, signal: AbortSignal): Promise<string> {
  const { document } = await fetchIssuerMetadata(issuer, signal);
  const jwksUri = document['jwks_uri'];
  if (typeof jwksUri !== 'string' || !isSecureUrl(jwksUri)) {
    throw new KeysUnreachable('keys.no-jwks-uri', { issuer });
  }
  return jwksUri;
}

/** RFC 9111: `max-age` less the time the answer spent in caches; nothing to keep when it says so. */
function maxAge(headers: Headers): { readonly maxAgeSeconds?: number } {
  const control = headers.get('cache-control') ?? '';
  if (/\bno-(?:store|cache)\b/i.test(control)) return { maxAgeSeconds: 0 };
  const seconds = /\bmax-age="?(\d{1,10})/i.exec(control)?.[1];
  if (seconds === undefined) return {};
  const age = Number(headers.get('age') ?? 0);
  return { maxAgeSeconds: Number(seconds) - (Number.isFinite(age) ? age : 0) };
}
