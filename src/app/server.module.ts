import { type DynamicModule, type FactoryProvider, Global, Module, type Provider, type Type } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, HttpAdapterHost, ModuleRef } from '@nestjs/core';
import { TerminusModule } from '@nestjs/terminus';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { authOptions } from './auth-options.js';
import { AppErrorFilter } from './http/error.filter.js';
import { CandidateController } from './doctor/candidate.controller.js';
import { DoctorController, EXAMINED_CONFIG, LOOK, type Look } from './doctor/doctor.controller.js';
import { candidatePaths, doctorPaths } from './doctor/doctor-paths.js';
import { lookAtTenant } from './doctor/look-at-tenant.js';
import { runDoctor } from './doctor/run-doctor.js';
import type { Extension } from './extensions/extension.js';
import { ExtensionList, LOADED_EXTENSIONS } from './extensions/extension-list.js';
import { extensionPaths } from './extensions/extension-paths.js';
import { jobPaths } from './jobs/job-paths.js';
import { JobsController } from './jobs/jobs.controller.js';
import { ExtensionsController } from './extensions/extensions.controller.js';
import { ExtensionSettingsModule } from './extensions/extension-settings.module.js';
import { Health, HealthParts, ReadingParts } from './http/health.js';
import { HealthController } from './http/health.controller.js';
import { authorizationServer, fhirOptions, issuerPath, localAuth, standbys } from './module-options.js';
import { AuditChainController } from './operation/audit-chain.controller.js';
import { MetricsController, PROCESS_METRICS } from './operation/metrics.controller.js';
import { auditChainPaths, operationPaths, settingsPaths } from './operation/operation-paths.js';
import { SettingsController } from './operation/settings.controller.js';
import { packagePaths } from './packages/package-paths.js';
import { PackagesController } from './packages/packages.controller.js';
import { suppressionPaths } from './suppressions/suppression-paths.js';
import { SuppressionsController } from './suppressions/suppressions.controller.js';
import { GUIDES_OF_SETTINGS, PackagesAtStart } from './packages/packages-at-start.js';
import { Heartbeat } from './replicas/heartbeat.js';
import { replicaPaths } from './replicas/replica-paths.js';
import { ReplicasController } from './replicas/replicas.controller.js';
import { RootController } from './http/root.controller.js';
import { healthPaths, serverPaths } from './server-paths.js';
import type { ProcessParts } from './start/process-parts.js';
import { ServerHooks } from './http/server-hooks.js';
import { BreakGlassController } from './tenants/break-glass.controller.js';
import { BreakGlass } from './tenants/break-glass.js';
import { registryOf } from './tenants/open-tenants.js';
import { TenantAdministration } from './tenants/tenant-administration.js';
import { storeOf } from './tenants/store-of.js';
import { SettingsResealing } from './tenants/settings-resealing.js';
import { TENANT_CONFIG } from './tenants/tenant-config.js';
import { TenantSettings } from './tenants/tenant-settings.js';
import { TenantErasure } from './tenants/tenant-erasure.js';
import { TenantTransfer } from './tenants/transfer/tenant-transfer.js';
import { tenantPaths } from './tenants/tenant-paths.js';
import { TenantsController } from './tenants/tenants.controller.js';
import { AuthModule } from '../auth/auth.module.js';
import { JwtAuthGuard } from '../auth/jwt-auth.guard.js';
import type { AppConfig } from '../config/app-config.js';
import type { ConsoleOptions } from '../console/console-options.js';
import { ConsoleModule } from '../console/console.module.js';
import { TenantRegistry } from '../database/tenants/tenant-registry.js';
import { DatabaseProbe } from '../database/database-probe.js';
import { PlanTurns } from './packages/plan-turns.js';
import { StoredJudge } from '../fhir/packages/judge-stored.js';
import { PackageInstaller } from '../fhir/packages/package-installer.js';
import { FhirModule } from '../fhir/fhir.module.js';
import { BinaryContents } from '../fhir/storage/binary/binary-contents.js';
import { FhirExceptionFilter } from '../fhir/http/fhir-exception.filter.js';
import { LifeCycle } from '../observability/life-cycle.js';
import { OauthJsonErrorFilter } from '../oauth2/clients/oauth-json-error.filter.js';
import { OpenApiModule } from '../openapi/openapi.module.js';
import type { Paths } from '../openapi/document.js';
import { ScopeGuard } from '../scope/scope.guard.js';
import { ScopeModule } from '../scope/scope.module.js';

@Global()
@Module({})
class SharedDataSource {}

/** For the application of a tenant, which ends before the others do: the data source stays open. */
const sharedDataSource = (dataSource: DataSource): DynamicModule => ({
  module: SharedDataSource,
  providers: [{ provide: DataSource, useValue: dataSource }],
  exports: [DataSource],
});

interface BesideTenants {
  readonly controllers: readonly Type[];
  readonly paths: () => readonly Paths[];
  readonly providers: readonly Provider[];
}

/** Administration that every tenant has for itself. */
const ofEachTenant = [
  ExtensionsController,
  AuditChainController,
  DoctorController,
  JobsController,
  PackagesController,
  RootController,
  SettingsController,
  SuppressionsController,
];

/** Controllers of the process and of the operator: only the application of `default` has them. */
function besideTenants(config: AppConfig, { own, metrics }: ProcessParts): BesideTenants {
  if (own) return { controllers: [], paths: () => [], providers: [] };
  const health = {
    controllers: [HealthController, CandidateController, MetricsController, ReplicasController],
    paths: () => [healthPaths(), candidatePaths(), operationPaths(), replicaPaths()],
    providers: [Heartbeat, { provide: PROCESS_METRICS, useValue: metrics }],
  };
  if (config.tenants === 'off') return health;
  return {
    controllers: [...health.controllers, TenantsController, BreakGlassController],
    paths: () => [...health.paths(), tenantPaths()],
    providers: [
      ...health.providers,
      { provide: TenantRegistry, inject: [DataSource], useFactory: registryOf },
      { provide: TENANT_CONFIG, useValue: config },
      TenantAdministration,
      TenantSettings,
      SettingsResealing,
      BreakGlass,
      {
        provide: TenantTransfer,
        inject: [DataSource, TenantRegistry, BinaryContents],
        useFactory: (dataSource: DataSource, registry: TenantRegistry, contents: BinaryContents) =>
          new TenantTransfer({ dataSource, registry, storeOf: storeOf(config, contents) }),
      },
      {
        provide: TenantErasure,
        inject: [DataSource, TenantRegistry, BinaryContents],
        useFactory: (dataSource: DataSource, registry: TenantRegistry, contents: BinaryContents) =>
          new TenantErasure({ dataSource, registry, storeOf: storeOf(config, contents) }),
      },
    ],
  };
}

/** Parts that the server is made of. */
export interface ServerParts {
  readonly config: AppConfig;
  /** Initialized, with the schema of this release. */
  readonly dataSource: DataSource;
  readonly extensions?: readonly Extension[];
  readonly process?: ProcessParts;
}

const consoleOptions = (
  { console: isOn, consoleLogin: login, publicUrl, openApi: hasApi, tenants, process }: AppConfig,
  { own }: ProcessParts,
): ConsoleOptions => ({
  isOn,
  ...(login && { login }),
  publicUrl,
  hasApi,
  isOfProcess: !own,
  hasTenants: tenants !== 'off' && !own,
  hasBreakGlass: process.tenantBreakGlass,
});

const openApi = (
  { publicUrl }: AppConfig,
  extensions: readonly Extension[],
  ofOperator: BesideTenants['paths'],
): DynamicModule =>
  OpenApiModule.forRoot({
    publicUrl,
    paths: () => [
      serverPaths(),
      auditChainPaths(),
      doctorPaths(),
      settingsPaths(),
      jobPaths(),
      packagePaths(),
      suppressionPaths(),
      extensionPaths(extensions),
      ...ofOperator(),
    ],
    tags: extensions.map(({ name }) => ({ name, description: 'Routes of this extension' })),
  });

const errorFilter: FactoryProvider = {
  provide: APP_FILTER,
  inject: [FhirExceptionFilter, { token: OauthJsonErrorFilter, optional: true }],
  useFactory: (fhir: FhirExceptionFilter, oauth?: OauthJsonErrorFilter) => new AppErrorFilter(fhir, oauth, issuerPath),
};

/** The whole server on an open database. The only place that knows every module. */
@Module({})
export class ServerModule {
  static forRoot({ config, dataSource, extensions = [], process = {} }: ServerParts): DynamicModule {
    const beside = besideTenants(config, process);
    const options = fhirOptions(config);
    const auth = AuthModule.forRoot(authOptions(config));
    const scope = ScopeModule.forRoot({
      ...options,
      fhirBase: config.fhirBase,
      withholding: config.withholding,
      patientWrites: config.patientWrites,
      exportForUsers: config.exports.forUsers,
    });
    return {
      module: ServerModule,
      imports: [
        process.own ? sharedDataSource(dataSource) : opened(dataSource),
        TerminusModule.forRoot({ logger: false }),
        ExtensionSettingsModule.forRoot(config.extensionSettings),
        ...(config.embeddedIssuer ? [localAuth(config)] : []),
        auth,
        scope,
        FhirModule.forRoot(options, [auth, scope, ...(config.process.standbys.length > 0 ? [standbys(config)] : [])]),
        ...(config.embeddedIssuer ? [authorizationServer(config)] : []),
        ConsoleModule.forRoot(consoleOptions(config, process)),
        ...(config.openApi ? [openApi(config, extensions, beside.paths)] : []),
        ...extensions.map(({ module }) => module),
      ],
      controllers: [...ofEachTenant, ...beside.controllers],
      providers: [
        DatabaseProbe,
        ExtensionList,
        { provide: LOADED_EXTENSIONS, useValue: extensions },
        Health,
        HealthParts,
        LifeCycle,
        ...doctorParts(config, process, extensions),
        ...beside.providers,
        ...packageParts(config),
        ReadingParts,
        {
          provide: ServerHooks,
          inject: [HttpAdapterHost, ModuleRef],
          useFactory: (host: HttpAdapterHost, ref: ModuleRef) => new ServerHooks(host, ref, config, process),
        },
        errorFilter,
        { provide: APP_GUARD, useExisting: JwtAuthGuard },
        { provide: APP_GUARD, useExisting: ScopeGuard },
      ],
    };
  }
}

const doctorParts = (
  config: AppConfig,
  { own }: ProcessParts,
  extensions: readonly Extension[],
): readonly Provider[] => [
  { provide: EXAMINED_CONFIG, useValue: config },
  {
    provide: LOOK,
    inject: [DataSource],
    useFactory: (dataSource: DataSource): Look =>
      own ? lookAtTenant(config, dataSource) : () => runDoctor(config, { extensions }),
  },
];

const packageParts = ({ guides }: AppConfig): readonly Provider[] => [
  PackageInstaller,
  PackagesAtStart,
  PlanTurns,
  StoredJudge,
  { provide: GUIDES_OF_SETTINGS, useValue: guides },
];

const opened = (dataSource: DataSource): DynamicModule =>
  TypeOrmModule.forRootAsync({
    // Who hands over a data source has opened it, or wants it closed.
    useFactory: () => ({ ...dataSource.options, manualInitialization: true }),
    dataSourceFactory: async () => dataSource,
  });
