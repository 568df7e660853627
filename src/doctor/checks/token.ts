import type { AuthOptions } from '../../auth/auth-options.js';
import type { LocalIssuer } from '../../auth/accounts/local-issuer.js';
import type { Principal } from '../../auth/principal.js';
import { type CheckName, CheckResult, refusalsOf } from '../../auth/token/check-result.js';
import { checkRevocation, notAsked } from '../../auth/token/revocation.check.js';
import { cleaned } from '../../auth/refusals/token-refusal.js';
import { BearerTokens } from '../../auth/bearer-tokens.js';
import { TrustedIssuers } from '../../auth/issuers/trusted-issuers.js';
import type { Refusal } from '../../refusal/refusal.js';
import { SearchParameters } from '../../r4/search/parameters/search-parameters.js';
import { readTokenScopes } from '../../scope/grammar/token-scopes.js';
import { type DoctorResult, resultsOf } from '../doctor-result.js';

const found = resultsOf('token');

/** Lines of the report, and which checks of a token each is made of. */
const lines = [
  { check: 'form', of: ['form'] },
  { check: 'header', of: ['critical', 'key-id'] },
  { check: 'kind', of: ['kind'] },
  { check: 'issuer', of: ['issuer'] },
  { check: 'algorithm', of: ['algorithm'] },
  { check: 'key', of: ['key'] },
  { check: 'signature', of: ['signature'] },
  { check: 'audience', of: ['audience'] },
  { check: 'time', of: ['times'] },
  { check: 'claims', of: ['claims'] },
  { check: 'binding', of: ['binding'] },
  { check: 'introspection', of: ['introspection'] },
  { check: 'verifier', of: ['verifier'] },
  { check: 'revocation', of: ['revocation'] },
] as const satisfies readonly { readonly check: string; readonly of: readonly CheckName[] }[];

type TokenLine = (typeof lines)[number];

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
  return [...findings, ...remarks.map((one) => refused('other', one))];
}

/** A line is good only if its checks were made and found nothing. */
function judgeLine({ check, of }: TokenLine, checks: readonly CheckResult[]): readonly DoctorResult[] {
  const names: readonly CheckName[] = of;
  const made = checks.filter(({ name }) => names.includes(name));
  const refusals = refusalsOf(made);
  if (refusals.length > 0) return refusals.map((one) => refused(check, one));
  const notMade = made.flatMap(({ outcome }) => (outcome.kind === 'not-run' ? [outcome.reason] : []));
  if (notMade.length > 0) return [found.skipped(check, 'token.unseen', { why: notMade[0]! })];
  return made.length === 0 ? [] : [found.ok(check, `token.${check}`)];
}

/** Refusals have words of their own, in English. */
const refused = (check: string, { code, fact, cure }: Refusal): DoctorResult =>
  found.failed(check, 'token.refused', { code, fact, cure });

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
  const holder = { kind: principal.kind, subject: cleaned(principal.subject) };
  const counting = [...usable, ...administrative].map(({ text }) => cleaned(text));
  return [
    counting.length > 0
      ? found.ok('scopes', 'token.scopes', { ...holder, scopes: counting.join(' ') })
      : found.failed('scopes', 'token.no-scopes', holder),
    ...ignored
      .filter(({ text }) => text.includes('/'))
      .map(({ text, why, cure }) => {
        const scope = cleaned(text);
        return cure === undefined
          ? found.warning('scopes', 'token.scope-formless', { scope, why })
          : found.warning('scopes', 'token.scope-ignored', { scope, why, cure });
      }),
  ];
}
