import { randomUUID } from 'node:crypto';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose';
import type { Parameters } from './oauth-server.js';

/** A key pair of a client that proves itself with `private_key_jwt`. */
export interface ClientKey {
  readonly alg: string;
  readonly privateKey: CryptoKey;
  readonly jwk: JWK;
}

export async function makeClientKey(alg: string, kid: string = randomUUID()): Promise<ClientKey> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  return { alg, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } };
}

/** The parameters that take the place of a secret; each assertion counts once. */
export async function assertionOf(client: string, audience: string, key: ClientKey): Promise<Parameters> {
  const jwt = await new SignJWT({ iss: client, sub: client, aud: audience, jti: randomUUID() })
    .setProtectedHeader({ alg: key.alg, kid: key.jwk.kid!, typ: 'JWT' })
    .setIssuedAt()
    .setExpirationTime('5 minutes')
    .sign(key.privateKey);
  return {
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: jwt,
  };
}
