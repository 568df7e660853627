import { claimOf, type Check } from './token-check.js';
import { cleaned, describeForm, refusal, unverified } from '../refusals/token-refusal.js';
import { isSignatureAlgorithm } from '../keys/signature-algorithms.js';

const longestKid = 256;
const getFromTokenEndpoint =
  'Send the access_token of the token endpoint of an authorization server, signed with its published key.';

/** RFC 8725 3.1 and 3.2: unsigned tokens in any spelling, symmetric signatures, and what the issuer's list leaves out. */
export const algorithmCheck: Check = ({ header, issuer, isTrusted }) => {
  const alg = claimOf(header, 'alg');
  if (typeof alg !== 'string') {
    return [
      refusal('alg-not-allowed', 'The header of the token names no signature algorithm (alg).', getFromTokenEndpoint),
    ];
  }
  if (alg.replace(/[^a-z]/gi, '').toLowerCase() === 'none') {
    return [
      refusal('alg-none', `The token is unsigned: its header says alg ${unverified(alg)}.`, getFromTokenEndpoint),
    ];
  }
  if (isSignatureAlgorithm(alg) && issuer.algorithms.includes(alg)) return [];
  const whose = isTrusted ? `for issuer '${cleaned(issuer.issuer)}'` : 'here';
  const symmetric = alg.startsWith('HS') ? ' It is symmetric: whoever can check such a token can also forge it.' : '';
  return [
    refusal(
      'alg-not-allowed',
      `The token is signed with ${unverified(alg)}, which is not allowed ${whose}.${symmetric}`,
      `Have it signed with one of ${issuer.algorithms.join(', ')}` +
        (isSignatureAlgorithm(alg)
          ? ', or add the algorithm to "algorithms" of this issuer in TRUSTED_ISSUERS.'
          : '; other algorithms cannot be configured.'),
    ),
  ];
};

/** RFC 7515 4.1.11 and RFC 7797: this server knows no extension, so whatever is critical is unknown. */
export const criticalCheck: Check = ({ header }) => {
  const crit = claimOf(header, 'crit');
  const b64 = claimOf(header, 'b64');
  const demands = [
    ...(crit === undefined ? [] : [`crit: ${describeCrit(crit)}`]),
    ...(b64 === undefined || b64 === true ? [] : ['b64: false (an unencoded payload)']),
  ];
  if (demands.length === 0) return [];
  return [
    refusal(
      'crit-unsupported',
      `The header of the token demands what this server does not know: ${demands.join(', ')}.`,
      'Have the token issued without the crit and b64 header parameters.',
    ),
  ];
};

const describeCrit = (crit: unknown): string =>
  Array.isArray(crit) ? crit.slice(0, 5).map(unverified).join(' ') : unverified(crit);

/** The kid is data: compared with published keys, never used as a path or in a query (RFC 8725 3.10). */
export const kidCheck: Check = ({ header }) => {
  const kid = claimOf(header, 'kid');
  if (kid === undefined || isKid(kid)) return [];
  const found = typeof kid === 'string' ? `has ${kid.length} characters` : `is ${describeForm(kid)}`;
  return [
    refusal(
      'token-malformed',
      `The kid in the header of the token ${found}; a string of 1 to ${longestKid} characters is expected.`,
      'Send a token whose kid is that of a key the issuer publishes.',
    ),
  ];
};

export const isKid = (kid: unknown): kid is string =>
  typeof kid === 'string' && kid.length > 0 && kid.length <= longestKid;

/** RFC 8725 3.10: harmless, as nothing follows them, but worth saying when the token is refused anyway. */
export const keyHeaderCheck: Check = ({ header, issuer, isTrusted }) => {
  const found = ['jku', 'jwk', 'x5u', 'x5c'].filter((name) => Object.hasOwn(header, name));
  if (found.length === 0) return [];
  const source = isTrusted ? `of issuer '${cleaned(issuer.issuer)}'` : 'of trusted issuers';
  return [
    refusal(
      'key-header-ignored',
      `The header of the token names its own key (${found.join(', ')}); that was ignored.`,
      `Only the published keys ${source} count: sign with one of them and name it by kid.`,
    ),
  ];
};
