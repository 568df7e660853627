import { reason, type Reason, unauthenticated } from './reason.js';

/** Faults of a token that is a JWT. */
export const tokenReasons = {
  'typ-not-access-token': unauthenticated(
    'The JWT is not an access token',
    'ID tokens, refresh tokens and logout tokens are JWTs too, but they are meant for the app, not for this server.',
    'Send the value of access_token from the token response, not id_token or refresh_token.',
  ),
  'alg-none': unauthenticated(
    'The token is unsigned',
    'The header says alg "none": anybody could have written this token.',
    'Have the authorization server sign access tokens, for example with RS256 or ES256.',
  ),
  'alg-not-allowed': unauthenticated(
    'The signature algorithm is not allowed for this issuer',
    'Each issuer has a list of asymmetric algorithms. Shared-secret algorithms such as HS256 are never accepted.',
    'Switch the authorization server to a listed algorithm, or add the algorithm to this issuer in TRUSTED_ISSUERS.',
  ),
  'alg-key-mismatch': unauthenticated(
    'The algorithm does not fit the key',
    'The key that the token names is of another kind than its algorithm needs, or is too weak.',
    'Correct alg and kid at the authorization server; RSA keys need 2048 bits at least.',
  ),
  'kid-unknown': unauthenticated(
    'No key of the issuer has this kid',
    'The key id in the token header is not among the keys that the issuer publishes, also after they were fetched again.',
    'Check that the token comes from this issuer and that its JWKS lists the signing key. After a key rotation, get a new token.',
  ),
  'kid-ambiguous': unauthenticated(
    'Several keys of the issuer have this kid',
    'A key id has to name one key. Trying several would let one key stand in for another.',
    'Give every key in the JWKS of the issuer a kid of its own.',
  ),
  'key-header-ignored': unauthenticated(
    'Keys named in the token header are never used',
    'The header brings its own key or an address of one (jwk, jku, x5c, x5u). Keys come from the configured issuer only.',
    'Let the authorization server sign with a key of its JWKS and name it by kid alone.',
  ),
  'crit-unsupported': unauthenticated(
    'The token demands an extension this server does not know',
    'The header parameter crit lists extensions that must be understood, and this server does not.',
    'Have the authorization server issue tokens without crit.',
  ),
  'signature-invalid': unauthenticated(
    'The signature does not verify',
    'The token was changed after it was signed, or signed with another key than the issuer publishes.',
    'Get a new token and send it unchanged. If it happens with every token, compare the keys of the issuer with its JWKS.',
  ),
  'iss-untrusted': unauthenticated(
    'The issuer is not trusted',
    'The claim iss names a server whose tokens do not count here. Issuers are compared character by character.',
    'Get the token from a trusted issuer, or let the operator add this one to TRUSTED_ISSUERS exactly as iss is spelled. A login token of another web application is no access token.',
  ),
  'aud-missing': unauthenticated(
    'The token names no audience',
    'Without the claim aud, a token made for any other service would open this one.',
    'Request the token with the FHIR base URL as aud, audience or resource; each authorization server has its own word.',
  ),
  'aud-mismatch': unauthenticated(
    'The token is for another audience',
    'The claim aud names another service. It has to contain the FHIR base URL or a configured alias; prefixes do not count.',
    'Request the token for this server, or let the operator add the audience of the issuer to TRUSTED_ISSUERS.',
  ),
  'token-expired': reason(401, 'expired', [
    'The token has expired',
    'The time in the claim exp has passed, with allowance for clocks that differ a little.',
    'Get a new token, with the refresh token if there is one. If new tokens are expired at once, compare the clocks.',
  ]),
  'token-not-yet-valid': unauthenticated(
    'The token is not valid yet',
    'The claims nbf or iat lie in the future.',
    'Compare the clocks of this server and of the authorization server.',
  ),
  'claim-malformed': unauthenticated(
    'A claim has a value of the wrong form',
    'A claim that decides access is missing or not of the form it must have: dates are numbers, patient is one FHIR id.',
    'Correct the claim at the authorization server; the answer names it.',
  ),
  'token-revoked': unauthenticated(
    'The token was revoked',
    'Somebody logged out, revoked the token, or used a refresh token twice, which ends the whole session.',
    'Log in again.',
  ),
  'token-inactive': unauthenticated(
    'The issuer says that the token is not active',
    'The authorization server that this server asks about such tokens does not know it, or it has expired or was revoked.',
    'Get a new token, with the refresh token if there is one.',
  ),
  'verifier-refused': unauthenticated(
    'The verifier of such tokens refuses it',
    'The operator of this server has added a verifier for a format of tokens, and it does not vouch for this one.',
    'Do what the refusal says, or get a new token.',
  ),
  'cnf-unproven': unauthenticated(
    'The token is bound to a key that was not proven',
    'The claim cnf binds the token to a key of the client (DPoP or mutual TLS). As a plain Bearer token it does not count.',
    'Request an unbound token for this server.',
  ),
  'keys-unavailable': reason(503, 'transient', [
    'The keys of the issuer cannot be fetched right now',
    'The token may be fine, but the issuer does not answer and its keys are not known yet.',
    'Wait for the time that Retry-After names and repeat the request. The operator checks the address of the JWKS.',
  ]),
  'introspection-unavailable': reason(503, 'transient', [
    'The issuer cannot be asked about the token right now',
    'Such a token counts only when its issuer says so, and its introspection endpoint does not answer as it should.',
    'Wait for the time that Retry-After names and repeat the request. The operator checks "introspection" of the issuer in TRUSTED_ISSUERS.',
  ]),
  'verifier-unavailable': reason(503, 'transient', [
    'The verifier of such tokens does not work right now',
    'Such a token counts only when a verifier that the operator has added vouches for it, and that failed or did not answer.',
    'Wait for the time that Retry-After names and repeat the request. The operator finds the cause in the log.',
  ]),
  'context-unavailable': reason(503, 'transient', [
    'Who the token is for cannot be found out right now',
    'A part that the operator has added says which patient and which user a token is for, and that failed or did not answer.',
    'Wait for the time that Retry-After names and repeat the request. The operator finds the cause in the log.',
  ]),
  'claims-unavailable': reason(503, 'transient', [
    'What the server has to know of the caller cannot be looked up right now',
    'An extension of this server adds claims to those of tokens, for policies to look at, and it failed. Without them nothing is granted.',
    'Wait for the time that Retry-After names and repeat the request. The operator finds the name of the extension in the log.',
  ]),
  'revocations-unavailable': reason(503, 'transient', [
    'Whether the token was revoked cannot be checked right now',
    'The database does not answer. A token that cannot be checked does not count.',
    'Wait for the time that Retry-After names and repeat the request.',
  ]),
} as const satisfies Record<string, Reason>;
