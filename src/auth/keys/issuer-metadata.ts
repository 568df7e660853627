import { fetchDocument, type FetchedDocument, type Fetching } from './bounded-fetch.js';
import { KeysUnreachable } from './key-source.js';

/**
 * Metadata that an issuer publishes (OpenID Connect Discovery 4, else RFC 8414 3). Rejects with
 * {@link KeysUnreachable}, also when the document names another issuer (RFC 8414 3.3).
 */
export async function fetchIssuerMetadata(issuer: string, signal: AbortSignal): Promise<FetchedDocument> {
  const fetched = await fetchPublishedMetadata(issuer, signal);
  if (fetched.document['issuer'] !== issuer) throw new KeysUnreachable('keys.other-issuer', { issuer });
  return fetched;
}

/** As {@link fetchIssuerMetadata}, whichever issuer the document names: callers check it. */
export async function fetchPublishedMetadata(
  issuer: string,
  signal: AbortSignal,
  fetching?: Fetching,
): Promise<FetchedDocument> {
  const base = issuer.replace(/\/$/, '');
  try {
    return await fetchDocument(`${base}/.well-known/openid-configuration`, signal, undefined, fetching);
  } catch (error) {
    const { origin, pathname } = new URL(base);
    const path = pathname === '/' ? '' : pathname;
    try {
      return await fetchDocument(
        `${origin}/.well-known/oauth-authorization-server${path}`,
        signal,
        undefined,
        fetching,
      );
    } catch {
      throw error;
    }
  }
}
