import type { DynamicModule } from '@nestjs/common';
import { LocalAuthModule } from '../auth/accounts/local-auth.module.js';
import type { AppConfig } from '../config/app-config.js';
import { connectionOf } from '../database/database-connection.js';
import { addressOf } from '../database/open-database.js';
import { StandbysModule } from '../database/standbys/standbys.module.js';
import type { FhirOptions } from '../fhir/fhir-options.js';
import { Oauth2Module } from '../oauth2/oauth2.module.js';
import { scopeWithin } from '../scope/grammar/smart-scope.js';

/** Requests carry this path; a proxy or `rewriteUrl` takes the path of PUBLIC_URL off before. */
export const basePath = '/fhir/r4';

/** Requests come below this path; a proxy takes the same part off the issuer's path as off the FHIR base. */
export const issuerPath = '/oauth2';

/** Standbys that answer reads (`DATABASE_REPLICA_URLS`). */
export const standbys = ({ process }: AppConfig): DynamicModule => {
  const { databasePool: poolSize, traces: traced, standbys: all, callerShare: share, databaseQueue: queue } = process;
  return StandbysModule.forRoot({
    connections: all.map(({ url, password }) => ({ name: addressOf(url), connection: connectionOf(url, password) })),
    poolSize,
    traced,
    shares: { share, queue },
  });
};

/** Users of this server, and tokens for them. */
export const localAuth = (config: AppConfig): DynamicModule =>
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

/** The authorization server of this server. */
export const authorizationServer = (config: AppConfig): DynamicModule =>
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
      console: config.console,
      organisation: config.organisation,
      signInRate: config.process.signInRate,
      corsOrigins: config.corsOrigins,
    },
    { issuer: config.issuer, fhirBase: config.fhirBase, providers: config.loginProviders },
  );

/** Options of what content has to be. */
const contentOptions = (config: AppConfig) => ({
  validation: config.validation,
  validationProfiles: config.profiles.byType,
  unknownProfiles: config.profiles.unknown,
  unknownCodes: config.profiles.unknownCodes,
  referentialIntegrity: config.referentialIntegrity,
  terminology: config.terminology,
});

/** Options of what is kept of requests. */
const auditOptions = ({ audit }: AppConfig) => ({
  audit: audit.isOn,
  ...(audit.form && { auditForm: audit.form }),
  auditRetention: audit.retention,
  accessShapesDays: audit.shapesDays,
});

/** Options of the FHIR API, from the settings. */
export function fhirOptions(config: AppConfig): FhirOptions {
  const { origin, pathname } = new URL(config.fhirBase);
  return {
    base: config.fhirBase,
    basePath,
    hasTenants: config.tenants !== 'off',
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
    ...contentOptions(config),
    conditionalDelete: config.conditionalDelete.matches,
    conditionalDeleteMax: config.conditionalDelete.most,
    changesMax: config.changesMax,
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
    ...auditOptions(config),
    outboxLimit: config.outboxLimit,
    jobs: config.jobs,
    exportFileSize: config.exports.fileSize,
    imports: config.imports,
    corsOrigins: config.corsOrigins,
    ...(config.binaryStore && { binaryStore: config.binaryStore }),
    ...(config.cursorSecret !== undefined && { cursorSecret: config.cursorSecret }),
  };
}
