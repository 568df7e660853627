import { trustedIssuerOf } from '../../auth/issuers/advertised-issuer.js';
import type { AuthOptions } from '../../auth/auth-options.js';
import { isSecureUrl } from '../../config/secure-url.js';
import type { AppConfig } from '../../config/app-config.js';
import { cleaned } from '../../auth/refusals/token-refusal.js';
import { type DoctorResult, resultsOf } from '../doctor-result.js';
import { fetchPublished } from './issuers.js';
import { joined } from '../words/say.js';

const found = resultsOf('console');

type Metadata = Readonly<Record<string, unknown>>;

/** Judges the login of the console at another authorization server (docs/adr/0112); nothing where people log in here. */
export async function examineConsole(
  { console: isOn, consoleLogin: login, embeddedIssuer, publicUrl }: AppConfig,
  auth: Pick<AuthOptions, 'issuers'>,
): Promise<readonly DoctorResult[]> {
  if (!isOn || (!login && embeddedIssuer)) return [];
  const redirect = `${publicUrl}/console/callback`;
  if (!login) return [found.ok('client', 'console.no-client', { redirect })];
  const trusted = trustedIssuerOf(login.issuer, auth);
  if (!trusted) return [found.failed('trusted', 'console.untrusted', { issuer: cleaned(login.issuer ?? '') })];
  const issuer = cleaned(trusted.issuer);
  const published = await fetchPublished({ issuer: trusted.issuer });
  return [
    found.ok('trusted', 'console.trusted', { issuer }),
    ...('key' in published
      ? [found.failed('discovery', 'console.no-discovery', { issuer, why: published })]
      : judgeDiscovery(published.metadata, trusted.issuer)),
    found.ok('client', 'console.client', {
      client: cleaned(login.clientId),
      redirect,
      origin: new URL(publicUrl).origin,
    }),
  ];
}

function judgeDiscovery(metadata: Metadata, issuer: string): readonly DoctorResult[] {
  return [
    // The login of the page goes by what it finds there, and takes no document of another name.
    metadata['issuer'] === issuer
      ? found.ok('discovery', 'console.discovery')
      : found.failed('discovery', 'console.other-issuer', { issuer: cleaned(issuer) }),
    judgeEndpoints(metadata),
    judgeCode(metadata),
    judgePkce(metadata),
  ];
}

function judgeEndpoints(metadata: Metadata): DoctorResult {
  const missing = ['authorization_endpoint', 'token_endpoint'].filter((name) => {
    const address = metadata[name];
    return typeof address !== 'string' || !isSecureUrl(address);
  });
  return missing.length === 0
    ? found.ok('endpoints', 'console.endpoints')
    : found.failed('endpoints', 'console.no-endpoints', { missing: joined(missing) });
}

/** RFC 8414 2: `response_types_supported` is required; grant types are `authorization_code` and `implicit` where none are named. */
function judgeCode(metadata: Metadata): DoctorResult {
  const [responses, grants = ['authorization_code']] = [
    listIn(metadata, 'response_types_supported'),
    listIn(metadata, 'grant_types_supported'),
  ];
  if (responses === undefined) return found.skipped('code', 'console.code-unsaid');
  return responses.includes('code') && grants.includes('authorization_code')
    ? found.ok('code', 'console.code')
    : found.failed('code', 'console.no-code');
}

/** RFC 8414 2: without the list PKCE is not supported; some that support it leave it out. */
function judgePkce(metadata: Metadata): DoctorResult {
  const methods = listIn(metadata, 'code_challenge_methods_supported');
  if (methods === undefined) return found.warning('pkce', 'console.pkce-unsaid');
  return methods.includes('S256') ? found.ok('pkce', 'console.pkce') : found.failed('pkce', 'console.no-pkce');
}

const listIn = (metadata: Metadata, name: string): readonly unknown[] | undefined =>
  Array.isArray(metadata[name]) ? metadata[name] : undefined;
