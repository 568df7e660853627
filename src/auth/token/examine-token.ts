import type { Refusal } from '../../refusal/refusal.js';
import type { TrustedIssuer } from '../../config/foreign/trusted-issuer.js';
import type { AuthOptions } from '../auth-options.js';
import type { Principal } from '../principal.js';
import { cleaned } from '../refusals/token-refusal.js';
import { type CheckName, checkNames, CheckResult, refusalsOf } from './check-result.js';
import { decodeJwt, type DecodedJwt } from './decode-jwt.js';
import { unknownIssuer } from './issuer-rules.js';
import { claimOf, type TokenCheck } from './token-check.js';
import { checkToken } from './token-checker.js';
import { principalOfToken } from './token-principal.js';

/** Findings about a token without keys: nothing here is verified. */
export interface ExaminedToken {
  readonly checks: readonly CheckResult[];
  /** Claims of the token, cleaned. */
  readonly claims: readonly Claim[];
  /** The caller if the token counts; absent where its claims have not the form that decides access. */
  readonly claimed?: Principal;
}

export interface Claim {
  readonly name: string;
  readonly value: string;
}

/** An issuer whose tokens count, and whether it is this server itself. */
export interface KnownIssuer {
  readonly rules: TrustedIssuer;
  readonly isOwn: boolean;
}

/** Runs the checks that a request runs, but for the signature. */
export function examineToken(
  token: string,
  options: AuthOptions,
  find: (issuer: unknown) => KnownIssuer | undefined,
): ExaminedToken {
  const decoded = decodeJwt(token);
  if ('code' in decoded) return { checks: unreadableChecks(decoded), claims: [] };
  const check = tokenCheckOf(decoded, find(claimOf(decoded.payload, 'iss')), options);
  const { kind, header, claims } = checkToken(check);
  const checks = [CheckResult.of('form', []), kind, ...header, ...claims];
  const isReadable = !refusalsOf(checks).some(({ code }) => code === 'claim-malformed');
  return { checks, claims: claimsOf(check), ...(isReadable && { claimed: principalOfToken(check) }) };
}

/** Makes the input of the checks. */
export const tokenCheckOf = (
  { header, payload }: DecodedJwt,
  known: KnownIssuer | undefined,
  options: AuthOptions,
): TokenCheck => ({
  header,
  payload,
  issuer: known?.rules ?? unknownIssuer(options.resource),
  isTrusted: known !== undefined,
  isOwn: known?.isOwn ?? false,
  options,
  now: Date.now() / 1000,
});

/** Made only where an issuer or a part of the application is asked. */
const madeByOthers: ReadonlySet<CheckName> = new Set(['introspection', 'verifier', 'context']);

/** Nothing else can be looked at in a token that cannot be read. */
export const unreadableChecks = (found: Refusal): readonly CheckResult[] => [
  CheckResult.of('form', [found]),
  ...(Object.keys(checkNames) as CheckName[])
    .filter((name) => name !== 'form' && !madeByOthers.has(name))
    .map((name) => CheckResult.notRun(name, 'the token cannot be read')),
];

/** The claims that decide something, in words of the token; lists and times as text. */
function claimsOf({ payload, issuer }: TokenCheck): readonly Claim[] {
  const { scope, clientId, patient, fhirUser } = issuer.claims;
  const names = ['iss', 'sub', ...clientId, 'aud', ...scope, patient, fhirUser, 'iat', 'nbf', 'exp', 'jti'];
  return [...new Set(names)].flatMap((name) => {
    const value = claimOf(payload, name);
    return value === undefined ? [] : [{ name, value: textOf(value) }];
  });
}

const textOf = (value: unknown): string =>
  cleaned(
    typeof value === 'string' ? value : Array.isArray(value) ? value.slice(0, 50).map(String).join(' ') : String(value),
  );
