import type { Refusal } from '../../refusal/refusal.js';
import { clientIdOf } from './client-id.js';
import type { Claims } from './strict-json.js';
import { claimOf, type Check, type TokenCheck } from './token-check.js';
import { refusal, unverified } from '../refusals/token-refusal.js';

const accessTokenTypes = new Set(['at+jwt', 'application/at+jwt']);
const plainTypes = new Set(['jwt', 'application/jwt']);
/** The `typ` claim of Keycloak's other tokens. */
const foreignKinds = new Set(['id', 'refresh', 'offline', 'logout']);

/** ID, refresh and logout tokens are no access tokens (RFC 9068 section 4, RFC 8725 3.11 and 3.12). */
export const tokenKindCheck: Check = (token) =>
  refuseKind(token, [...headerEvidence(token), ...claimEvidence(token.payload), ...audienceEvidence(token)]);

/** As {@link tokenKindCheck}, without a header. */
export const claimKindCheck: Check = (token) =>
  refuseKind(token, [...claimEvidence(token.payload), ...audienceEvidence(token)]);

function refuseKind(token: TokenCheck, evidence: readonly string[]): readonly Refusal[] {
  if (evidence.length === 0) return [];
  return [
    refusal(
      'typ-not-access-token',
      `The token is not an access token: ${evidence.join('; ')}.`,
      'Send the access_token of the token response, not its id_token or refresh_token' +
        (token.issuer.typ === 'at+jwt' && !token.isOwn
          ? '. If this issuer cannot set typ at+jwt, its entry in TRUSTED_ISSUERS can say "typ": "auto".'
          : '.'),
    ),
  ];
}

function headerEvidence({ header, issuer }: TokenCheck): readonly string[] {
  const typ = claimOf(header, 'typ');
  const known = typeof typ === 'string' ? typ.toLowerCase() : undefined;
  if (known !== undefined && accessTokenTypes.has(known)) return [];
  if (issuer.typ === 'auto' && (typ === undefined || (known !== undefined && plainTypes.has(known)))) return [];
  const expected = issuer.typ === 'auto' ? 'at+jwt, JWT or none' : 'at+jwt';
  return [`its header has ${typ === undefined ? 'no typ' : `typ ${unverified(typ)}`}, expected is ${expected}`];
}

function claimEvidence(payload: Claims): readonly string[] {
  const hashes = ['at_hash', 'c_hash', 's_hash'].filter((name) => Object.hasOwn(payload, name));
  const typ = claimOf(payload, 'typ');
  return [
    ...(hashes.length > 0 ? [`it has ${hashes.join(', ')}, which only ID tokens carry`] : []),
    ...(typeof typ === 'string' && foreignKinds.has(typ.toLowerCase())
      ? [`its typ claim says ${unverified(typ)}`]
      : []),
    ...(Object.hasOwn(payload, 'events') ? ['it has events, as logout and security event tokens do'] : []),
    ...(claimOf(payload, 'token_use') === 'id' ? ['its token_use claim says id'] : []),
  ];
}

/** An ID token is addressed to the client alone (OpenID Connect Core, section 2). */
function audienceEvidence({ payload, issuer }: TokenCheck): readonly string[] {
  const aud = claimOf(payload, 'aud');
  const clientId = clientIdOf(payload, issuer);
  const audiences = Array.isArray(aud) ? aud : [aud];
  return clientId !== undefined && audiences.length > 0 && audiences.every((one) => one === clientId)
    ? [`its only audience is the client ${unverified(clientId)} itself`]
    : [];
}
