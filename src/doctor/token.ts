import type { AuthOptions } from '../auth/auth-options.js';
import type { LocalIssuer } from '../auth/accounts/local-issuer.js';
import type { Principal } from '../auth/principal.js';
import { type CheckName, CheckResult, refusalsOf } from '../auth/token/check-result.js';
import { checkRevocation, notAsked } from '../auth/token/revocation.check.js';
import { cleaned } from '../auth/token-refusal.js';
import { BearerTokens } from '../auth/bearer-tokens.js';
import { TrustedIssuers } from '../auth/trusted-issuers.js';
import { SearchParameters } from '../r4/search/parameters/search-parameters.js';
import { readTokenScopes } from '../scope/grammar/token-scopes.js';
import { type DoctorResult, resultsOf } from './doctor-result.js';

const found = resultsOf('token');

/** A line of the report: what its passing means, and which checks of a token it is made of. */
interface TokenLine {
  readonly check: string;
  readonly passed: string;
  readonly of: readonly CheckName[];
}

const lines: readonly TokenLine[] = [
  { check: 'form', passed: 'It is a signed JWT.', of: ['form'] },
  { check: 'header', passed: 'Its header demands nothing unknown.', of: ['critical', 'key-id'] },
  { check: 'kind', passed: 'It is an access token.', of: ['kind'] },
  { check: 'issuer', passed: 'Its issuer is trusted.', of: ['issuer'] },
  { check: 'algorithm', passed: 'Its algorithm is allowed.', of: ['algorithm'] },
  { check: 'key', passed: 'The issuer publishes its key.', of: ['key'] },
  { check: 'signature', passed: 'The signature verifies.', of: ['signature'] },
  { check: 'audience', passed: 'It is made out for this server.', of: ['audience'] },
  { check: 'time', passed: 'It is valid now.', of: ['times'] },
  { check: 'claims', passed: 'Its claims have the forms that they should have.', of: ['claims'] },
  { check: 'binding', passed: 'It is bound to no key that the caller would have to prove.', of: ['binding'] },
  { check: 'introspection', passed: 'Its issuer was asked and vouches for it.', of: ['introspection'] },
  { check: 'verifier', passed: 'The token verifier vouches for it.', of: ['verifier'] },
  { check: 'revocation', passed: 'It was not revoked.', of: ['revocation'] },
];

export interface SampleToken {
  readonly token: string;
  readonly auth: AuthOptions;
  /** This server's own issuer, where its database can be asked. */
  readonly local?: LocalIssuer;
}

/** Runs a token through every check that the server itself makes. */
export async function examineToken({ token, auth, local }: SampleToken): Promise<readonly DoctorResult[]> {
  const verified = await new BearerTokens(auth, new TrustedIssuers(auth, local)).verify(token);
  const revocation =
    'principal' in verified
      ? await revocationOf(verified.principal, local)
      : CheckResult.notRun('revocation', 'another check comes first');
  const checks = [...(verified.checks ?? []).filter(({ name }) => name !== 'revocation'), revocation];
  const findings = lines.flatMap((line) => judgeLine(line, checks));
  if ('principal' in verified) return [...findings, ...judgeScopes(verified.principal, auth)];
  const listed = new Set(refusalsOf(checks));
  const remarks = verified.refusals.filter((one) => !listed.has(one));
  return [...findings, ...remarks.map(({ code, fact, cure }) => found.failed('other', `${code}: ${fact}`, cure))];
}

/** A line is good only if its checks were made and found nothing. */
function judgeLine({ check, passed, of }: TokenLine, checks: readonly CheckResult[]): readonly DoctorResult[] {
  const made = checks.filter(({ name }) => of.includes(name));
  const refusals = refusalsOf(made);
  if (refusals.length > 0) return refusals.map(({ code, fact, cure }) => found.failed(check, `${code}: ${fact}`, cure));
  const notMade = made.flatMap(({ outcome }) => (outcome.kind === 'not-run' ? [outcome.reason] : []));
  if (notMade.length > 0) return [found.skipped(check, `Not looked at: ${notMade[0]}.`)];
  return made.length === 0 ? [] : [found.ok(check, passed)];
}

function revocationOf(principal: Principal, local: LocalIssuer | undefined): CheckResult | Promise<CheckResult> {
  if (!principal.local) return notAsked;
  return local
    ? checkRevocation(principal, local)
    : CheckResult.notRun('revocation', 'the database, which knows what was revoked, was not reached');
}

/** Tells which scopes count for its holder; those that are neither for resources nor to administer are left out. */
function judgeScopes(principal: Principal, { resource }: AuthOptions): readonly DoctorResult[] {
  const { usable, administrative, ignored } = readTokenScopes(principal, {
    parameters: new SearchParameters(),
    base: resource,
    timeZone: 'UTC',
  });
  const holder = `${principal.kind} ${cleaned(principal.subject)}`;
  const counting = [...usable, ...administrative].map(({ text }) => cleaned(text));
  return [
    counting.length > 0
      ? found.ok('scopes', `For the ${holder} these count: ${counting.join(' ')}.`)
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
