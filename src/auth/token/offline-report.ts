import type { Refusal } from '../../refusal/refusal.js';
import type { AuthOptions } from '../auth-options.js';
import type { TokenReport } from '../token-explainer.js';
import { examineToken } from './examine-token.js';
import { ownIssuer } from './issuer-rules.js';
import type { CheckResult } from './token-checker.js';

/** What settings alone say about a token: no key is fetched, so nothing is verified, and nothing was found out of revocation. */
export function offlineReport(token: string, options: AuthOptions): TokenReport {
  const { localIssuer, issuers, resource } = options;
  const examined = examineToken(token, options, (issuer) => {
    if (issuer === localIssuer && localIssuer !== undefined)
      return { rules: ownIssuer(localIssuer, resource), isOwn: true };
    const rules = issuers.find((one) => one.issuer === issuer);
    return rules && { rules, isOwn: false };
  });
  const [first, ...others] = examined.checks.flatMap<Refusal>(({ refusals }) => refusals);
  const checks = [...examined.checks, unasked('signature'), unasked('revocation')];
  if (!first) return { ...examined, checks };
  const unverifiedScopes = examined.claimed?.scopes;
  return {
    ...examined,
    checks,
    authentication: { refusals: [first, ...others], ...(unverifiedScopes && { unverifiedScopes }) },
  };
}

const unasked = (name: string): CheckResult => ({
  name,
  refusals: [],
  skipped: 'not looked at offline; --server asks a server that has the keys',
});
