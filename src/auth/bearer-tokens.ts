import { Inject, Injectable } from '@nestjs/common';
import type { Refusal } from '../refusal/refusal.js';
import { AUTH_OPTIONS, type AuthOptions } from './auth-options.js';
import type { Authenticated, Authentication } from './authentication.js';
import { refuseAnswer } from './introspection/introspected-token.js';
import { judgeClaims, type Judging } from './judge-claims.js';
import type { KeyHint } from './keys/key-choice.js';
import type { SignatureAlgorithm } from './keys/signature-algorithms.js';
import { ForeignTokens } from './parts/foreign-tokens.js';
import { refuseFinding } from './parts/refuse-finding.js';
import { SmartContexts } from './parts/smart-contexts.js';
import { decodeJwt, type DecodedJwt } from './token/decode-jwt.js';
import { grantedScopes } from './token/granted-scopes.js';
import { checkNames, CheckResult, refusalsOf } from './token/check-result.js';
import { tokenCheckOf, unreadableChecks } from './token/examine-token.js';
import { claimOf } from './token/token-check.js';
import { checkToken, type Findings } from './token/token-checker.js';
import { checkSignature } from './token/signature.check.js';
import { TrustedIssuers, type IssuerEntry } from './issuers/trusted-issuers.js';

/** Outcome for the key and for the signature; `unavailable` when the key cannot be had, which is nobody's fault but ours. */
interface SignatureFinding {
  readonly key: CheckResult;
  readonly signature: CheckResult;
  readonly unavailable?: { readonly refusal: Refusal; readonly retryAfterSeconds: number };
}

/** Verifies one access token and names everything that is wrong with it: a JWT, or what a verifier or its issuer vouches for. */
@Injectable()
export class BearerTokens {
  constructor(
    @Inject(AUTH_OPTIONS) private readonly options: AuthOptions,
    private readonly issuers: TrustedIssuers,
    private readonly contexts: SmartContexts = new SmartContexts(),
    private readonly foreign: ForeignTokens = new ForeignTokens(options),
  ) {}

  async verify(token: string): Promise<Authentication> {
    const decoded = decodeJwt(token);
    const found = this.isForeign(decoded) ? await this.askVerifier(token) : undefined;
    if (found) return found;
    return 'code' in decoded ? this.askAbout(token, decoded) : this.verifyJwt(decoded);
  }

  /** True if the verifier of the application is asked first; tokens of this server are not shown to it. */
  private isForeign(decoded: DecodedJwt | Refusal): boolean {
    if (!this.foreign.areRead) return false;
    return 'code' in decoded || this.issuers.find(claimOf(decoded.payload, 'iss'))?.isOwn !== true;
  }

  /** Undefined if the token is none of the verifier's. */
  private async askVerifier(token: string): Promise<Authentication | undefined> {
    const finding = await this.foreign.ask(token);
    if (finding.kind === 'not-mine') return undefined;
    if (finding.kind !== 'accepted') return refuseFinding(finding);
    const { issuer, claims, cacheSeconds: trustSeconds = 0 } = finding;
    const entry = this.issuers.find(issuer);
    const found = await judgeClaims({ by: 'verifier', issuer, claims, entry, trustSeconds }, this.judging);
    return 'principal' in found ? this.confirm(token, found, entry) : found;
  }

  private async verifyJwt(decoded: DecodedJwt): Promise<Authentication> {
    const entry = this.issuers.find(claimOf(decoded.payload, 'iss'));
    const asked = tokenCheckOf(decoded, entry, this.options);
    const check = { ...asked, hasOwnContext: this.contexts.areRead(asked) };
    const findings = checkToken(check);
    const { key, signature, unavailable } = await this.verifySignature(decoded, entry, findings);
    const looks = [CheckResult.of('form', []), findings.kind, ...findings.header];
    const others = refusalsOf([...looks, ...findings.claims]);
    // A token that is bad anyway is not told to wait for keys.
    const isOnlyKeysMissing = unavailable !== undefined && others.length === 0;
    const keyCheck = isOnlyKeysMissing ? CheckResult.of('key', [unavailable.refusal]) : key;
    const checks = [...looks, keyCheck, signature, ...findings.claims];
    const [first, ...rest] = refusalsOf(checks);
    if (!first) {
      const found = await this.contexts.authenticate(check, checks);
      return 'principal' in found ? this.confirm(decoded.token, found, entry) : found;
    }
    return {
      refusals: [first, ...rest, ...findings.remarks],
      checks,
      unverifiedScopes: grantedScopes(check.payload, check.issuer),
      ...(isOnlyKeysMissing && { status: 503, retryAfterSeconds: unavailable.retryAfterSeconds }),
    };
  }

  /** A token that is no JWT is decided by introspection; an issuer without introspection leaves the refusal. */
  private async askAbout(token: string, found: Refusal): Promise<Authentication> {
    const entry = isOpaque(token, found) ? this.issuers.findForOpaque(token) : undefined;
    if (!entry?.introspection) {
      const refusal =
        this.options.localIssuer === undefined ? found : perhapsRefreshToken(token, found, this.options.localIssuer);
      return { refusals: [refusal], checks: unreadableChecks(refusal) };
    }
    const answer = await entry.introspection.ask(token);
    const { issuer } = entry.rules;
    if (answer.kind !== 'active') {
      const refused = refuseAnswer(answer, issuer);
      return { ...refused, checks: [CheckResult.of('introspection', refused.refusals)] };
    }
    const { cacheSeconds: trustSeconds } = entry.introspection.settings;
    return judgeClaims({ by: 'introspection', issuer, claims: answer.claims, entry, trustSeconds }, this.judging);
  }

  private get judging(): Judging {
    return { options: this.options, contexts: this.contexts };
  }

  /** A token proves itself, but not that it was not revoked since; some issuers are asked that too (RFC 7662). */
  private async confirm(
    token: string,
    verified: Authenticated,
    entry: IssuerEntry | undefined,
  ): Promise<Authentication> {
    if (!entry?.introspection?.settings.jwt) return verified;
    const { checks = [], trustSeconds } = verified;
    const answer = await entry.introspection.ask(token);
    if (answer.kind !== 'active') {
      const refused = refuseAnswer(answer, entry.rules.issuer);
      return { ...refused, checks: [...checks, CheckResult.of('introspection', refused.refusals)] };
    }
    const { cacheSeconds } = entry.introspection.settings;
    return {
      ...verified,
      checks: [...checks, CheckResult.of('introspection', [])],
      trustSeconds: Math.min(cacheSeconds, trustSeconds ?? cacheSeconds),
    };
  }

  private async verifySignature(
    decoded: DecodedJwt,
    entry: IssuerEntry | undefined,
    { header }: Findings,
  ): Promise<SignatureFinding> {
    if (!entry) return unseen('its issuer is not trusted, so no key of it counts');
    const wrong = header.find(({ isPassed }) => !isPassed);
    if (wrong) return unseen(`the ${checkNames[wrong.name]} comes first`);
    const kid = claimOf(decoded.header, 'kid') as string | undefined;
    const hint: KeyHint = {
      ...(kid !== undefined && { kid }),
      // The header checks have compared it with the issuer's list.
      algorithm: claimOf(decoded.header, 'alg') as SignatureAlgorithm,
    };
    const finding = await this.tryKeys(decoded.token, hint, entry);
    const mayBeRotated = kid === undefined && finding.signature.refusals[0]?.code === 'signature-invalid';
    return mayBeRotated && (await entry.keys.lookAgain()) ? this.tryKeys(decoded.token, hint, entry) : finding;
  }

  private async tryKeys(token: string, hint: KeyHint, { keys, rules }: IssuerEntry): Promise<SignatureFinding> {
    const choice = await keys.find(hint);
    if ('refusal' in choice) {
      const { refusal, retryAfterSeconds } = choice;
      const signature = CheckResult.notRun('signature', 'there is no key to check it with');
      return retryAfterSeconds === undefined
        ? { key: CheckResult.of('key', [refusal]), signature }
        : { key: CheckResult.notRun('key', refusal.fact), signature, unavailable: { refusal, retryAfterSeconds } };
    }
    let failure: Refusal | undefined;
    for (const { key } of choice.keys) {
      failure = checkSignature(token, key, rules.issuer);
      if (!failure) break;
    }
    return { key: CheckResult.of('key', []), signature: CheckResult.of('signature', failure ? [failure] : []) };
  }
}

const unseen = (reason: string): SignatureFinding => ({
  key: CheckResult.notRun('key', reason),
  signature: CheckResult.notRun('signature', reason),
});

/** Refresh tokens of the embedded authorization server have 43 characters; the text is judged by that alone and looked up nowhere. */
function perhapsRefreshToken(token: string, found: Refusal, issuer: string): Refusal {
  if (!/^[\w-]{43}$/.test(token)) return found;
  return {
    ...found,
    fact: 'The token is not a JWT. It looks like a refresh token or a code of this server; its access tokens are JWTs.',
    cure:
      `Send the access_token of the token response. A refresh token only gets a new one: POST ${issuer}/token with ` +
      'grant_type=refresh_token&refresh_token=…, with the client_id and the proof of the client.',
  };
}

/** A broken JWT stays a broken JWT: it begins as the base64url form of a JSON object does. */
const isOpaque = (token: string, { code }: Refusal): boolean =>
  code === 'token-opaque-unsupported' ||
  code === 'token-encrypted' ||
  (code === 'token-malformed' && !token.startsWith('eyJ'));
