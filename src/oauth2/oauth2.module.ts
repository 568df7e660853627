import { type DynamicModule, Module } from '@nestjs/common';
import { APP_GUARD, RouterModule } from '@nestjs/core';
import { STEP_UP } from '../auth/step-up.js';
import { REGISTERED_ORIGINS } from '../fhir/http/cross-origin.js';
import { CLIENT_ENDS } from './clients/client-ends.js';
import { clientControllers, clientProviders } from './clients/clients-parts.js';
import { OauthClients } from './clients/oauth-client.js';
import { InsertedMetadataController, ServerMetadataController } from './discovery/server-metadata.controller.js';
import { Launches } from './launch/launch-context.js';
import { LaunchesController } from './launch/launches.controller.js';
import { OauthLaunches } from './launch/oauth-launches.js';
import { PrepareLaunch } from './launch/prepare-launch.js';
import { LOGIN_PROVIDER_OPTIONS, type LoginProviderOptions } from './login-providers/login-provider-options.js';
import { loginProviderServices } from './login-providers/login-provider-services.js';
import { LoginProvidersController } from './login-providers/login-providers.controller.js';
import { OAUTH2_OPTIONS, type Oauth2Options } from './oauth2-options.js';
import { pageControllers, pageServices } from './pages/pages-parts.js';
import { AuditedTokens } from './provider/tokens/audited-tokens.js';
import { AuthorizationChecks } from './provider/interactions/authorization-checks.js';
import { AutopilotController } from './provider/interactions/autopilot.controller.js';
import { BrowserLogins } from './provider/interactions/browser-logins.js';
import { BrowserSessions } from './provider/interactions/browser-sessions.js';
import { FirstPartyGrants } from './provider/first-party-grants.js';
import { Grants } from './provider/grants.js';
import { Interactions } from './provider/interactions/interactions.js';
import { IntrospectionCallers } from './provider/tokens/introspection-callers.js';
import { OauthCleaning } from './provider/oauth-cleaning.js';
import { OauthRefreshTokens } from './provider/tokens/oauth-refresh-tokens.js';
import { OidcProviders } from './provider/oidc-providers.js';
import { ProviderController } from './provider/provider.controller.js';
import { ProviderErrors } from './provider/provider-errors.js';
import { ProviderParts } from './provider/provider-parts.js';
import { PublicRefresh } from './provider/tokens/public-refresh.js';
import { ResourceServers } from './provider/tokens/resource-servers.js';
import { StepUpUrls } from './provider/step-up-urls.js';
import { TlsGuard } from './provider/tls.guard.js';
import { TokenAccounts } from './provider/tokens/token-accounts.js';
import { TokenAnswers } from './provider/tokens/token-answers.js';
import { TokenIntrospection } from './provider/tokens/token-introspection.js';
import { TokenRevocation } from './provider/tokens/token-revocation.js';
import { ResourceServerScopes } from './provider/tokens/resource-server-scopes.js';
import { SignInRate } from './sign-in-rate.js';
import { Oauth2StorageModule } from './storage/oauth2-storage.module.js';

const providerServices = [
  AuditedTokens,
  AuthorizationChecks,
  BrowserLogins,
  BrowserSessions,
  FirstPartyGrants,
  Grants,
  Interactions,
  IntrospectionCallers,
  OauthCleaning,
  OauthLaunches,
  OauthRefreshTokens,
  OidcProviders,
  PrepareLaunch,
  ProviderErrors,
  ProviderParts,
  PublicRefresh,
  ResourceServers,
  SignInRate,
  StepUpUrls,
  TokenAccounts,
  TokenAnswers,
  TokenIntrospection,
  TokenRevocation,
  ResourceServerScopes,
  { provide: Launches, useExisting: OauthLaunches },
  { provide: CLIENT_ENDS, useExisting: Grants },
  { provide: STEP_UP, useExisting: StepUpUrls },
  { provide: REGISTERED_ORIGINS, useExisting: OauthClients },
];

/** Below the path of the issuer. */
@Module({
  controllers: [
    ...clientControllers,
    ...pageControllers,
    LoginProvidersController,
    LaunchesController,
    AutopilotController,
    ServerMetadataController,
    ProviderController,
  ],
})
class Oauth2Routes {}

/**
 * The embedded authorization server (SMART App Launch 2.2). Needs what `LocalAuthModule` and `FhirModule` export, and the tables
 * of `oauth2Migrations`.
 */
@Module({})
export class Oauth2Module {
  static forRoot(
    options: Oauth2Options,
    logins: LoginProviderOptions,
    imports: readonly DynamicModule[] = [],
  ): DynamicModule {
    const services = [...providerServices, ...clientProviders, ...pageServices, ...loginProviderServices];
    return {
      module: Oauth2Module,
      // Global for the routes, and for the commands that register clients and prepare launches.
      global: true,
      imports: [
        ...imports,
        Oauth2StorageModule,
        Oauth2Routes,
        RouterModule.register([{ path: options.basePath, module: Oauth2Routes }]),
      ],
      controllers: [InsertedMetadataController],
      providers: [
        { provide: OAUTH2_OPTIONS, useValue: options },
        { provide: LOGIN_PROVIDER_OPTIONS, useValue: logins },
        ...services,
        { provide: APP_GUARD, useClass: TlsGuard },
      ],
      exports: [
        OAUTH2_OPTIONS,
        LOGIN_PROVIDER_OPTIONS,
        Oauth2StorageModule,
        ...services.map((one) => ('provide' in one ? one.provide : one)),
      ],
    };
  }
}
