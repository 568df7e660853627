import { Inject, Injectable } from '@nestjs/common';
import type { ReasonCode } from '../refusal/reasons.js';
import type { Refusal } from '../refusal/refusal.js';
import { AUTH_OPTIONS, type AuthOptions } from './auth-options.js';
import type { Authentication, NotAuthenticated } from './authentication.js';
import { Authenticator } from './authenticator.js';
import { examineToken, type ExaminedToken } from './token/examine-token.js';
import type { CheckResult } from './token/token-checker.js';
import { TrustedIssuers } from './trusted-issuers.js';

/** A token, check by check, and what a request that sends it is told. */
export interface TokenReport extends ExaminedToken {
  /** Whether it counts; where that was not found out, `claimed` is all there is. */
  readonly authentication?: Authentication;
}

/** Explains tokens by the very checks that requests go through; whoever has a token learns the same by sending it. */
@Injectable()
export class TokenExplainer {
  constructor(
    @Inject(AUTH_OPTIONS) private readonly options: AuthOptions,
    private readonly authenticator: Authenticator,
    private readonly issuers: TrustedIssuers,
  ) {}

  async explain(token: string): Promise<TokenReport> {
    const authentication = await this.authenticator.byToken(token);
    const examined = examineToken(token, this.options, (issuer) => this.issuers.find(issuer));
    if ('principal' in authentication) return counting(examined, authentication);
    return { ...examined, authentication, checks: failedChecks(examined.checks, authentication) };
  }
}

/** An opaque token has no form to look at: its issuer was asked. */
function counting(examined: ExaminedToken, authentication: Authentication): TokenReport {
  const isJwt = examined.checks.every(({ refusals }) => refusals.length === 0);
  const own = isJwt ? examined.checks : [];
  return {
    ...examined,
    authentication,
    checks: [...own, passed(isJwt ? 'signature' : 'word of the issuer'), passed('revocation')],
  };
}

const passed = (name: string): CheckResult => ({ name, refusals: [] });

const aboutRevocation: ReadonlySet<ReasonCode> = new Set([
  'token-revoked',
  'token-inactive',
  'revocations-unavailable',
  'introspection-unavailable',
]);

/** What was found beyond the looks of the token: of its signature, and whether it was revoked. */
function failedChecks(
  checks: readonly CheckResult[],
  { refusals, isSigned = false }: NotAuthenticated,
): readonly CheckResult[] {
  const told = new Set(checks.flatMap((check) => check.refusals.map(({ code }) => code)));
  const found = refusals.filter(({ code }) => !told.has(code) && code !== 'key-header-ignored');
  const revocation = found.filter(({ code }) => aboutRevocation.has(code));
  const signature = found.filter(({ code }) => !aboutRevocation.has(code));
  const isSeen = isSigned || revocation.length > 0;
  return [...checks, result('signature', signature, isSeen), result('revocation', revocation, false)];
}

/** What was not found out is not called good. */
const result = (name: string, refusals: readonly Refusal[], isPassed: boolean): CheckResult =>
  refusals.length > 0 || isPassed
    ? { name, refusals }
    : { name, refusals, skipped: 'not looked at: another check failed' };
