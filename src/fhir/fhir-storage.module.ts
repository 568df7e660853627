import { type FactoryProvider, Module } from '@nestjs/common';
import { CallerShares } from '../database/caller-shares.js';
import { StartRefused } from '../config/checks/start-refused.js';
import { ServerSecrets } from '../database/server-secrets.js';
import { ServerSecretsModule } from '../database/server-secrets.module.js';
import { ResourceIndexer } from '../r4/search/index/resource-indexer.js';
import { SearchOffer } from '../r4/search/parameters/search-offer.js';
import { SearchParameters } from '../r4/search/parameters/search-parameters.js';
import { CursorSeal } from '../r4/search/query/cursor.js';
import { ExtensionCalls } from './extensions/extension-calls.js';
import { Hooks } from './extensions/hooks.js';
import { FHIR_OPTIONS, type FhirOptions } from './fhir-options.js';
import { Readiness } from './storage/accesses.js';
import { AuditCleaning } from './storage/audit/audit-cleaning.js';
import { AuditDeliveries } from './storage/audit/delivery/audit-deliveries.js';
import { AuditLog } from './storage/audit/audit-log.js';
import { AuditReader } from './storage/audit/audit-reader.js';
import { AuditSealer } from './storage/audit/audit-sealer.js';
import { BinaryCleaning } from './storage/binary/binary-cleaning.js';
import { BinaryContents } from './storage/binary/binary-contents.js';
import { BINARY_STORE, type BinaryStore } from './storage/binary/binary-store.js';
import { S3BinaryStore } from './storage/binary/s3-binary-store.js';
import { TerminologyStore } from './storage/concepts/terminology-store.js';
import { ConsentReadings } from './storage/consent/consent-readings.js';
import { ExportRows } from './storage/exporting/export-rows.js';
import { IndexForm } from './storage/indexing/forms/index-form.js';
import { IndexColumns } from './storage/indexing/index-columns.js';
import { IndexJobs } from './storage/indexing/index-jobs.js';
import { IndexWorker } from './storage/indexing/index-worker.js';
import { LargeDocuments } from './storage/indexing/large-documents.js';
import { CurrentVersions } from './storage/reading/current-versions.js';
import { SearchOverview } from './storage/searching/search-overview.js';
import { SearchDefinitions } from './storage/indexing/search-definitions.js';
import { HeldJobs } from './storage/jobs/held-jobs.js';
import { ImportProgress } from './storage/jobs/import-progress.js';
import { Jobs } from './storage/jobs/jobs.js';
import { StorageUsage } from './storage/limits/storage-usage.js';
import { AfterCommitHooks } from './storage/outbox/after-commit-hooks.js';
import { Outbox } from './storage/outbox/outbox.js';
import { OutboxWorker } from './storage/outbox/outbox-worker.js';
import { ClaimingRows } from './storage/packages/claiming-rows.js';
import { KnownReleases } from './storage/concepts/known-releases.js';
import { InstalledPackages } from './storage/packages/installed-packages.js';
import { PackageStore } from './storage/packages/package-store.js';
import { AccessPolicies } from './storage/policies/access-policies.js';
import { Closures } from './storage/concepts/closures.js';
import { SuppressionRules } from './storage/suppressions/suppression-rules.js';
import { AccessShapes } from './storage/policies/access-shapes.js';
import { StandbyReads } from './storage/reading/standby-reads.js';
import { ResourceRepository } from './storage/resource.repository.js';
import { SortSlots } from './storage/searching/sort-slots.js';
import { QuestionBudgets } from './terminology-servers/question-budgets.js';
import { TerminologyServers } from './terminology-servers/terminology-servers.js';
import { VersionStamps } from './storage/writing/version-stamps.js';
import { callerShares, sqlSession } from './storage/session/session-providers.js';
import { SqlSession } from './storage/session/sql-session.js';
import { IdempotencyCleaning } from './storage/writing/idempotent-request.js';

/** Beside this file, as JavaScript or as its source. */
const largeDocumentProgram = `./storage/indexing/large-document.worker${import.meta.url.slice(-3)}`;

/** Servers that share the database's connections live in one process, and have its threads together. */
const documentsOf = new WeakMap<CallerShares, LargeDocuments>();

const largeDocuments: FactoryProvider<LargeDocuments> = {
  provide: LargeDocuments,
  inject: [CallerShares],
  useFactory: (shares: CallerShares) => {
    const documents = documentsOf.get(shares) ?? new LargeDocuments(new URL(largeDocumentProgram, import.meta.url));
    documentsOf.set(shares, documents);
    return documents.shared();
  },
};

const made: readonly FactoryProvider[] = [
  callerShares,
  sqlSession,
  largeDocuments,
  {
    provide: Readiness,
    inject: [SearchDefinitions, AuditSealer],
    useFactory: (definitions: SearchDefinitions, sealer: AuditSealer) => new Readiness(definitions, sealer),
  },
  {
    provide: BinaryContents,
    inject: [SqlSession, FHIR_OPTIONS, StorageUsage, { token: BINARY_STORE, optional: true }],
    useFactory: async (session: SqlSession, options: FhirOptions, usage: StorageUsage, part?: BinaryStore) =>
      new BinaryContents(session, await binaryStoreOf(options, part), usage),
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

/** Undefined: the database. */
async function binaryStoreOf(
  { binaryStore: place }: FhirOptions,
  part?: BinaryStore,
): Promise<BinaryStore | undefined> {
  if (place === undefined) return part;
  if (part)
    throw new StartRefused(
      `BINARY_STORE is set, and a module brings ${part.name} as this part. Leave one of the two out.`,
    );
  return S3BinaryStore.open(place);
}

const services = [
  AccessPolicies,
  AccessShapes,
  SuppressionRules,
  AfterCommitHooks,
  AuditCleaning,
  AuditDeliveries,
  AuditLog,
  AuditReader,
  AuditSealer,
  BinaryCleaning,
  ClaimingRows,
  Closures,
  ConsentReadings,
  ExportRows,
  ExtensionCalls,
  Hooks,
  IdempotencyCleaning,
  HeldJobs,
  ImportProgress,
  IndexJobs,
  IndexWorker,
  InstalledPackages,
  Jobs,
  KnownReleases,
  Outbox,
  OutboxWorker,
  PackageStore,
  ResourceRepository,
  VersionStamps,
  SearchDefinitions,
  CurrentVersions,
  SearchOverview,
  StandbyReads,
  StorageUsage,
  QuestionBudgets,
  TerminologyServers,
  TerminologyStore,
];

/** The tables of FHIR and what works on them. Needs `FHIR_OPTIONS`, ScopeModule and a TypeORM DataSource. */
@Module({
  imports: [ServerSecretsModule],
  providers: [...services, ...made],
  exports: [...services, ...made.map(({ provide }) => provide)],
})
export class FhirStorageModule {}
