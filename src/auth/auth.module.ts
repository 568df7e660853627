import {
  Module,
  type DynamicModule,
  type FactoryProvider,
  type ModuleMetadata,
  type OnModuleInit,
  type Provider,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { AdvertisedIssuer } from './issuers/advertised-issuer.js';
import { AUTH_OPTIONS, type AuthModuleOptions, completeOptions } from './auth-options.js';
import { Authenticator } from './authenticator.js';
import { BearerTokens } from './bearer-tokens.js';
import { JwtAuthGuard } from './jwt-auth.guard.js';
import { useJwtStrategy } from './jwt.strategy.js';
import { ForeseenCallers } from './foreseen-callers.js';
import { ForeignTokens } from './parts/foreign-tokens.js';
import { SmartContexts } from './parts/smart-contexts.js';
import { TokenExplainer } from './refusals/token-explainer.js';
import { TrustedIssuers } from './issuers/trusted-issuers.js';
import { VerifiedTokenCache } from './verified-token-cache.js';

/** Options of `AuthModule` that other providers make. */
export interface AuthModuleAsyncOptions {
  /** Modules whose exports the factory needs; one that exports `LOCAL_ISSUER` adds this server's own tokens. */
  readonly imports?: ModuleMetadata['imports'];
  readonly inject?: FactoryProvider['inject'];
  readonly useFactory: FactoryProvider<AuthModuleOptions>['useFactory'];
  /** As in `forRoot`. */
  readonly parts?: readonly Provider[];
}

/** Authenticates requests. Works alone in any Nest application that trusts some issuer, and with local accounts beside it. */
@Module({})
export class AuthModule implements OnModuleInit {
  constructor(
    private readonly authenticator: Authenticator,
    private readonly http: HttpAdapterHost,
  ) {}

  /**
   * Throws `StartRefused` for issuers that could not be trusted safely. `parts`: providers of `TOKEN_VERIFIER` and `SMART_CONTEXT`, with
   * what they inject.
   */
  static forRoot(
    options: AuthModuleOptions,
    imports: ModuleMetadata['imports'] = [],
    parts: readonly Provider[] = [],
  ): DynamicModule {
    return define({ provide: AUTH_OPTIONS, useValue: completeOptions(options) }, imports, parts);
  }

  static forRootAsync({ imports = [], inject = [], useFactory, parts = [] }: AuthModuleAsyncOptions): DynamicModule {
    const complete: typeof useFactory = async (...given) => completeOptions(await useFactory(...given));
    return define({ provide: AUTH_OPTIONS, inject, useFactory: complete }, imports, parts);
  }

  /** Only now does an application know its HTTP server; one without has no guards either. */
  onModuleInit(): void {
    const adapter = this.http.httpAdapter as HttpAdapterHost['httpAdapter'] | undefined;
    if (adapter) useJwtStrategy(adapter.getInstance<object>(), this.authenticator);
  }
}

const define = (
  options: Provider,
  imports: NonNullable<ModuleMetadata['imports']>,
  parts: readonly Provider[],
): DynamicModule => ({
  module: AuthModule,
  imports,
  providers: [
    options,
    ...parts,
    AdvertisedIssuer,
    TrustedIssuers,
    TokenExplainer,
    ForeignTokens,
    SmartContexts,
    BearerTokens,
    VerifiedTokenCache,
    Authenticator,
    ForeseenCallers,
    JwtAuthGuard,
  ],
  exports: [
    AUTH_OPTIONS,
    AdvertisedIssuer,
    Authenticator,
    ForeseenCallers,
    JwtAuthGuard,
    TokenExplainer,
    TrustedIssuers,
    VerifiedTokenCache,
  ],
});
