import { Inject, Injectable } from '@nestjs/common';
import type { Adapter, Configuration } from 'oidc-provider';
import type { SigningKey } from '../../auth/keys/signing-keys.js';
import { OauthClients } from '../clients/oauth-client.js';
import { OAUTH2_OPTIONS, type Oauth2Options } from '../oauth2-options.js';
import { OauthArtifactRepository } from '../storage/oauth-artifact.repository.js';
import { OauthGrantRepository } from '../storage/oauth-grant.repository.js';
import { AuditedTokens } from './tokens/audited-tokens.js';
import { AuthorizationChecks } from './interactions/authorization-checks.js';
import { ClientAdapter, mayCallFrom } from './client-adapter.js';
import { checkAssertion } from './client-assertion.js';
import { FirstPartyGrants } from './first-party-grants.js';
import { GrantAdapter } from './grant-adapter.js';
import { Grants } from './grants.js';
import { interactionPrompts } from './interactions/interaction-prompts.js';
import { judgedFetch } from '../../outbound/judged-fetch.js';
import { ArtifactAdapter } from './provider-adapter.js';
import { fixedConfiguration, sessionCookie } from './provider-configuration.js';
import { PageLooks } from '../pages/look.js';
import { ProviderErrors } from './provider-errors.js';
import { TokenAccounts } from './tokens/token-accounts.js';
import { TokenAnswers } from './tokens/token-answers.js';
import { ResourceServerScopes } from './tokens/resource-server-scopes.js';
import { Provider, type OidcProvider } from './oidc-library.js';

/** Parts of an oidc-provider here: fixed rules, our stores, and our judgement where it asks for one. */
@Injectable()
export class ProviderParts {
  constructor(
    private readonly clients: OauthClients,
    private readonly artifacts: OauthArtifactRepository,
    private readonly storedGrants: OauthGrantRepository,
    private readonly grants: Grants,
    private readonly firstParty: FirstPartyGrants,
    private readonly checks: AuthorizationChecks,
    private readonly accounts: TokenAccounts,
    private readonly scopes: ResourceServerScopes,
    private readonly audited: AuditedTokens,
    private readonly answers: TokenAnswers,
    private readonly errors: ProviderErrors,
    private readonly looks: PageLooks,
    @Inject(OAUTH2_OPTIONS) private readonly options: Oauth2Options,
  ) {}

  build(key: SigningKey, cookieKey: string): OidcProvider {
    const { options } = this;
    const provider = new Provider(options.issuer, {
      ...fixedConfiguration(options, this.looks),
      ...this.judgement(),
      adapter: (model: string) => this.adapterOf(model),
      jwks: {
        keys: [{ ...key.privateKey.export({ format: 'jwk' }), kid: key.kid, alg: key.alg, use: 'sig' }],
      },
      cookies: cookiesOf(options, cookieKey),
    } satisfies Configuration);
    this.audited.listen(provider);
    // First, so that it sees the answer as it goes out.
    provider.use(this.audited.watch as never);
    provider.use(this.answers.complete);
    this.errors.listen(provider);
    provider.on('session.destroyed', ({ uid }) => this.errors.logged(this.grants.endAllOfSession(uid)));
    return provider;
  }

  private judgement(): Configuration {
    const { options, accounts, scopes, checks, errors } = this;
    const fixed = fixedConfiguration(options, this.looks);
    return {
      features: {
        ...fixed.features,
        resourceIndicators: {
          enabled: true,
          defaultResource: () => options.fhirBase,
          useGrantedResource: () => true,
          getResourceServerInfo: scopes.describe,
        },
      },
      extraParams: checks.parameters,
      findAccount: accounts.find,
      extraTokenClaims: accounts.claimsOf,
      formats: { customizers: { jwt: accounts.nameGrant } },
      loadExistingGrant: async (ctx) => (await accounts.decidedGrant(ctx)) ?? this.firstParty.load(ctx),
      interactions: {
        policy: interactionPrompts(),
        url: (_ctx, { uid }) =>
          `${options.issuer}/${options.autopilot === undefined ? 'interaction' : 'autopilot'}/${uid}`,
      },
      extraClientMetadata: { properties: ['allowed_origins'] },
      clientBasedCORS: (_ctx, origin, client) => mayCallFrom(origin, client, options.corsOrigins),
      assertJwtClientAuthClaimsAndHeader: (_ctx, claims, header, client) =>
        checkAssertion(claims, header, client, options),
      fetch: judgedFetch({ hosts: options.jwksPrivateHosts, setting: 'JWKS_ALLOW_PRIVATE' }),
      renderError: errors.render,
    };
  }

  private adapterOf(model: string): Adapter {
    if (model === 'Client') return new ClientAdapter(this.clients);
    if (model === 'Grant') return new GrantAdapter(this.storedGrants, this.grants, this.options.refreshTokenTtl);
    return new ArtifactAdapter(model, this.artifacts, this.grants);
  }
}

/** Cookies never leave the issuer's path, and never a secure connection. */
function cookiesOf({ issuer }: Oauth2Options, key: string): NonNullable<Configuration['cookies']> {
  const { protocol, pathname } = new URL(issuer);
  const common = { signed: true, httpOnly: true, sameSite: 'lax', secure: protocol === 'https:' } as const;
  return {
    keys: [key],
    names: { session: sessionCookie, interaction: 'lanyard_interaction', resume: 'lanyard_resume' },
    long: { ...common, path: pathname },
    short: common,
  };
}
