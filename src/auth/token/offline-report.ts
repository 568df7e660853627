import type { AuthOptions } from '../auth-options.js';
import type { TokenReport } from '../refusals/token-explainer.js';
import { CheckResult, refusalsOf } from './check-result.js';
import { examineToken } from './examine-token.js';
import { ownIssuer } from './issuer-rules.js';

/** Reports on a token by settings alone: no key is fetched, nothing is verified, revocation is not known. */
export function offlineReport(token: string, options: AuthOptions): TokenReport {
  const { localIssuer, issuers, resource } = options;
  const examined = examineToken(token, options, (issuer) => {
    if (issuer === localIssuer && localIssuer !== undefined)
      return { rules: ownIssuer(localIssuer, resource), isOwn: true };
    const rules = issuers.find((one) => one.issuer === issuer);
    return rules && { rules, isOwn: false };
  });
  const [first, ...others] = refusalsOf(examined.checks);
  const asked = new Set(examined.checks.map(({ name }) => name));
  const unasked = (['key', 'signature', 'revocation'] as const).filter((name) => !asked.has(name));
  const checks = [...examined.checks, ...unasked.map((name) => CheckResult.notRun(name, notAsked))];
  if (!first) return { ...examined, checks };
  const unverifiedScopes = examined.claimed?.scopes;
  return {
    ...examined,
    checks,
    authentication: { refusals: [first, ...others], checks, ...(unverifiedScopes && { unverifiedScopes }) },
  };
}

const notAsked = 'not looked at offline; --server asks a server that has the keys';
