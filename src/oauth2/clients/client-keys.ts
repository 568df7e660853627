import { createPublicKey } from 'node:crypto';
import { problem, type ClientMetadata, type ClientProblem } from './client-metadata.js';

const mostKeys = 20;
const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];
const curves: readonly unknown[] = ['P-256', 'P-384'];
const howTo =
  'Register public keys of RSA with 2048 bits or more, or EC on P-256 or P-384, each with a kid of its own.';

/** The public keys of a client: what could not verify a signature, or should not have left its owner, is refused. */
export function checkJwks({ keys }: NonNullable<ClientMetadata['jwks']>): ClientProblem[] {
  if (keys.length === 0 || keys.length > mostKeys)
    return [keyProblem(`jwks has ${keys.length} keys, not 1 to ${mostKeys}`)];
  const kids = keys.map((key) => key['kid']);
  return keys.flatMap((key, index) => {
    const why = whyUseless(key) ?? (kids.indexOf(key['kid']) < index ? 'has the kid of another key' : undefined);
    return why === undefined ? [] : keyProblem(`Key ${index + 1} of jwks ${why}`);
  });
}

const keyProblem = (fact: string): ClientProblem => problem('jwks', `${fact}.`, howTo);

type Jwk = Readonly<Record<string, unknown>>;

function whyUseless(key: Jwk): string | undefined {
  const secret = privateMembers.find((name) => name in key);
  if (secret !== undefined) return `is a private key (it has "${secret}"); treat it as leaked and make a new one`;
  if (typeof key['kid'] !== 'string' || key['kid'] === '' || key['kid'].length > 200) return 'has no kid';
  return whyNotForSignatures(key) ?? whyNoStrongKey(key);
}

function whyNotForSignatures({ use, key_ops: operations }: Jwk): string | undefined {
  if (use !== undefined && use !== 'sig') return 'is not for signatures (use)';
  if (operations === undefined || (Array.isArray(operations) && operations.includes('verify'))) return undefined;
  return 'is not for verifying signatures (key_ops)';
}

function whyNoStrongKey(key: Jwk): string | undefined {
  if (key['kty'] !== 'RSA' && key['kty'] !== 'EC') return 'is neither RSA nor EC';
  if (key['kty'] === 'EC' && !curves.includes(key['crv'])) return 'is not on the curve P-256 or P-384';
  try {
    const { asymmetricKeyDetails } = createPublicKey({ key, format: 'jwk' });
    const bits = asymmetricKeyDetails?.modulusLength ?? 0;
    return key['kty'] === 'RSA' && bits < 2048 ? `has ${bits} bits` : undefined;
  } catch {
    return 'is no valid key';
  }
}

/** Keeps the members that verify a signature or find the key, and no others. */
export function publicMembers({ keys }: NonNullable<ClientMetadata['jwks']>): NonNullable<ClientMetadata['jwks']> {
  const kept = ['kty', 'kid', 'use', 'alg', 'n', 'e', 'crv', 'x', 'y'];
  return {
    keys: keys.map((key) => Object.fromEntries(kept.filter((name) => name in key).map((name) => [name, key[name]]))),
  };
}
