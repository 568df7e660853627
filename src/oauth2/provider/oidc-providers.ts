import { Injectable, Logger } from '@nestjs/common';
import { SigningKeys, type SigningKey } from '../../auth/keys/signing-keys.js';
import { ServerSecrets } from '../../database/server-secrets.js';
import { OauthClients } from '../clients/oauth-client.js';
import type { OidcProvider } from './oidc-library.js';
import { ProviderParts } from './provider-parts.js';
import { protectRefreshTokens } from './tokens/refresh-rotation.js';
import { describeError } from '../../observability/describe-error.js';

export type { OidcProvider } from './oidc-library.js';
export type OidcInteraction = Awaited<ReturnType<OidcProvider['interactionDetails']>>;

/**
 * oidc-provider takes its key when it is made, so there is one provider for each signing key. They keep nothing but caches: all
 * they remember is in PostgreSQL, and whatever one of them began another one ends, here or in another process.
 */
@Injectable()
export class OidcProviders {
  private readonly logger = new Logger(OidcProviders.name);
  private made: { readonly kid: string; readonly provider: Promise<OidcProvider> } | undefined;

  constructor(
    private readonly keys: SigningKeys,
    private readonly secrets: ServerSecrets,
    private readonly clients: OauthClients,
    private readonly parts: ProviderParts,
  ) {}

  async current(): Promise<OidcProvider> {
    const key = await this.keys.current();
    if (this.made?.kid !== key.kid) this.made = { kid: key.kid, provider: this.make(key) };
    const { made } = this;
    try {
      return await made.provider;
    } catch (error) {
      // The next request tries again.
      if (this.made === made) this.made = undefined;
      throw error;
    }
  }

  private async make(key: SigningKey): Promise<OidcProvider> {
    const cookieKey = (await this.secrets.get('oauth-cookies')).toString('base64url');
    const successorKey = await this.secrets.get('oauth-refresh-token');
    const provider = this.parts.build(key, cookieKey);
    // Trusts X-Forwarded headers: the mount sets them.
    provider.proxy = true;
    const { clients } = this;
    // Only hashes of secrets are kept, so the store compares.
    provider.Client.prototype.compareClientSecret = async function compare(secret: string): Promise<boolean> {
      const client = await clients.find((this as unknown as { clientId: string }).clientId);
      return client !== undefined && clients.secretMatches(client, secret);
    };
    protectRefreshTokens(provider, successorKey);
    provider.on('server_error', (_ctx: unknown, error: Error) => this.logger.error(describeError(error)));
    return provider;
  }
}
