import type { KeyObject } from 'node:crypto';
import jsonwebtoken from 'jsonwebtoken';
import type { Refusal } from '../../refusal/refusal.js';
import { signatureAlgorithms } from '../keys/signature-algorithms.js';
import { cleaned, refusal } from '../refusals/token-refusal.js';

const wrongKey = /^(?:Unknown key type|"alg" parameter|Invalid key for this operation|secretOrPublicKey must be)/;

/** The signature alone; the claims are left to the other checks, which know the clock skew and name every failure. */
const rules = { algorithms: [...signatureAlgorithms], ignoreExpiration: true, ignoreNotBefore: true };

/** Verifies the signature of a JWT with one key of its issuer (RFC 7515 section 5.2); undefined when it verifies. */
export function checkSignature(token: string, key: KeyObject, issuer: string): Refusal | undefined {
  try {
    jsonwebtoken.verify(token, key, rules);
    return undefined;
  } catch (error) {
    return classify(error instanceof Error ? error.message : '', issuer);
  }
}

/** Gives each failure of jsonwebtoken one of our codes; whatever it is, the token does not count. */
function classify(message: string, issuer: string): Refusal {
  if (wrongKey.test(message)) {
    return refusal(
      'alg-key-mismatch',
      `The signature algorithm of the token does not fit the key of issuer '${cleaned(issuer)}' that it names.`,
      'Have the token signed with the algorithm its key is published for.',
    );
  }
  return refusal(
    'signature-invalid',
    `The signature of the token does not verify with the published key of issuer '${cleaned(issuer)}'.`,
    'Send the token unchanged, as the token endpoint returned it. If it is unchanged, another server than this issuer made ' +
      'it, or its key was replaced: get a new token.',
  );
}
