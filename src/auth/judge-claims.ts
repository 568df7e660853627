import type { Refusal } from '../refusal/refusal.js';
import type { AuthOptions } from './auth-options.js';
import type { Authentication } from './authentication.js';
import type { SmartContexts } from './parts/smart-contexts.js';
import { type CheckName, CheckResult, refusalsOf } from './token/check-result.js';
import { grantedScopes } from './token/granted-scopes.js';
import { unknownIssuer } from './token/issuer-rules.js';
import type { Claims } from './token/strict-json.js';
import { claimOf, type TokenCheck } from './token/token-check.js';
import { checkClaims } from './token/token-checker.js';
import { refusal, unverified } from './refusals/token-refusal.js';
import type { IssuerEntry } from './issuers/trusted-issuers.js';

/** Claims that somebody else than a signature vouches for: the issuer (RFC 7662), or a verifier of the application. */
export interface StatedClaims {
  readonly by: Extract<CheckName, 'introspection' | 'verifier'>;
  readonly issuer: string;
  readonly claims: Claims;
  /** Rules of the issuer; undefined if it is not trusted. */
  readonly entry: IssuerEntry | undefined;
  readonly trustSeconds: number;
}

export interface Judging {
  readonly options: AuthOptions;
  readonly contexts: SmartContexts;
}

/** Judges them by the same checks as the claims of a JWT. Those of this server's own issuer never come this way. */
export async function judgeClaims(stated: StatedClaims, { options, contexts }: Judging): Promise<Authentication> {
  const { by, issuer, claims, entry, trustSeconds } = stated;
  // RFC 7662 lets `iss` out; whoever was asked speaks for this issuer and no other.
  const payload: Claims = { iss: issuer, ...claims };
  const foreign = entry?.isOwn === false ? entry : undefined;
  const check: TokenCheck = {
    header: {},
    payload,
    issuer: foreign?.rules ?? unknownIssuer(options.resource),
    isTrusted: foreign !== undefined && claimOf(payload, 'iss') === foreign.rules.issuer,
    isOwn: false,
    options,
    hasOwnContext: contexts.areRead({ isOwn: false }),
    now: Date.now() / 1000,
  };
  const checks = [CheckResult.of(by, otherTypeOfToken(payload)), ...checkClaims(check)];
  const [first, ...others] = refusalsOf(checks);
  if (first) return { refusals: [first, ...others], checks, unverifiedScopes: grantedScopes(payload, check.issuer) };
  const found = await contexts.authenticate(check, checks);
  return 'principal' in found ? { ...found, trustSeconds } : found;
}

/** `token_type` is that of RFC 6749 section 7.1; some servers say here that it is a refresh token. */
function otherTypeOfToken(payload: Claims): readonly Refusal[] {
  const type = claimOf(payload, 'token_type');
  if (type === undefined || (typeof type === 'string' && /^(?:bearer|access_token)$/i.test(type))) return [];
  return [
    refusal(
      'typ-not-access-token',
      `The issuer says that the token is of type ${unverified(type)}, not Bearer.`,
      'Send the access_token of the token response, not its refresh_token.',
    ),
  ];
}
