import { Inject, Injectable } from '@nestjs/common';
import type { Refusal } from '../refusal/refusal.js';
import { AUTH_OPTIONS, type AuthOptions } from './auth-options.js';
import type { Authentication } from './authentication.js';
import { judgeAnswer, refuseAnswer } from './introspection/introspected-token.js';
import { JwtStrategy } from './jwt.strategy.js';
import type { KeyHint } from './keys/key-choice.js';
import type { SignatureAlgorithm } from './keys/signature-algorithms.js';
import type { Principal } from './principal.js';
import { decodeJwt, type DecodedJwt } from './token/decode-jwt.js';
import { grantedScopes } from './token/granted-scopes.js';
import { tokenCheckOf } from './token/examine-token.js';
import { claimOf } from './token/token-check.js';
import { checkToken } from './token/token-checker.js';
import { principalOfToken } from './token/token-principal.js';
import { classifySignatureFailure } from './token/signature-failure.js';
import { TrustedIssuers, type IssuerEntry } from './trusted-issuers.js';

/** What became of the signature; `unavailable` when its key cannot be had, which is nobody's fault but ours. */
type SignatureFinding = { readonly refusals: readonly Refusal[]; readonly unavailable?: number };

const unseen: SignatureFinding = { refusals: [] };
const isVerified = (finding: SignatureFinding): boolean =>
  finding !== unseen && finding.unavailable === undefined && finding.refusals.length === 0;

/** Checks and verifies one JWT, and names everything that is wrong with it. */
@Injectable()
export class TokenVerifier {
  constructor(
    @Inject(AUTH_OPTIONS) private readonly options: AuthOptions,
    private readonly issuers: TrustedIssuers,
    private readonly strategy: JwtStrategy,
  ) {}

  async verify(token: string): Promise<Authentication> {
    const decoded = decodeJwt(token);
    if ('code' in decoded) return this.askAbout(token, decoded);
    const entry = this.issuers.find(claimOf(decoded.payload, 'iss'));
    const check = tokenCheckOf(decoded, entry, this.options);
    const findings = checkToken(check);
    const signature = entry && findings.header.length === 0 ? await this.verifySignature(decoded, entry) : unseen;
    const failures = [...findings.kind, ...findings.header, ...findings.claims];
    // A token that is bad anyway is not told to wait for keys.
    const isOnlyKeysMissing = signature.unavailable !== undefined && failures.length === 0;
    const signatureFailures = signature.unavailable === undefined || isOnlyKeysMissing ? signature.refusals : [];
    const [first, ...others] = [...findings.kind, ...findings.header, ...signatureFailures, ...findings.claims];
    if (!first) return this.confirm(token, principalOfToken(check), entry);
    return {
      refusals: [first, ...others, ...findings.remarks],
      unverifiedScopes: grantedScopes(check.payload, check.issuer),
      ...(isVerified(signature) && { isSigned: true }),
      ...(isOnlyKeysMissing && { status: 503, retryAfterSeconds: signature.unavailable }),
    };
  }

  /** What is no JWT counts when its issuer says so; an issuer that is not configured to be asked leaves the refusal. */
  private async askAbout(token: string, found: Refusal): Promise<Authentication> {
    const entry = isOpaque(token, found) ? this.issuers.findForOpaque(token) : undefined;
    if (!entry?.introspection) return { refusals: [found] };
    return judgeAnswer(await entry.introspection.ask(token), entry, this.options);
  }

  /** A JWT proves itself, but not that it was not revoked since; some issuers are asked that too (requirement 53). */
  private async confirm(token: string, principal: Principal, entry: IssuerEntry | undefined): Promise<Authentication> {
    if (!entry?.introspection?.settings.jwt) return { principal };
    const answer = await entry.introspection.ask(token);
    return answer.kind === 'active'
      ? { principal, trustSeconds: entry.introspection.settings.cacheSeconds }
      : refuseAnswer(answer, entry.rules.issuer);
  }

  private async verifySignature(decoded: DecodedJwt, entry: IssuerEntry): Promise<SignatureFinding> {
    const kid = claimOf(decoded.header, 'kid') as string | undefined;
    const hint: KeyHint = {
      ...(kid !== undefined && { kid }),
      // The header checks have compared it with the issuer's list.
      algorithm: claimOf(decoded.header, 'alg') as SignatureAlgorithm,
    };
    const finding = await this.tryKeys(decoded.token, hint, entry);
    const mayBeRotated = kid === undefined && finding.refusals[0]?.code === 'signature-invalid';
    return mayBeRotated && (await entry.keys.lookAgain()) ? this.tryKeys(decoded.token, hint, entry) : finding;
  }

  private async tryKeys(token: string, hint: KeyHint, { keys, rules }: IssuerEntry): Promise<SignatureFinding> {
    const choice = await keys.find(hint);
    if ('refusal' in choice) {
      return {
        refusals: [choice.refusal],
        ...(choice.retryAfterSeconds !== undefined && { unavailable: choice.retryAfterSeconds }),
      };
    }
    let refusals: readonly Refusal[] = [];
    for (const { key } of choice.keys) {
      const failure = await this.strategy.verify({ token, key });
      if (!failure) return { refusals: [] };
      refusals = [classifySignatureFailure(failure.message, rules.issuer)];
    }
    return { refusals };
  }
}

/** A broken JWT stays a broken JWT: it begins as the base64url form of a JSON object does. */
const isOpaque = (token: string, { code }: Refusal): boolean =>
  code === 'token-opaque-unsupported' ||
  code === 'token-encrypted' ||
  (code === 'token-malformed' && !token.startsWith('eyJ'));
