import {
  type DynamicModule,
  type ExistingProvider,
  type FactoryProvider,
  Module,
  type ModuleMetadata,
  type Provider,
} from '@nestjs/common';
import { RouterModule } from '@nestjs/core';
import { REFUSAL_DETAILS } from '../auth/credentials/credentials-refused.js';
import { ServerSecrets } from '../database/server-secrets.js';
import { ServerSecretsModule } from '../database/server-secrets.module.js';
import { AccessRules } from '../scope/access-rules.js';
import { ADDRESSED_REQUESTS } from '../scope/addressed-requests.js';
import type { AccessPolicy } from '../scope/policies/policy.js';
import { builtIn } from './built-in.feature.js';
import type { FhirFeature } from './feature.js';
import { Guides } from './guides/guide.js';
import { ContentValidation } from './hooks/content-validation.js';
import { type WriteHook, WriteHooks } from './hooks/write-hook.js';
import { BinaryDownload } from './http/binary/binary-download.js';
import { BinaryUpload } from './http/binary/binary-upload.js';
import { BodyMemory } from './http/body/body-memory.js';
import { CapabilityStatement } from './http/documents/capability-statement.js';
import { DiscoveryController } from './http/documents/discovery.controller.js';
import { ExplainAccessController } from './http/explain-access.controller.js';
import { ExplainThrottle } from './http/explain-throttle.js';
import { FhirController } from './http/fhir.controller.js';
import { FhirExceptionFilter } from './http/fhir-exception.filter.js';
import { OpenDocumentsController } from './http/documents/open-documents.controller.js';
import { PatientController } from './http/patient.controller.js';
import { ReadBody } from './http/body/read-body.pipe.js';
import { BodyReader } from './http/body/read-body.js';
import { FhirRequests } from './http/fhir-requests.js';
import { RequestAudit } from './http/request-audit.js';
import { RequestHooks } from './http/request-hooks.js';
import { ResourceController } from './http/resource.controller.js';
import { SearchHandlers } from './http/search-handlers.js';
import { BatchInteraction } from './interactions/bundle/batch.interaction.js';
import { ChangeMetaInteraction } from './interactions/change-meta.interaction.js';
import { ConditionReader } from './interactions/conditional/condition-reader.js';
import { CreateInteraction } from './interactions/create.interaction.js';
import { DeleteInteraction } from './interactions/delete.interaction.js';
import { ReadEntryInteraction } from './interactions/bundle/read-entry.interaction.js';
import { HistoryInteraction } from './interactions/history.interaction.js';
import { PatchInteraction } from './interactions/patch.interaction.js';
import { ReadInteraction } from './interactions/read.interaction.js';
import { SearchInteraction } from './interactions/search/search.interaction.js';
import { PolicyTerminology } from './interactions/terminology/policy-terminology.js';
import { Terminology } from './interactions/terminology/terminology.js';
import { TransactionInteraction } from './interactions/bundle/transaction.interaction.js';
import { UpdateInteraction } from './interactions/update.interaction.js';
import { VreadInteraction } from './interactions/vread.interaction.js';
import { FHIR_OPTIONS, type FhirOptions } from './fhir-options.js';
import { LargeDocuments } from './storage/indexing/large-documents.js';
import { type Operation, Operations } from './operations/operation.js';
import { CursorSeal } from '../r4/search/query/cursor.js';
import { ResourceIndexer } from '../r4/search/index/resource-indexer.js';
import { SearchOffer } from '../r4/search/parameters/search-offer.js';
import { SearchParameters } from '../r4/search/parameters/search-parameters.js';
import { AccessPolicies } from './storage/policies/access-policies.js';
import { AuditCleaning } from './storage/audit/audit-cleaning.js';
import { AuditLog } from './storage/audit/audit-log.js';
import { AuditReader } from './storage/audit/audit-reader.js';
import { AuditSealer } from './storage/audit/audit-sealer.js';
import { BinaryCleaning } from './storage/binary/binary-cleaning.js';
import { ConsentReadings } from './storage/consent/consent-readings.js';
import { BinaryContents } from './storage/binary/binary-contents.js';
import { IdempotencyCleaning } from './storage/writing/idempotent-request.js';
import { IndexJobs } from './storage/indexing/index-jobs.js';
import { IndexWorker } from './storage/indexing/index-worker.js';
import { SearchDefinitions } from './storage/indexing/search-definitions.js';
import { IndexForm } from './storage/indexing/forms/index-form.js';
import { IndexColumns } from './storage/indexing/index-columns.js';
import { ResourceRepository } from './storage/resource.repository.js';
import { Readiness } from './storage/accesses.js';
import { SortSlots } from './storage/searching/sort-slots.js';
import { callerShares, sqlSession } from './storage/session/sql-session.js';
import { StandbyReads } from './storage/reading/standby-reads.js';

export interface FhirModuleAsyncOptions {
  /** AuthModule and ScopeModule of the application. */
  readonly imports: readonly DynamicModule[];
  readonly inject?: FactoryProvider['inject'];
  readonly useFactory: FactoryProvider<FhirOptions>['useFactory'];
  /** Path of the FHIR base, known before the factory runs. */
  readonly basePath: string;
}

/** The FHIR R4 API over the application's TypeORM DataSource (`databaseEntities`, `fhirMigrations`). */
@Module({})
export class FhirModule {
  static forRoot(options: FhirOptions, imports: readonly DynamicModule[]): DynamicModule {
    return define({ provide: FHIR_OPTIONS, useValue: options }, options.basePath, imports);
  }

  static forRootAsync({ imports, inject = [], useFactory, basePath }: FhirModuleAsyncOptions): DynamicModule {
    return define({ provide: FHIR_OPTIONS, inject, useFactory }, basePath, imports);
  }

  /** Adds operations, hooks, policies and search parameters while the application starts. */
  static forFeature(feature: FhirFeature, imports: ModuleMetadata['imports'] = []): DynamicModule {
    const { operations = [], hooks = [], policies = [] } = feature;
    const registration: FactoryProvider = {
      provide: Symbol('FhirFeature'),
      inject: [Operations, WriteHooks, AccessRules, SearchOffer, Guides, ...operations, ...hooks, ...policies],
      useFactory: (...injected: unknown[]) => register(feature, injected),
    };
    return { module: FhirFeatureModule, imports, providers: [...operations, ...hooks, ...policies, registration] };
  }
}

@Module({})
export class FhirFeatureModule {}

/** Routes below the FHIR base; the first that matches wins, so what is special comes first. */
@Module({
  controllers: [
    OpenDocumentsController,
    ExplainAccessController,
    PatientController,
    ResourceController,
    FhirController,
  ],
})
class FhirRoutes {}

const interactions = [
  BatchInteraction,
  ChangeMetaInteraction,
  ConditionReader,
  CreateInteraction,
  DeleteInteraction,
  ReadEntryInteraction,
  HistoryInteraction,
  PatchInteraction,
  ReadInteraction,
  SearchInteraction,
  TransactionInteraction,
  UpdateInteraction,
  VreadInteraction,
];

const services = [
  AccessPolicies,
  AuditCleaning,
  AuditLog,
  AuditReader,
  AuditSealer,
  BinaryCleaning,
  BinaryContents,
  BinaryDownload,
  BinaryUpload,
  BodyMemory,
  BodyReader,
  CapabilityStatement,
  ConsentReadings,
  ContentValidation,
  ExplainThrottle,
  FhirExceptionFilter,
  FhirRequests,
  Guides,
  IdempotencyCleaning,
  IndexJobs,
  IndexWorker,
  Operations,
  PolicyTerminology,
  RequestAudit,
  ReadBody,
  RequestHooks,
  ResourceRepository,
  SearchDefinitions,
  SearchHandlers,
  StandbyReads,
  Terminology,
  WriteHooks,
];

/** Beside this file, as JavaScript or as its source. */
const largeDocumentProgram = `./storage/indexing/large-document.worker${import.meta.url.slice(-3)}`;

/** Parts that AuthModule and ScopeModule ask for. */
const forGuards: readonly ExistingProvider[] = [
  { provide: ADDRESSED_REQUESTS, useExisting: FhirRequests },
  { provide: REFUSAL_DETAILS, useExisting: FhirRequests },
];

const made: readonly FactoryProvider[] = [
  callerShares,
  sqlSession,
  { provide: LargeDocuments, useFactory: () => new LargeDocuments(new URL(largeDocumentProgram, import.meta.url)) },
  {
    provide: Readiness,
    inject: [SearchDefinitions, AuditSealer],
    useFactory: (definitions: SearchDefinitions, sealer: AuditSealer) => new Readiness(definitions, sealer),
  },
  { provide: SortSlots, useFactory: () => new SortSlots() },
  {
    provide: SearchOffer,
    inject: [SearchParameters],
    useFactory: (parameters: SearchParameters) => new SearchOffer(parameters),
  },
  {
    provide: ResourceIndexer,
    inject: [SearchParameters, FHIR_OPTIONS],
    useFactory: (parameters: SearchParameters, options: FhirOptions) =>
      new ResourceIndexer(parameters, options, options.referentialIntegrity),
  },
  {
    provide: IndexColumns,
    inject: [ResourceIndexer, SortSlots, IndexForm, LargeDocuments],
    useFactory: (indexer: ResourceIndexer, slots: SortSlots, form: IndexForm, documents: LargeDocuments) =>
      new IndexColumns(indexer, slots, form, documents),
  },
  {
    provide: IndexForm,
    inject: [SearchOffer, FHIR_OPTIONS],
    useFactory: (offer: SearchOffer, options: FhirOptions) => new IndexForm(offer, options),
  },
  {
    provide: CursorSeal,
    inject: [FHIR_OPTIONS, ServerSecrets],
    useFactory: async ({ cursorSecret }: FhirOptions, secrets: ServerSecrets) =>
      new CursorSeal(cursorSecret ?? (await secrets.get('cursor'))),
  },
];

const define = (options: Provider, basePath: string, imports: readonly DynamicModule[]): DynamicModule => ({
  module: FhirModule,
  // Global, so that feature modules find what they register with.
  global: true,
  imports: [
    ...imports,
    ServerSecretsModule,
    FhirRoutes,
    RouterModule.register([{ path: basePath, module: FhirRoutes }]),
    FhirModule.forFeature(builtIn),
  ],
  controllers: [DiscoveryController],
  providers: [options, ...services, ...interactions, ...made, ...forGuards],
  exports: [
    FHIR_OPTIONS,
    ...services,
    ...interactions,
    ...[...made, ...forGuards].map(({ provide }) => provide),
    ...imports,
  ],
});

function register(feature: FhirFeature, injected: readonly unknown[]): true {
  const { operations = [], hooks = [], searchParameters = [], guides = [] } = feature;
  const [offered, writeHooks, rules, search, claimed, ...instances] = injected as [
    Operations,
    WriteHooks,
    AccessRules,
    SearchOffer,
    Guides,
    ...unknown[],
  ];
  const policiesAt = operations.length + hooks.length;
  offered.add(...(instances.slice(0, operations.length) as Operation[]));
  writeHooks.add(...(instances.slice(operations.length, policiesAt) as WriteHook[]));
  rules.addPolicies(...(instances.slice(policiesAt) as AccessPolicy[]));
  search.add(...searchParameters);
  claimed.add(...guides);
  return true;
}
