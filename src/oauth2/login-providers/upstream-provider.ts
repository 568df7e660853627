import * as openid from 'openid-client';
import { isSecureUrl } from '../../config/secure-url.js';
import type { LoginProvider } from '../../config/foreign/login-provider.js';
import { upstreamFetch, upstreamTimeoutSeconds, UpstreamUnusable } from './upstream-fetch.js';

const freshForMs = 60 * 60_000;
/** A provider that is down is not asked by every user who tries. */
const cooldownMs = 5_000;
/** Time that an old discovery document counts while no new one can be had. */
const staleForMs = 24 * 60 * 60_000;

/** A provider as `openid-client` knows it, with its discovery document, which is fetched once an hour. */
export class UpstreamProvider {
  private known: { readonly configuration: openid.Configuration; readonly asOf: number } | undefined;
  private failed: { readonly reason: unknown; readonly at: number } | undefined;
  private pending: Promise<openid.Configuration> | undefined;

  constructor(readonly settings: LoginProvider) {}

  /** Rejects when the provider cannot be used; parallel calls share one fetch. */
  async configuration(): Promise<openid.Configuration> {
    const fresh = this.knownWithin(freshForMs);
    if (fresh) return fresh;
    const old = this.knownWithin(staleForMs);
    return old ? this.discoverInTurn().catch(() => old) : this.discoverInTurn();
  }

  private knownWithin(milliseconds: number): openid.Configuration | undefined {
    return this.known && performance.now() - this.known.asOf < milliseconds ? this.known.configuration : undefined;
  }

  private async discoverInTurn(): Promise<openid.Configuration> {
    if (this.failed && performance.now() - this.failed.at < cooldownMs) throw this.failed.reason;
    return (this.pending ??= this.discover().finally(() => (this.pending = undefined)));
  }

  private async discover(): Promise<openid.Configuration> {
    try {
      const configuration = await discover(this.settings);
      this.known = { configuration, asOf: performance.now() };
      this.failed = undefined;
      return configuration;
    } catch (reason) {
      this.failed = { reason, at: performance.now() };
      throw reason;
    }
  }
}

async function discover(settings: LoginProvider): Promise<openid.Configuration> {
  const { issuer, clientId, clientSecret } = settings;
  const configuration = await openid.discovery(new URL(issuer), clientId, clientSecret, authentication(settings), {
    [openid.customFetch]: upstreamFetch,
    timeout: upstreamTimeoutSeconds,
    // Signatures are checked though the token came by TLS; what may be http (loopback only) is up to upstreamFetch.
    execute: [openid.enableNonRepudiationChecks, openid.allowInsecureRequests],
  });
  const metadata = configuration.serverMetadata();
  // Character by character: accounts are linked by it, and a document for many tenants names none.
  if (metadata.issuer !== issuer)
    throw new UpstreamUnusable(`its discovery document names the issuer ${metadata.issuer}, not ${issuer}`);
  const { authorization_endpoint: address } = metadata;
  if (address === undefined || !isSecureUrl(address))
    throw new UpstreamUnusable('its discovery document names no authorization_endpoint by https');
  return configuration;
}

function authentication({ clientSecret, clientAuthentication }: LoginProvider): openid.ClientAuth {
  if (clientSecret === undefined) return openid.None();
  return clientAuthentication === 'client_secret_post'
    ? openid.ClientSecretPost(clientSecret)
    : openid.ClientSecretBasic(clientSecret);
}
