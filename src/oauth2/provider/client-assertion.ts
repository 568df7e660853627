import type { Client, UnknownObject } from 'oidc-provider';
import { errors } from './oidc-library.js';

/** SMART App Launch 2.2: an assertion lives five minutes at most. */
const longestSeconds = 300;

/** oidc-provider's key set of a client: it can be iterated, which its types do not tell. */
interface KeyHolder {
  readonly asymmetricKeyStore: Iterable<{ readonly kid?: string }>;
}

/**
 * Checks what "Client Authentication: Asymmetric" of SMART App Launch 2.2 asks beyond RFC 7523, once the signature has
 * been verified. Throws `invalid_client`.
 */
export function checkAssertion(
  claims: UnknownObject,
  header: UnknownObject,
  client: Client,
  { clockSkew }: { readonly clockSkew: number },
): void {
  const wrong = wrongClaims(claims, client, clockSkew) ?? wrongHeader(header, client);
  if (wrong !== undefined) throw new errors.InvalidClientAuth(wrong);
}

function wrongClaims({ exp, aud, sub }: UnknownObject, { clientId }: Client, clockSkew: number): string | undefined {
  const secondsLeft = Number(exp) - Date.now() / 1000;
  if (!(secondsLeft <= longestSeconds + clockSkew)) return 'exp is more than 5 minutes ahead';
  const isOne = typeof aud === 'string' || (Array.isArray(aud) && aud.length === 1);
  if (!isOne) return 'aud names more than this server';
  return sub === clientId ? undefined : 'sub is not the client_id';
}

function wrongHeader({ typ, jku, kid, x5u, jwk }: UnknownObject, client: Client): string | undefined {
  if (typ !== undefined && (typeof typ !== 'string' || typ.toUpperCase() !== 'JWT')) return 'typ is not JWT';
  if (jku !== undefined && jku !== client.jwksUri) return 'jku is not the registered address of the keys';
  if (x5u !== undefined || jwk !== undefined) return 'the key has to be a registered one, not one that comes along';
  if (typeof kid !== 'string') return 'the header names no kid';
  const named = [...(client as unknown as KeyHolder).asymmetricKeyStore].filter((key) => key.kid === kid);
  return named.length === 1 ? undefined : `${named.length} registered keys have this kid`;
}
