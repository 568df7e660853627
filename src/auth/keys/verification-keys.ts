import { createPublicKey, type KeyObject } from 'node:crypto';
import { JwksClient, JwksError } from 'jwks-rsa';
import type { SignatureAlgorithm } from './signature-algorithms.js';

/** A published key that can verify signatures. */
export interface VerificationKey {
  readonly kid?: string;
  /** The only algorithm it may be used with, when its owner says so. */
  readonly alg?: string;
  readonly key: KeyObject;
}

const smallestRsa = 2048;
const largestRsa = 8192;
const curves: Partial<Record<SignatureAlgorithm, string>> = {
  ES256: 'prime256v1',
  ES384: 'secp384r1',
  ES512: 'secp521r1',
};

/** Reads a JWK set with jwks-rsa, which leaves out encryption, secret and private keys and what it cannot read. */
export async function readVerificationKeys(jwks: readonly unknown[]): Promise<readonly VerificationKey[]> {
  const usable = jwks.filter((jwk) => typeof jwk === 'object' && jwk !== null && mayVerify(jwk));
  const client = new JwksClient({ cache: false, rateLimit: false, fetcher: () => Promise.resolve({ keys: usable }) });
  try {
    const keys = await client.getSigningKeys();
    return keys.map((key) => ({
      ...(key.kid !== undefined && { kid: key.kid }),
      ...(key.alg !== undefined && { alg: key.alg }),
      key: createPublicKey(key.getPublicKey()),
    }));
  } catch (error) {
    if (error instanceof JwksError) return [];
    throw error;
  }
}

/** RFC 7517 4.3; jwks-rsa looks at `use` only. */
const mayVerify = (jwk: object): boolean =>
  !('key_ops' in jwk) || (Array.isArray(jwk.key_ops) && jwk.key_ops.includes('verify'));

/** Returns why a key does not fit an algorithm (RFC 8725 3.1 and 3.5); undefined when it fits. */
export function misfit({ key, alg }: VerificationKey, algorithm: SignatureAlgorithm): string | undefined {
  if (alg !== undefined && alg !== algorithm) return 'it is published for another algorithm';
  return algorithm.startsWith('ES') ? curveMisfit(key, algorithm) : rsaMisfit(key);
}

const curveMisfit = (key: KeyObject, algorithm: SignatureAlgorithm): string | undefined =>
  key.asymmetricKeyDetails?.namedCurve === curves[algorithm]
    ? undefined
    : 'it is no key on the curve of this algorithm';

function rsaMisfit(key: KeyObject): string | undefined {
  if (key.asymmetricKeyType !== 'rsa') return 'it is no RSA key';
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  if (bits >= smallestRsa && bits <= largestRsa) return undefined;
  return `it has ${bits} bits, allowed are ${smallestRsa} to ${largestRsa}`;
}
