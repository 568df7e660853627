import { claimOf, type Check, type TokenCheck } from './token-check.js';
import { describeForm, refusal, unverified } from '../refusals/token-refusal.js';
import { tokenSources } from '../refusals/token-sources.js';

const notALogin = 'A login token of a web application is not an OAuth access token.';

/** `iss` is one of ours, character by character (RFC 9068 section 4). */
export const issuerCheck: Check = (token) => {
  if (token.isTrusted) return [];
  const iss = claimOf(token.payload, 'iss');
  if (typeof iss !== 'string') {
    const found = iss === undefined ? 'names no issuer (iss)' : `has ${describeForm(iss)} as issuer (iss)`;
    return [refusal('iss-untrusted', `The token ${found}.`, `${tokenSources(token.options)} ${notALogin}`)];
  }
  return [
    refusal(
      'iss-untrusted',
      `Issuer ${unverified(iss)} is not an authorization server of this FHIR server${expected(token)}.`,
      nearMiss(iss, token) ??
        `${tokenSources(token.options)} ${notALogin} An administrator can add an issuer in TRUSTED_ISSUERS.`,
    ),
  ];
};

/** Its own one is no secret: discovery names it. */
const expected = ({ options: { localIssuer } }: TokenCheck): string =>
  localIssuer === undefined ? '' : `, whose own is '${localIssuer}'`;

/** The two mistakes that look right to everybody: a trailing slash or letter case, and Entra's two token versions. */
function nearMiss(iss: string, { options }: TokenCheck): string | undefined {
  const known = [...options.issuers.map(({ issuer }) => issuer), ...(options.localIssuer ? [options.localIssuer] : [])];
  const near = known.find((issuer) => folded(issuer) === folded(iss));
  if (near !== undefined) {
    return `It is nearly '${near}', but issuers must be equal character by character: write it in TRUSTED_ISSUERS as the token does.`;
  }
  const tenant = /^https:\/\/(?:sts\.windows\.net|login\.microsoftonline\.com)\/([\da-f-]{36})\//i.exec(iss)?.[1];
  const version = known.find((issuer) => tenant !== undefined && issuer.includes(tenant));
  return version === undefined
    ? undefined
    : `This tenant is trusted as '${version}'. Entra issues version 1 and version 2 tokens with different issuers: set ` +
        'requestedAccessTokenVersion (api.accessTokenAcceptedVersion) of the application to match, or add this issuer in TRUSTED_ISSUERS.';
}

const folded = (issuer: string): string =>
  issuer
    .toLowerCase()
    .replace(/^https?:/, '')
    .replace(/\/+$/, '');
