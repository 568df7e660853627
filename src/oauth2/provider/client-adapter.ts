import { randomBytes } from 'node:crypto';
import type { Adapter, AdapterPayload, Client, ClientAuthMethod } from 'oidc-provider';
import type { ClientKind, OauthClient, OauthClients } from '../clients/oauth-client.js';

const methods: Readonly<Record<ClientKind, ClientAuthMethod>> = {
  public: 'none',
  'confidential-symmetric': 'client_secret_basic',
  'confidential-asymmetric': 'private_key_jwt',
};

/** Never matches: secrets are compared by the store. oidc-provider only wants to see that there is one. */
const placeholder = randomBytes(32).toString('base64url');

/** oidc-provider's view of the registered clients: it reads them, and changes none. */
export class ClientAdapter implements Adapter {
  constructor(private readonly clients: OauthClients) {}

  async find(id: string): Promise<AdapterPayload | undefined> {
    const client = await this.clients.find(id);
    return client && metadataOf(client);
  }

  async upsert(): Promise<void> {
    throw new Error('Clients are registered elsewhere');
  }

  async findByUid(): Promise<undefined> {}
  async findByUserCode(): Promise<undefined> {}
  async consume(): Promise<void> {}
  async destroy(): Promise<void> {}
  async revokeByGrantId(): Promise<void> {}
}

/** Scopes are left out: they are a ceiling that is checked where scopes are granted. */
function metadataOf(client: OauthClient): AdapterPayload {
  const hasCode = client.grantTypes.includes('authorization_code');
  return {
    client_id: client.id,
    client_name: client.name,
    application_type: client.firstParty !== true && isNative(client.redirectUris) ? 'native' : 'web',
    redirect_uris: hasCode ? [...client.redirectUris] : [],
    response_types: hasCode ? ['code'] : [],
    grant_types: [...client.grantTypes],
    token_endpoint_auth_method: methods[client.kind],
    allowed_origins: [...client.origins, ...client.redirectUris.map((uri) => new URL(uri).origin)],
    ...(client.postLogoutRedirectUris && { post_logout_redirect_uris: [...client.postLogoutRedirectUris] }),
    ...(client.kind === 'confidential-symmetric' && { client_secret: placeholder }),
    ...(client.kind === 'confidential-asymmetric' && keysOf(client)),
  };
}

function keysOf({ jwksUri, jwks }: OauthClient): Pick<AdapterPayload, 'jwks_uri' | 'jwks'> {
  if (jwksUri !== undefined) return { jwks_uri: jwksUri };
  return { jwks: { keys: (jwks?.keys ?? []).map((key) => ({ ...key })) as never } };
}

/** RFC 8252 7.3: on loopback any port counts. A claimed https address on loopback is a web app under development. */
function isNative(redirectUris: readonly string[]): boolean {
  const urls = redirectUris.map((uri) => new URL(uri));
  return urls.some(({ protocol }) => protocol !== 'https:') && !urls.some(isSecureLoopback);
}

const isSecureLoopback = ({ protocol, hostname }: URL): boolean =>
  protocol === 'https:' && ['localhost', '127.0.0.1', '[::1]'].includes(hostname);

/** True if browser apps at the origin may use the client's tokens: its own origins and those of the settings. */
export function mayCallFrom(origin: string, client: Client, added: readonly string[]): boolean {
  const own = client['allowed_origins'] as readonly string[];
  return origin !== 'null' && (own.includes(origin) || added.includes(origin) || added.includes('*'));
}
