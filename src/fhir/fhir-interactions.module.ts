import { Module } from '@nestjs/common';
import { Guides } from './guides/guides.js';
import { ContentValidation } from './hooks/content-validation.js';
import { SentPlaces } from './hooks/sent-places.js';
import { SuppressedFindings } from './hooks/suppressed-findings.js';
import { InstalledProfiles } from './hooks/installed-profiles.js';
import { CapabilityHooks } from './hooks/capability-hooks.js';
import { AuthHooks } from './hooks/auth-hooks.js';
import { ReadHooks } from './hooks/read-hooks.js';
import { SearchHooks } from './hooks/search-hooks.js';
import { ProfileValidation } from './hooks/profile-validation.js';
import { WriteHooks } from './hooks/write-hooks.js';
import { EntryOperations } from './interactions/bundle/entry-operations.js';
import { BatchInteraction } from './interactions/bundle/batch.interaction.js';
import { ReadEntryInteraction } from './interactions/bundle/read-entry.interaction.js';
import { TransactionInteraction } from './interactions/bundle/transaction.interaction.js';
import { ChangeMetaInteraction } from './interactions/change-meta.interaction.js';
import { ConditionReader } from './interactions/conditional/condition-reader.js';
import { CreateInteraction } from './interactions/create.interaction.js';
import { DeleteInteraction } from './interactions/delete.interaction.js';
import { HistoryInteraction } from './interactions/history.interaction.js';
import { PatchInteraction } from './interactions/patch.interaction.js';
import { ReadInteraction } from './interactions/read.interaction.js';
import { AfterWriteHooks } from './interactions/records/after-write-hooks.js';
import { RecordsInteraction } from './interactions/records/records.interaction.js';
import { SearchInteraction } from './interactions/search/search.interaction.js';
import { PolicyTerminology } from './interactions/terminology/policy-terminology.js';
import { Terminology } from './interactions/terminology/terminology.js';
import { UpdateInteraction } from './interactions/update.interaction.js';
import { VreadInteraction } from './interactions/vread.interaction.js';
import { BundleOperations } from './operations/bundle-operations.js';
import { Operations } from './operations/operation.js';
import { ExportPlanner } from './operations/exporting/export-planner.js';
import { PatientBlocks } from './operations/exporting/patient-blocks.js';
import { Erasure } from './operations/erasing/erasure.js';
import { GraphReader } from './operations/graph/graph-reader.js';
import { Importer } from './operations/importing/importer.js';
import { Rewrite } from './operations/merging/rewrite.js';
import { OperationJobs } from './operations/jobs/operation-jobs.js';
import { Standings } from './operations/jobs/standing.js';
import { OperationRunner } from './operations/operation-runner.js';
import { ParameterReading } from './operations/parameters/parameter-reading.js';
import { PolicyTrials } from './operations/caller/policy-trials.js';
import { RecordSight } from './operations/sight/record-sight.js';
import { TerminologyQuestions } from './operations/terminology/terminology-questions.js';
import { FhirStorageModule } from './fhir-storage.module.js';

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
  AfterWriteHooks,
  AuthHooks,
  CapabilityHooks,
  ContentValidation,
  SentPlaces,
  SuppressedFindings,
  Erasure,
  ExportPlanner,
  PatientBlocks,
  GraphReader,
  Importer,
  Guides,
  InstalledProfiles,
  OperationJobs,
  OperationRunner,
  Operations,
  ParameterReading,
  Standings,
  PolicyTerminology,
  PolicyTrials,
  ReadHooks,
  ProfileValidation,
  RecordSight,
  RecordsInteraction,
  Rewrite,
  SearchHooks,
  Terminology,
  TerminologyQuestions,
  WriteHooks,
];

/** The interactions of R4, and what extensions add to them. */
@Module({
  imports: [FhirStorageModule],
  providers: [{ provide: EntryOperations, useClass: BundleOperations }, ...services, ...interactions],
  exports: [...services, ...interactions],
})
export class FhirInteractionsModule {}
