import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD } from '@nestjs/core';
import { TerminusModule } from '@nestjs/terminus';
import { TypeOrmModule } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { authOptions } from './auth-options.js';
import { AppErrorFilter } from './error.filter.js';
import { Health, HealthParts, ReadingParts } from './health.js';
import { HealthController } from './health.controller.js';
import { RootController } from './root.controller.js';
import { AuthModule } from '../auth/auth.module.js';
import { JwtAuthGuard } from '../auth/jwt-auth.guard.js';
import { LocalAuthModule } from '../auth/accounts/local-auth.module.js';
import type { AppConfig } from '../config/app-config.js';
import { connectionOf } from '../database/database-connection.js';
import { DatabaseProbe } from '../database/database-probe.js';
import { addressOf } from '../database/open-database.js';
import { StandbysModule } from '../database/standbys/standbys.module.js';
import { FhirModule } from '../fhir/fhir.module.js';
import { FhirExceptionFilter } from '../fhir/http/fhir-exception.filter.js';
import type { FhirOptions } from '../fhir/fhir-options.js';
import { LifeCycle } from '../observability/life-cycle.js';
import { OauthJsonErrorFilter } from '../oauth2/clients/oauth-json-error.filter.js';
import { Oauth2Module } from '../oauth2/oauth2.module.js';
import { ScopeGuard } from '../scope/scope.guard.js';
import { ScopeModule } from '../scope/scope.module.js';
import { scopeWithin } from '../scope/grammar/smart-scope.js';

/** Requests carry this path; a proxy or `rewriteUrl` takes the path of PUBLIC_URL off before. */
export const basePath = '/fhir/r4';

/** The only place that knows every module. */
@Module({})
export class AppModule {
  static forRoot(config: AppConfig, dataSource: DataSource, features: readonly DynamicModule[] = []): DynamicModule {
    const options = fhirOptions(config);
    const auth = AuthModule.forRoot(authOptions(config));
    const scope = ScopeModule.forRoot({
      ...options,
      fhirBase: config.fhirBase,
      withholding: config.withholding,
      patientWrites: config.patientWrites,
    });
    return {
      module: AppModule,
      imports: [
        TypeOrmModule.forRootAsync({ useFactory: () => dataSource.options, dataSourceFactory: async () => dataSource }),
        TerminusModule.forRoot({ logger: false }),
        ...(config.embeddedIssuer ? [localAuth(config)] : []),
        auth,
        scope,
        FhirModule.forRoot(options, [auth, scope, ...(config.process.standbys.length > 0 ? [standbys(config)] : [])]),
        ...(config.embeddedIssuer ? [authorizationServer(config)] : []),
        ...features,
      ],
      controllers: [HealthController, RootController],
      providers: [
        DatabaseProbe,
        Health,
        HealthParts,
        LifeCycle,
        ReadingParts,
        {
          provide: APP_FILTER,
          inject: [FhirExceptionFilter, { token: OauthJsonErrorFilter, optional: true }],
          useFactory: (fhir: FhirExceptionFilter, oauth?: OauthJsonErrorFilter) =>
            new AppErrorFilter(fhir, oauth, issuerPath),
        },
        { provide: APP_GUARD, useExisting: JwtAuthGuard },
        { provide: APP_GUARD, useExisting: ScopeGuard },
      ],
    };
  }
}

const standbys = ({ process }: AppConfig): DynamicModule => {
  const { databasePool: poolSize, traces: traced, standbys: all, callerShare: share, databaseQueue: queue } = process;
  return StandbysModule.forRoot({
    connections: all.map(({ url, password }) => ({ name: addressOf(url), connection: connectionOf(url, password) })),
    poolSize,
    traced,
    shares: { share, queue },
  });
};

const localAuth = (config: AppConfig): DynamicModule =>
  LocalAuthModule.forRoot({
    fhirBase: config.fhirBase,
    basePath,
    issuer: config.issuer,
    realm: 'fhir',
    tokenTtl: config.loginTokenTtl,
    longestTokenTtl: Math.max(config.loginTokenTtl, config.accessTokenTtl),
    refreshTtl: config.loginRefreshTtl,
    clockSkewSeconds: config.clockSkew,
    loginEnabled: config.login,
    keySecrets: config.process.keySecrets,
    scopeWithin,
  });

/** Requests come below this path; a proxy takes the same part off the issuer's path as off the FHIR base. */
export const issuerPath = '/oauth2';

const authorizationServer = (config: AppConfig): DynamicModule =>
  Oauth2Module.forRoot(
    {
      issuer: config.issuer,
      basePath: issuerPath,
      fhirBase: config.fhirBase,
      accessTokenTtl: config.accessTokenTtl,
      refreshTokenTtl: config.refreshTokenTtl,
      clockSkew: config.clockSkew,
      ...(config.interactionAutopilot && { autopilot: config.adminUser }),
      jwksPrivateHosts: config.jwksAllowPrivate,
      registration: config.registration,
      signInRate: config.process.signInRate,
      corsOrigins: config.corsOrigins,
    },
    { issuer: config.issuer, fhirBase: config.fhirBase, providers: config.loginProviders },
  );

/** Options of the FHIR API, from the settings. */
export function fhirOptions(config: AppConfig): FhirOptions {
  const { origin, pathname } = new URL(config.fhirBase);
  return {
    base: config.fhirBase,
    basePath,
    bodyLimit: config.bodyLimit,
    bundleLimit: config.bundleLimit,
    binaryLimit: config.binaryLimit,
    bundleEntries: config.bundleEntries,
    depthLimit: config.depthLimit,
    valuesLimit: config.valuesLimit,
    bodyMemory: config.bodyMemory,
    responseLimit: config.responseLimit,
    requestTimeout: config.requestTimeout,
    statementTimeout: config.statementTimeout,
    recordStatementTimeout: config.process.recordStatementTimeout,
    callerShare: config.process.callerShare,
    databaseQueue: config.process.databaseQueue,
    validation: config.validation,
    referentialIntegrity: config.referentialIntegrity,
    conditionalDelete: config.conditionalDelete.matches,
    conditionalDeleteMax: config.conditionalDelete.most,
    searchCountDefault: config.searchCountDefault,
    searchCountMax: config.searchCountMax,
    searchHandling: config.searchHandling,
    searchExplain: config.searchExplain,
    timeZone: config.timeZone,
    searchValues: config.searchValues,
    chainDepth: config.chainDepth,
    includeMax: config.includeMax,
    docsUrl: `${config.publicUrl}/docs/access`,
    basic: config.authBasic,
    resourceMetadataUrl: `${origin}/.well-known/oauth-protected-resource${pathname}`,
    // Only a proxy that is trusted can tell how the client came.
    requireTls: config.production && config.publicUrl.startsWith('https:') && config.trustedProxies.length > 0,
    audit: config.audit.isOn,
    auditRetention: config.audit.retention,
    corsOrigins: config.corsOrigins,
    ...(config.cursorSecret !== undefined && { cursorSecret: config.cursorSecret }),
  };
}
