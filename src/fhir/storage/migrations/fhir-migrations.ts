import type { MigrationInterface } from 'typeorm';
import { CreateResources1700000003000 } from './1700000003000-create-resources.js';
import { ExtensionParameters1700000004000 } from './1700000004000-extension-parameters.js';
import { BinaryContent1700000008000 } from './1700000008000-binary-content.js';
import { IdempotencyKey1700000009000 } from './1700000009000-idempotency-key.js';
import { ResourceWords1700000010000 } from './1700000010000-resource-words.js';
import { CustomParameters1700000011000 } from './1700000011000-custom-parameters.js';
import { AccessPolicy1700000031000 } from './1700000031000-access-policy.js';
import { ConsentActors1700000032200 } from './1700000032200-consent-actors.js';
import { ConsentTimeZone1700000034000 } from './1700000034000-consent-time-zone.js';
import { AuditHeads1700000069000 } from './1700000069000-audit-heads.js';
import { ConceptPhrases1700000075000 } from './1700000075000-concept-phrases.js';
import { ConceptLinks1700000070000 } from './1700000070000-concept-links.js';
import { CompressedParts1700000071000 } from './1700000071000-compressed-parts.js';
import { AuditIndexes1700000041000 } from './1700000041000-audit-indexes.js';
import { AuditDelivery1700000046000 } from './1700000046000-audit-delivery.js';
import { CodesById1700000043000 } from './1700000043000-codes-by-id.js';
import { Outbox1700000044000 } from './1700000044000-outbox.js';
import { Jobs1700000045000 } from './1700000045000-jobs.js';
import { ConsentRules1700000032000 } from './1700000032000-consent-rules.js';
import { SortIndexes1700000012000 } from './1700000012000-sort-indexes.js';
import { LeadingValues1700000013000 } from './1700000013000-leading-values.js';
import { AuditLog1700000030000 } from './1700000030000-audit-log.js';
import { IndexForm1700000040000 } from './1700000040000-index-form.js';
import { AccessShapes1700000062000 } from './1700000062000-access-shapes.js';
import { FewerStatistics1700000061000 } from './1700000061000-fewer-statistics.js';
import { SuppressionRules1700000063000 } from './1700000063000-suppression-rules.js';
import { BulkJobs1700000054000 } from './1700000054000-bulk-jobs.js';
import { Closures1700000059000 } from './1700000059000-closures.js';
import { Concepts1700000053000 } from './1700000053000-concepts.js';
import { ImportJobs1700000055000 } from './1700000055000-import-jobs.js';
import { HeldJobs1700000057000 } from './1700000057000-held-jobs.js';
import { ExportsByPatient1700000060000 } from './1700000060000-exports-by-patient.js';
import { Distributable1700000049000 } from './1700000049000-distributable.js';
import { Packages1700000052000 } from './1700000052000-packages.js';
import { PartsOfFiles1700000067000 } from './1700000067000-parts-of-files.js';
import { PatientsInLine1700000078000 } from './1700000078000-patients-in-line.js';
import { ClinicalRowsInLine1700000080000 } from './1700000080000-clinical-rows-in-line.js';
import { OwnHashes1700000081000 } from './1700000081000-own-hashes.js';
import { EventEntries1700000079000 } from './1700000079000-event-entries.js';
import { PatientIndexes1700000058000 } from './1700000058000-patient-indexes.js';
import { SeveralPatients1700000073000 } from './1700000073000-several-patients.js';
import { ResourceLookup1700000042000 } from './1700000042000-resource-lookup.js';

/** Migrations of the FHIR data, oldest first. */
export const fhirMigrations: readonly (new () => MigrationInterface)[] = [
  CreateResources1700000003000,
  ExtensionParameters1700000004000,
  BinaryContent1700000008000,
  IdempotencyKey1700000009000,
  ResourceWords1700000010000,
  CustomParameters1700000011000,
  SortIndexes1700000012000,
  LeadingValues1700000013000,
  AccessPolicy1700000031000,
  ConsentRules1700000032000,
  AuditLog1700000030000,
  ConsentActors1700000032200,
  ConsentTimeZone1700000034000,
  IndexForm1700000040000,
  AuditIndexes1700000041000,
  ResourceLookup1700000042000,
  CodesById1700000043000,
  Outbox1700000044000,
  Jobs1700000045000,
  AuditDelivery1700000046000,
  Distributable1700000049000,
  Packages1700000052000,
  Concepts1700000053000,
  BulkJobs1700000054000,
  ImportJobs1700000055000,
  HeldJobs1700000057000,
  PatientIndexes1700000058000,
  Closures1700000059000,
  ExportsByPatient1700000060000,
  FewerStatistics1700000061000,
  AccessShapes1700000062000,
  SuppressionRules1700000063000,
  PartsOfFiles1700000067000,
  AuditHeads1700000069000,
  ConceptLinks1700000070000,
  CompressedParts1700000071000,
  SeveralPatients1700000073000,
  ConceptPhrases1700000075000,
  PatientsInLine1700000078000,
  EventEntries1700000079000,
  ClinicalRowsInLine1700000080000,
  OwnHashes1700000081000,
];
