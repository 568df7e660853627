import { Module, type DynamicModule, type FactoryProvider, type ModuleMetadata, type Provider } from '@nestjs/common';
import { AdvertisedIssuer } from './advertised-issuer.js';
import { AUTH_OPTIONS, type AuthOptions } from './auth-options.js';
import { Authenticator } from './authenticator.js';
import { JwtAuthGuard } from './jwt-auth.guard.js';
import { JwtStrategy } from './jwt.strategy.js';
import { TokenExplainer } from './token-explainer.js';
import { TokenVerifier } from './token-verifier.js';
import { TrustedIssuers } from './trusted-issuers.js';
import { VerifiedTokenCache } from './verified-token-cache.js';

export interface AuthModuleAsyncOptions {
  /** Modules whose exports the factory needs; one that exports `LOCAL_ISSUER` adds this server's own tokens. */
  readonly imports?: ModuleMetadata['imports'];
  readonly inject?: FactoryProvider['inject'];
  readonly useFactory: FactoryProvider<AuthOptions>['useFactory'];
}

/** Who is asking. Works alone in any Nest application that trusts some issuer, and with local accounts beside it. */
@Module({})
export class AuthModule {
  static forRoot(options: AuthOptions, imports: ModuleMetadata['imports'] = []): DynamicModule {
    return define({ provide: AUTH_OPTIONS, useValue: options }, imports);
  }

  static forRootAsync({ imports = [], inject = [], useFactory }: AuthModuleAsyncOptions): DynamicModule {
    return define({ provide: AUTH_OPTIONS, inject, useFactory }, imports);
  }
}

const define = (options: Provider, imports: NonNullable<ModuleMetadata['imports']>): DynamicModule => ({
  module: AuthModule,
  imports,
  providers: [
    options,
    AdvertisedIssuer,
    TrustedIssuers,
    JwtStrategy,
    TokenExplainer,
    TokenVerifier,
    VerifiedTokenCache,
    Authenticator,
    JwtAuthGuard,
  ],
  exports: [
    AUTH_OPTIONS,
    AdvertisedIssuer,
    Authenticator,
    JwtAuthGuard,
    TokenExplainer,
    TrustedIssuers,
    VerifiedTokenCache,
  ],
});
