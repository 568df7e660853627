import { type ExistingProvider, type FactoryProvider, Module } from '@nestjs/common';
import { REFUSAL_DETAILS } from '../auth/credentials/credentials-refused.js';
import { ADDRESSED_REQUESTS } from '../scope/addressed-requests.js';
import { BinaryDownload } from './http/binary/binary-download.js';
import { BinaryUpload } from './http/binary/binary-upload.js';
import { BodyMemory } from './http/body/body-memory.js';
import { BodyReader } from './http/body/read-body.js';
import { StoredLines } from './http/body/stored-lines.js';
import { ReadBody } from './http/body/read-body.pipe.js';
import { CapabilityStatement } from './http/documents/capability-statement.js';
import { OpenDocumentsController } from './http/documents/open-documents.controller.js';
import { ExplainAccessController } from './http/explain-access.controller.js';
import { ExplainThrottle } from './http/explain-throttle.js';
import { FhirExceptionFilter } from './http/fhir-exception.filter.js';
import { FhirRequests } from './http/fhir-requests.js';
import { FhirController } from './http/fhir.controller.js';
import { PatientController } from './http/patient.controller.js';
import { RequestAudit } from './http/request-audit.js';
import { RequestHooks } from './http/request-hooks.js';
import { ResourceController } from './http/resource.controller.js';
import { SearchHandlers } from './http/search-handlers.js';
import { CallerShares } from '../database/caller-shares.js';
import { FHIR_OPTIONS, type FhirOptions } from './fhir-options.js';
import { FhirInteractionsModule } from './fhir-interactions.module.js';
import { FhirStorageModule } from './fhir-storage.module.js';

const services = [
  BinaryDownload,
  BinaryUpload,
  BodyReader,
  CapabilityStatement,
  ExplainThrottle,
  FhirExceptionFilter,
  FhirRequests,
  RequestAudit,
  ReadBody,
  RequestHooks,
  SearchHandlers,
  StoredLines,
];

/** Servers that share what the database's connections are shared by live in one process, and have one memory. */
const memoryOf = new WeakMap<CallerShares, BodyMemory>();

const bodyMemory: FactoryProvider<BodyMemory> = {
  provide: BodyMemory,
  inject: [FHIR_OPTIONS, CallerShares],
  useFactory: (options: FhirOptions, shares: CallerShares) => {
    const memory = memoryOf.get(shares) ?? new BodyMemory(options);
    memoryOf.set(shares, memory);
    return memory;
  },
};

/** Parts that AuthModule and ScopeModule ask for. */
const forGuards: readonly ExistingProvider[] = [
  { provide: ADDRESSED_REQUESTS, useExisting: FhirRequests },
  { provide: REFUSAL_DETAILS, useExisting: FhirRequests },
];

/** Routes below the FHIR base, and what they are made of; the first that matches wins, so what is special comes first. */
@Module({
  imports: [FhirStorageModule, FhirInteractionsModule],
  controllers: [
    OpenDocumentsController,
    ExplainAccessController,
    PatientController,
    ResourceController,
    FhirController,
  ],
  providers: [...services, bodyMemory, ...forGuards],
  exports: [FhirExceptionFilter, RequestAudit, ...forGuards.map(({ provide }) => provide)],
})
export class FhirHttpModule {}
