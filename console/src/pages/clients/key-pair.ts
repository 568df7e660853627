/** A key pair that this browser made: the private half never leaves it but as a file. */
export interface KeyPair {
  /** The set of public keys, as JSON. */
  readonly publicJwks: string;
  /** The private key, as a JWK in JSON. */
  readonly privateJwk: string;
}

/** Browsers make keys on https and on this machine alone. */
export const canMakeKeys = (): boolean => globalThis.isSecureContext && 'subtle' in crypto;

/** EC on P-384, for ES384, which SMART asks every server to take (SMART App Launch 2.2, "Client Authentication: Asymmetric"). */
export async function makeKeyPair(): Promise<KeyPair> {
  const { privateKey } = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-384' }, true, [
    'sign',
    'verify',
  ]);
  const { kty, crv, x, y, d } = await crypto.subtle.exportKey('jwk', privateKey);
  const common = { kty, crv, x, y, kid: crypto.randomUUID(), alg: 'ES384', use: 'sig' };
  return {
    publicJwks: JSON.stringify({ keys: [common] }, null, 2),
    privateJwk: JSON.stringify({ ...common, d }, null, 2),
  };
}
