import { createPrivateKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { z } from 'zod';

/** A private key that this server signs client assertions with (SMART App Launch 2.2, "Asymmetric"). */
export interface ClientKey {
  readonly key: KeyObject;
  /** Name of its public part at the authorization server. */
  readonly kid: string;
  readonly alg: 'RS384' | 'ES384';
}

/**
 * Puts the key in the file `privateKeyFile` in the place of its name: a private JWK, or a JWK set with one. It is read anew each time it is asked for;
 * while the file has none that can be used, the last one counts. No message repeats the key.
 */
export function readClientKey<T extends { readonly privateKeyFile?: string | undefined }>(
  { privateKeyFile: path, ...rest }: T,
  context: z.RefinementCtx,
): Omit<T, 'privateKeyFile'> & { readonly privateKey?: () => ClientKey } {
  if (path === undefined) return rest;
  const read = keyIn(path);
  if (typeof read !== 'string') return { ...rest, privateKey: keyOf(path, read) };
  context.addIssue({ code: 'custom', path: ['privateKeyFile'], message: read });
  return rest;
}

function keyOf(path: string, first: ClientKey): () => ClientKey {
  let last = first;
  return () => {
    const read = keyIn(path);
    if (typeof read !== 'string') last = read;
    return last;
  };
}

interface NamedKey extends JsonWebKey {
  readonly kid?: unknown;
}

/** The key, or what is wrong with the file. */
function keyIn(path: string): ClientKey | string {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    return `names a file that cannot be read, ${path} (${(error as NodeJS.ErrnoException).code})`;
  }
  const jwk = privateJwkIn(text);
  if (typeof jwk?.kid !== 'string' || jwk.kid === '') return `names ${path}, which has no private JWK with "kid"`;
  try {
    const key = createPrivateKey({ key: jwk, format: 'jwk' });
    const alg = algorithmOf(key);
    return alg
      ? { key, kid: jwk.kid, alg }
      : `names ${path}, whose key is neither RSA of 2048 bits or more nor EC on P-384`;
  } catch {
    return `names ${path}, whose private JWK cannot be read`;
  }
}

function privateJwkIn(text: string): NamedKey | undefined {
  try {
    const { keys, ...one } = JSON.parse(text) as NamedKey & { readonly keys?: readonly NamedKey[] };
    return [one, ...(Array.isArray(keys) ? keys : [])].find((jwk) => typeof jwk?.d === 'string');
  } catch {
    return undefined;
  }
}

function algorithmOf({
  asymmetricKeyType: type,
  asymmetricKeyDetails: details,
}: KeyObject): ClientKey['alg'] | undefined {
  if (type === 'rsa' && (details?.modulusLength ?? 0) >= 2048) return 'RS384';
  return type === 'ec' && details?.namedCurve === 'secp384r1' ? 'ES384' : undefined;
}
