import type { AuthOptions } from '../auth/auth-options.js';
import { JwtStrategy } from '../auth/jwt.strategy.js';
import type { LocalIssuer } from '../auth/local-issuer.js';
import type { Principal } from '../auth/principal.js';
import { cleaned } from '../auth/token-refusal.js';
import { TokenVerifier } from '../auth/token-verifier.js';
import { TrustedIssuers } from '../auth/trusted-issuers.js';
import { SearchParameters } from '../fhir/search/search-parameters.js';
import type { ReasonCode } from '../refusal/reasons.js';
import type { Refusal } from '../refusal/refusal.js';
import { readTokenScopes } from '../scope/token-scopes.js';
import { type Finding, findingsOf } from './finding.js';

const found = findingsOf('token');

/** What one kind of check refuses, what its passing means, and what has to be right before it can run. */
interface TokenCheckKind {
  readonly check: string;
  readonly passed: string;
  readonly codes: readonly ReasonCode[];
  readonly needs?: readonly string[];
}

const kinds: readonly TokenCheckKind[] = [
  {
    check: 'form',
    passed: 'It is a signed JWT.',
    codes: ['token-malformed', 'token-too-large', 'token-opaque-unsupported', 'token-encrypted'],
  },
  { check: 'header', passed: 'Its header demands nothing unknown.', codes: ['crit-unsupported'] },
  { check: 'kind', passed: 'It is an access token.', codes: ['typ-not-access-token'] },
  { check: 'issuer', passed: 'Its issuer is trusted.', codes: ['iss-untrusted'] },
  {
    check: 'algorithm',
    passed: 'Its algorithm is allowed and fits the key.',
    codes: ['alg-none', 'alg-not-allowed', 'alg-key-mismatch'],
  },
  {
    check: 'key',
    passed: 'The issuer publishes its key.',
    codes: ['kid-unknown', 'kid-ambiguous', 'keys-unavailable'],
    needs: ['header', 'issuer', 'algorithm'],
  },
  {
    check: 'signature',
    passed: 'The signature verifies.',
    codes: ['signature-invalid'],
    needs: ['header', 'issuer', 'algorithm', 'key'],
  },
  { check: 'audience', passed: 'It is made out for this server.', codes: ['aud-missing', 'aud-mismatch'] },
  { check: 'time', passed: 'It is valid now.', codes: ['token-expired', 'token-not-yet-valid'] },
  { check: 'claims', passed: 'Its claims have the forms that they should have.', codes: ['claim-malformed'] },
  { check: 'binding', passed: 'It is bound to no key that the caller would have to prove.', codes: ['cnf-unproven'] },
];

export interface SampleToken {
  readonly token: string;
  readonly auth: AuthOptions;
  /** This server's own issuer, where its database can be asked. */
  readonly local?: LocalIssuer;
}

/** Runs a token through every check that the server itself makes. */
export async function examineToken({ token, auth, local }: SampleToken): Promise<readonly Finding[]> {
  const verified = await new TokenVerifier(auth, new TrustedIssuers(auth, local), new JwtStrategy()).verify(token);
  if ('refusals' in verified) return judgeRefusals(verified.refusals);
  const passed = kinds.map((kind) => found.ok(kind.check, kind.passed));
  return [...passed, await judgeRevocation(verified.principal, local), ...judgeScopes(verified.principal, auth)];
}

function judgeRefusals(refusals: readonly Refusal[]): readonly Finding[] {
  const wrong = new Set(
    kinds.filter(({ codes }) => refusals.some(({ code }) => codes.includes(code))).map(({ check }) => check),
  );
  const rows = kinds.flatMap(({ check, passed, codes, needs = [] }) => {
    const mine = refusals.filter(({ code }) => codes.includes(code));
    if (mine.length > 0) return mine.map(({ code, fact, cure }) => found.failed(check, `${code}: ${fact}`, cure));
    const missing = check === 'form' || !wrong.has('form') ? needs.find((need) => wrong.has(need)) : 'form';
    return [
      missing === undefined
        ? found.ok(check, passed)
        : found.skipped(check, `Not looked at: "${missing}" comes first.`),
    ];
  });
  const others = refusals.filter(({ code }) => kinds.every(({ codes }) => !codes.includes(code)));
  return [...rows, ...others.map(({ code, fact, cure }) => found.failed('other', `${code}: ${fact}`, cure))];
}

async function judgeRevocation(principal: Principal, local: LocalIssuer | undefined): Promise<Finding> {
  if (!principal.local || !local) return found.ok('revocation', 'Its issuer has not said that it was revoked.');
  const { tokenId, sessionId } = principal;
  const isRevoked = await local.isRevoked({
    ...(tokenId !== undefined && { tokenId }),
    ...(sessionId !== undefined && { sessionId }),
  });
  return isRevoked
    ? found.failed(
        'revocation',
        'token-revoked: It was revoked, or its session was ended by a logout.',
        'Log in again.',
      )
    : found.ok('revocation', 'It was not revoked.');
}

/** Which scopes count for its holder; those that have nothing to do with FHIR are left out. */
function judgeScopes(principal: Principal, { resource }: AuthOptions): readonly Finding[] {
  const { usable, ignored } = readTokenScopes(principal, {
    parameters: new SearchParameters(),
    base: resource,
    timeZone: 'UTC',
  });
  const holder = `${principal.kind} ${cleaned(principal.subject)}`;
  const counting = usable.map(({ text }) => cleaned(text)).join(' ');
  return [
    usable.length > 0
      ? found.ok('scopes', `For the ${holder} these count: ${counting}.`)
      : found.failed(
          'scopes',
          `None of its scopes counts for the ${holder}.`,
          'Request scopes such as patient/*.rs or user/*.rs.',
        ),
    ...ignored
      .filter(({ text }) => text.includes('/'))
      .map(({ text, why, cure }) =>
        found.warning(
          'scopes',
          `${cleaned(text)} does not count: ${why}.`,
          cure ?? 'Request it in the form that counts, or leave it out.',
        ),
      ),
  ];
}
